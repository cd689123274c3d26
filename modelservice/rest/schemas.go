package rest

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

type newSchemaBody struct {
	CatalogName string            `json:"catalog_name"`
	Name        string            `json:"name"`
	Comment     string            `json:"comment"`
	Properties  map[string]string `json:"properties"`

	Optimization optimization `json:"enable_predictive_optimization"`
	StorageRoot  elsewhere    `json:"storage_root"`
	Retention    elsewhere    `json:"custom_max_retention_hours"`

	FullName      outputOnly `json:"full_name"`
	CatalogType   outputOnly `json:"catalog_type"`
	SecurableType outputOnly `json:"securable_type"`
	BrowseOnly    outputOnly `json:"browse_only"`
	SchemaID      outputOnly `json:"schema_id"`
	MetastoreID   outputOnly `json:"metastore_id"`
	CreatedAt     outputOnly `json:"created_at"`
	CreatedBy     outputOnly `json:"created_by"`
	UpdatedAt     outputOnly `json:"updated_at"`
	UpdatedBy     outputOnly `json:"updated_by"`
}

type schemaAnswer struct {
	Name          string            `json:"name"`
	CatalogName   string            `json:"catalog_name"`
	FullName      string            `json:"full_name"`
	CatalogType   string            `json:"catalog_type"`
	SecurableType string            `json:"securable_type"`
	Optimization  string            `json:"enable_predictive_optimization"`
	Comment       string            `json:"comment,omitempty"`
	Properties    map[string]string `json:"properties,omitempty"`
	origin
}

func (h *handler) schemaAnswer(o modelservice.Object) schemaAnswer {
	return schemaAnswer{o.Name.Schema, o.Name.Catalog, o.Name.String(), catalogType(o.Name), "SCHEMA",
		optimizationInherit, o.Comment, o.Properties, h.origin(o)}
}

func (h *handler) createSchema(r *request) (any, error) {
	var body newSchemaBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	in, err := partOf("/catalog_name", body.CatalogName)
	if err != nil {
		return nil, err
	}
	if _, err := partOf("/name", body.Name); err != nil {
		return nil, err
	}
	made, err := h.ms.CreateSchema(r.Context(), r.caller, catalog.FullName{Catalog: in}, modelservice.NewObject{
		Name: body.Name, Comment: body.Comment, Properties: body.Properties,
	})
	if err != nil {
		return nil, inBody(err)
	}
	return h.schemaAnswer(made), nil
}

func (h *handler) listSchemas(r *request) (any, error) {
	in, err := r.container("catalog_name")
	if err != nil {
		return nil, err
	}
	page, next, err := h.list(r, catalog.TypeSchema, in)
	if err != nil {
		return nil, err
	}
	return struct {
		Schemas       []schemaAnswer `json:"schemas"`
		NextPageToken string         `json:"next_page_token,omitempty"`
	}{each(page, h.schemaAnswer), next}, nil
}

func (h *handler) schema(r *request) (any, error) {
	o, err := h.object(r, catalog.TypeSchema)
	if err != nil {
		return nil, err
	}
	return h.schemaAnswer(o), nil
}

func (h *handler) updateSchema(r *request) (any, error) {
	o, err := h.update(r, catalog.TypeSchema)
	if err != nil {
		return nil, err
	}
	return h.schemaAnswer(o), nil
}

// deleteSchema drops a schema. The field makes every catalog with a schema called
// default, and its Terraform provider drops that of the catalogs it makes; here
// they are made empty, so from one that still is there is nothing left to drop.
func (h *handler) deleteSchema(r *request) (any, error) {
	answer, err := h.drop(r, catalog.TypeSchema)
	if err != nil && modelservice.AsError(err).Code == modelservice.CodeDoesNotExist && h.bornWithout(r) {
		return struct{}{}, nil
	}
	return answer, err
}

// bornWithout reports whether the schema in the path is the one that the field
// would have made, of a catalog that is empty and the caller's to manage.
func (h *handler) bornWithout(r *request) bool {
	name, err := r.pathName(parts[catalog.TypeSchema])
	if err != nil || name.Schema != "default" {
		return false
	}
	in, err := h.ms.Get(r.caller, catalog.TypeCatalog, name.Parent())
	if err != nil {
		return false
	}
	s := h.ms.Catalog().Snapshot()
	for range s.Children(in.ID, catalog.TypeSchema) {
		return false
	}
	return h.ms.Authorizer().Manage(s, r.caller, in.ID).Allowed
}
