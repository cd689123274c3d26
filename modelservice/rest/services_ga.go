package rest

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// createService makes a service (spec §3.1). Its place and its name are in the
// query, the rest is the body.
func (h *handler) createService(r *request) (any, error) {
	parent, err := r.parent(true)
	if err != nil {
		return nil, err
	}
	name, err := r.param("model_service_id")
	if err != nil {
		return nil, err
	}
	if _, err := partOf("model_service_id", name); err != nil {
		return nil, err
	}
	var body serviceBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	n, err := body.newService()
	if err != nil {
		return nil, err
	}
	n.Parent, n.Name = parent, name
	made, err := h.ms.CreateService(r.Context(), r.caller, n)
	if err != nil {
		return nil, inBody(err)
	}
	return h.serviceAnswer(made, viewFull), nil
}

func (h *handler) service(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	s, err := h.ms.Service(r.caller, name)
	if err != nil {
		return nil, err
	}
	return h.serviceAnswer(s, viewFull), nil
}

func (h *handler) listServices(r *request) (any, error) {
	if err := r.refuse("catalog_name", "schema_name", "max_results"); err != nil { // of the other shape: left alone they would list too much
		return nil, err
	}
	parent, err := r.parent(false)
	if err != nil {
		return nil, err
	}
	view, err := r.view()
	if err != nil {
		return nil, err
	}
	page, next, err := h.services(r, "page_size", parent, view)
	if err != nil {
		return nil, err
	}
	return struct {
		ModelServices []serviceAnswer `json:"model_services"`
		NextPageToken string          `json:"next_page_token,omitempty"`
	}{each(page, func(s modelservice.Service) serviceAnswer { return h.serviceAnswer(s, view) }), next}, nil
}

// services reads a page of the services in a schema, a catalog or everywhere.
func (h *handler) services(r *request, sizeParam string, in catalog.FullName, view string) ([]modelservice.Service, string, error) {
	p, err := r.window(sizeParam, string(modelservice.TypeModelService), in.String(), view)
	if err != nil {
		return nil, "", err
	}
	after, err := p.afterName()
	if err != nil {
		return nil, "", err
	}
	all, err := h.ms.Services(r.caller, in, after)
	if err != nil {
		return nil, "", err
	}
	page, next := cut(p, all, func(s modelservice.Service) string { return s.Name.String() })
	return page, next, nil
}

// deleteService drops a service, with an etag only if it is still the one that
// the caller has seen. Both APIs have it.
func (h *handler) deleteService(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	etag, err := r.param("etag")
	if err != nil {
		return nil, err
	}
	err = h.ms.Drop(r.Context(), r.caller, modelservice.TypeModelService, name, &modelservice.DropOptions{Etag: etag})
	if err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

// parent reads the schema that a request is about, of no parts when it is
// absent.
func (r *request) parent(required bool) (catalog.FullName, error) {
	text, err := r.param("parent")
	if err != nil || text == "" && !required {
		return catalog.FullName{}, err
	}
	return resource("parent", schemaForm, text, 2)
}

func (r *request) view() (string, error) {
	view, err := r.param("view")
	switch {
	case err != nil:
		return "", err
	case view == "":
		return viewBasic, nil
	case view != viewBasic && view != viewFull:
		return "", invalid("view", "Query parameter view must be BASIC or FULL.")
	}
	return view, nil
}
