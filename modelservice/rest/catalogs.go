package rest

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

type newCatalogBody struct {
	Name       string            `json:"name"`
	Comment    string            `json:"comment"`
	Properties map[string]string `json:"properties"`

	Isolation     isolationMode `json:"isolation_mode"`
	Optimization  optimization  `json:"enable_predictive_optimization"`
	StorageRoot   elsewhere     `json:"storage_root"`
	Connection    elsewhere     `json:"connection_name"`
	Provider      elsewhere     `json:"provider_name"`
	Share         elsewhere     `json:"share_name"`
	Options       elsewhere     `json:"options"`
	Retention     elsewhere     `json:"custom_max_retention_hours"`
	EncryptionKey elsewhere     `json:"managed_encryption_settings"`

	FullName      outputOnly `json:"full_name"`
	CatalogType   outputOnly `json:"catalog_type"`
	SecurableType outputOnly `json:"securable_type"`
	BrowseOnly    outputOnly `json:"browse_only"`
	ID            outputOnly `json:"id"`
	MetastoreID   outputOnly `json:"metastore_id"`
	CreatedAt     outputOnly `json:"created_at"`
	CreatedBy     outputOnly `json:"created_by"`
	UpdatedAt     outputOnly `json:"updated_at"`
	UpdatedBy     outputOnly `json:"updated_by"`
}

type catalogAnswer struct {
	Name          string            `json:"name"`
	FullName      string            `json:"full_name"`
	CatalogType   string            `json:"catalog_type"`
	SecurableType string            `json:"securable_type"`
	Isolation     string            `json:"isolation_mode"`
	Optimization  string            `json:"enable_predictive_optimization"`
	Comment       string            `json:"comment,omitempty"`
	Properties    map[string]string `json:"properties,omitempty"`
	origin
}

func (h *handler) catalogAnswer(o modelservice.Object) catalogAnswer {
	return catalogAnswer{o.Name.Catalog, o.Name.String(), catalogType(o.Name), "CATALOG",
		isolationOpen, optimizationInherit, o.Comment, o.Properties, h.origin(o)}
}

// catalogType is what the field calls a catalog of the platform or of its users.
func catalogType(name catalog.FullName) string {
	if name.Catalog == modelservice.SystemCatalog {
		return "SYSTEM_CATALOG"
	}
	return "MANAGED_CATALOG"
}

func (h *handler) createCatalog(r *request) (any, error) {
	var body newCatalogBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if _, err := partOf("/name", body.Name); err != nil {
		return nil, err
	}
	made, err := h.ms.CreateCatalog(r.Context(), r.caller, modelservice.NewObject{
		Name: body.Name, Comment: body.Comment, Properties: body.Properties,
	})
	if err != nil {
		return nil, inBody(err)
	}
	return h.catalogAnswer(made), nil
}

func (h *handler) listCatalogs(r *request) (any, error) {
	page, next, err := h.list(r, catalog.TypeCatalog, catalog.FullName{})
	if err != nil {
		return nil, err
	}
	return struct {
		Catalogs      []catalogAnswer `json:"catalogs"`
		NextPageToken string          `json:"next_page_token,omitempty"`
	}{each(page, h.catalogAnswer), next}, nil
}

func (h *handler) catalog(r *request) (any, error) {
	o, err := h.object(r, catalog.TypeCatalog)
	if err != nil {
		return nil, err
	}
	return h.catalogAnswer(o), nil
}

func (h *handler) updateCatalog(r *request) (any, error) {
	o, err := h.update(r, catalog.TypeCatalog)
	if err != nil {
		return nil, err
	}
	return h.catalogAnswer(o), nil
}

func (h *handler) deleteCatalog(r *request) (any, error) { return h.drop(r, catalog.TypeCatalog) }
