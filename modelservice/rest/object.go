package rest

import (
	"encoding/json"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// outputOnly is a member that answers have. In a request it is taken, whatever
// it is, and ignored (ruling R36).
type outputOnly = json.RawMessage

// origin is what the answers about all classic objects end with. Times are in
// milliseconds since 1970 (spec §3.4). Ids are not shown: they come from one
// sequence, and would count what the caller may not see.
type origin struct {
	Owner       string `json:"owner"`
	MetastoreID string `json:"metastore_id"`
	CreatedAt   int64  `json:"created_at"`
	CreatedBy   string `json:"created_by"`
	UpdatedAt   int64  `json:"updated_at"`
	UpdatedBy   string `json:"updated_by"`
}

func (h *handler) origin(o modelservice.Object) origin {
	return origin{o.Owner, h.ms.MetastoreID(), o.CreatedAt.UnixMilli(), o.CreatedBy, o.UpdatedAt.UnixMilli(), o.UpdatedBy}
}

// parts is how many parts the names of each type have.
var parts = map[catalog.SecurableType]int{
	catalog.TypeMetastore: 0, catalog.TypeCatalog: 1, catalog.TypeSchema: 2, catalog.TypeTable: 3,
	catalog.TypeModel: 3, modelservice.TypeModelService: 3,
}

// each turns the objects of a page into what is answered.
func each[T, A any](page []T, answer func(T) A) []A {
	out := make([]A, len(page))
	for i, v := range page {
		out[i] = answer(v)
	}
	return out
}

// container reads the query parameters that name what is listed, all required.
func (r *request) container(params ...string) (catalog.FullName, error) {
	var in catalog.FullName
	for _, param := range params {
		part, err := r.part(param)
		if err != nil {
			return catalog.FullName{}, err
		}
		if part == "" {
			return catalog.FullName{}, invalid(param, "Query parameter %s is required.", param)
		}
		in = in.Child(part)
	}
	return in, nil
}

// scope reads the query parameters that name what is listed, a schema, a catalog
// or, with neither, everything.
func (r *request) scope() (in catalog.FullName, err error) {
	if in.Catalog, err = r.part("catalog_name"); err != nil {
		return in, err
	}
	if in.Schema, err = r.part("schema_name"); err != nil {
		return in, err
	}
	if in.Catalog == "" && in.Schema != "" {
		return in, invalid("catalog_name", "Query parameter catalog_name is required where schema_name is given.")
	}
	return in, nil
}

// list reads a page of the objects of one kind in a container.
func (h *handler) list(r *request, t catalog.SecurableType, in catalog.FullName) (page []modelservice.Object, next string, err error) {
	p, err := r.window("max_results", string(t), in.String())
	if err != nil {
		return nil, "", err
	}
	after, err := p.afterName()
	if err != nil {
		return nil, "", err
	}
	all, err := h.ms.List(r.caller, t, in, after)
	if err != nil {
		return nil, "", err
	}
	page, next = cut(p, all, func(o modelservice.Object) string { return o.Name.String() })
	return page, next, nil
}

func (h *handler) object(r *request, t catalog.SecurableType) (modelservice.Object, error) {
	name, err := r.pathName(parts[t])
	if err != nil {
		return modelservice.Object{}, err
	}
	return h.ms.Get(r.caller, t, name)
}

// changeBody is what can be changed of a catalog or schema.
type changeBody struct {
	NewName    *string            `json:"new_name"`
	Owner      *string            `json:"owner"`
	Comment    *string            `json:"comment"`
	Properties *map[string]string `json:"properties"`

	Isolation     isolationMode `json:"isolation_mode"`
	Optimization  optimization  `json:"enable_predictive_optimization"`
	StorageRoot   elsewhere     `json:"storage_root"`
	Options       elsewhere     `json:"options"`
	Retention     elsewhere     `json:"custom_max_retention_hours"`
	EncryptionKey elsewhere     `json:"managed_encryption_settings"`

	Name          *string    `json:"name"` // must be what it is
	FullName      outputOnly `json:"full_name"`
	CatalogName   outputOnly `json:"catalog_name"`
	CatalogType   outputOnly `json:"catalog_type"`
	SecurableType outputOnly `json:"securable_type"`
	BrowseOnly    outputOnly `json:"browse_only"`
	ID            outputOnly `json:"id"`
	SchemaID      outputOnly `json:"schema_id"`
	MetastoreID   outputOnly `json:"metastore_id"`
	CreatedAt     outputOnly `json:"created_at"`
	CreatedBy     outputOnly `json:"created_by"`
	UpdatedAt     outputOnly `json:"updated_at"`
	UpdatedBy     outputOnly `json:"updated_by"`
}

// update changes the given members of a catalog or schema (spec §3.4).
func (h *handler) update(r *request, t catalog.SecurableType) (modelservice.Object, error) {
	name, err := r.pathName(parts[t])
	if err != nil {
		return modelservice.Object{}, err
	}
	var body changeBody
	if err := r.decode(&body); err != nil {
		return modelservice.Object{}, err
	}
	if body.Name != nil {
		if leaf, err := catalog.CanonicalName(*body.Name); err != nil || leaf != name.Leaf() {
			return modelservice.Object{}, invalid("/name", "To give an object another name, use new_name.")
		}
	}
	if body.NewName != nil {
		if _, err := partOf("/new_name", *body.NewName); err != nil {
			return modelservice.Object{}, err
		}
	}
	if body.Owner != nil && *body.Owner == "" {
		return modelservice.Object{}, invalid("/owner", "An owner must not be empty.")
	}
	changed, err := h.ms.Update(r.Context(), r.caller, t, name, modelservice.Change{
		Name: body.NewName, Owner: body.Owner, Comment: body.Comment, Properties: body.Properties,
	})
	return changed, inBody(err)
}

// drop removes an object. Containers that are not empty take force=true.
func (h *handler) drop(r *request, t catalog.SecurableType) (any, error) {
	name, err := r.pathName(parts[t])
	if err != nil {
		return nil, err
	}
	var opts modelservice.DropOptions
	if opts.Force, err = r.flag("force"); err != nil {
		return nil, err
	}
	if err := h.ms.Drop(r.Context(), r.caller, t, name, &opts); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}
