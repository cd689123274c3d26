package rest

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// modelAnswer is a registered model: what services are made of, and what EXECUTE
// is granted on to who makes them.
type modelAnswer struct {
	Name        string `json:"name"`
	CatalogName string `json:"catalog_name"`
	SchemaName  string `json:"schema_name"`
	FullName    string `json:"full_name"`
	Comment     string `json:"comment,omitempty"`
	origin
}

func (h *handler) modelAnswer(o modelservice.Object) modelAnswer {
	return modelAnswer{o.Name.Object, o.Name.Catalog, o.Name.Schema, o.Name.String(), o.Comment, h.origin(o)}
}

// listModels lists the models in a schema, in a catalog, or everywhere.
func (h *handler) listModels(r *request) (any, error) {
	in, err := r.scope()
	if err != nil {
		return nil, err
	}
	page, next, err := h.list(r, catalog.TypeModel, in)
	if err != nil {
		return nil, err
	}
	return struct {
		Models        []modelAnswer `json:"registered_models"`
		NextPageToken string        `json:"next_page_token,omitempty"`
	}{each(page, h.modelAnswer), next}, nil
}

func (h *handler) model(r *request) (any, error) {
	o, err := h.object(r, catalog.TypeModel)
	if err != nil {
		return nil, err
	}
	return h.modelAnswer(o), nil
}
