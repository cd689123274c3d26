package rest

import (
	"github.com/modelward/modelward/modelservice"
)

// createSeedService makes a service from the seed page's shape.
func (h *handler) createSeedService(r *request) (any, error) {
	var body seedBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	n, err := body.newService()
	if err != nil {
		return nil, err
	}
	made, err := h.ms.CreateService(r.Context(), r.caller, n)
	if err != nil {
		return nil, inSeedBody(err)
	}
	return h.seedAnswer(made), nil
}

func (h *handler) seedService(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	s, err := h.ms.Service(r.caller, name)
	if err != nil {
		return nil, err
	}
	return h.seedAnswer(s), nil
}

// listSeedServices lists as classic objects are listed: in a schema, in a
// catalog, or everywhere; without a view in the basic one (ruling R36).
func (h *handler) listSeedServices(r *request) (any, error) {
	in, err := r.scope()
	if err != nil {
		return nil, err
	}
	if err := r.refuse("parent", "page_size"); err != nil { // of the other shape: left alone it would list too much
		return nil, err
	}
	view, err := r.view()
	if err != nil {
		return nil, err
	}
	page, next, err := h.services(r, "max_results", in, "seed "+view)
	if err != nil {
		return nil, err
	}
	return struct {
		ModelServices []seedAnswer `json:"model_services"`
		NextPageToken string       `json:"next_page_token,omitempty"`
	}{each(page, func(s modelservice.Service) seedAnswer {
		if view == viewBasic {
			return h.seedBasic(s)
		}
		return h.seedAnswer(s)
	}), next}, nil
}
