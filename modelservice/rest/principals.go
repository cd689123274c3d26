package rest

import (
	"iter"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// principalBody is a principal about to be made. Memberships are changed
// afterwards; here they would say something that is not done, and are refused
// with all else that is not known.
type principalBody struct {
	Name string                `json:"name"`
	Type catalog.PrincipalType `json:"type"`

	CreatedAt outputOnly `json:"created_at"`
	CreatedBy outputOnly `json:"created_by"`
}

// principalAnswer is a user, service principal or group in a list.
type principalAnswer struct {
	Name      string                `json:"name"`
	Type      catalog.PrincipalType `json:"type"`
	CreatedAt int64                 `json:"created_at"`
	CreatedBy string                `json:"created_by"`
}

// principalDetail is one principal and what is around it: the groups it was put
// into and, if it is a group, who was put into it, both directly and by name.
type principalDetail struct {
	principalAnswer
	MemberOf []string  `json:"member_of"`
	Members  *[]string `json:"members,omitempty"` // groups have it, empty ones too
}

func newPrincipalAnswer(p modelservice.Principal) principalAnswer {
	return principalAnswer{p.Name, p.Type, p.CreatedAt.UnixMilli(), p.CreatedBy}
}

func principalNames(all []modelservice.Principal) []string {
	return each(all, func(p modelservice.Principal) string { return p.Name })
}

// listPrincipals lists whom the caller may know of: everybody for a metastore
// admin, himself and his groups for anyone else.
func (h *handler) listPrincipals(r *request) (any, error) {
	text, err := r.param("type")
	if err != nil {
		return nil, err
	}
	t := catalog.PrincipalType(text)
	switch t {
	case "", catalog.User, catalog.ServicePrincipal, catalog.Group:
	default:
		return nil, invalid("type", "Query parameter type must be %s, %s or %s.", catalog.User, catalog.ServicePrincipal, catalog.Group)
	}
	p, err := r.window("max_results", "principals", text)
	if err != nil {
		return nil, err
	}
	page, next := cut(p, following(h.ms.Principals(r.caller, t), p.after), func(p modelservice.Principal) string { return p.Name })
	return struct {
		Principals    []principalAnswer `json:"principals"`
		NextPageToken string            `json:"next_page_token,omitempty"`
	}{each(page, newPrincipalAnswer), next}, nil
}

// following are the principals after a position, in the order of their names.
func following(all iter.Seq[modelservice.Principal], after string) iter.Seq[modelservice.Principal] {
	return func(yield func(modelservice.Principal) bool) {
		for p := range all {
			if p.Name > after && !yield(p) {
				return
			}
		}
	}
}

func (h *handler) principal(r *request) (any, error) { return h.principalNamed(r, r.PathValue("name")) }

// principalNamed answers one principal. A group that the caller may know of, he
// is in or administers: he may know its members too.
func (h *handler) principalNamed(r *request, name string) (any, error) {
	p, err := h.ms.Principal(r.caller, name)
	if err != nil {
		return nil, err
	}
	groups, err := h.ms.MemberOf(r.caller, name)
	if err != nil {
		return nil, err
	}
	a := principalDetail{newPrincipalAnswer(p), principalNames(groups), nil}
	if p.Type == catalog.Group {
		members, err := h.ms.Members(r.caller, name)
		if err != nil {
			return nil, err
		}
		names := principalNames(members)
		a.Members = &names
	}
	return a, nil
}

// createPrincipal makes a principal that is in no group yet.
func (h *handler) createPrincipal(r *request) (any, error) {
	var body principalBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.Name == "" {
		return nil, invalid("/name", "A name is required.")
	}
	made, err := h.ms.CreatePrincipal(r.Context(), r.caller, body.Type, body.Name)
	if err != nil {
		return nil, inBody(err)
	}
	a := principalDetail{newPrincipalAnswer(made), []string{}, nil}
	if made.Type == catalog.Group {
		a.Members = &[]string{}
	}
	return a, nil
}

func (h *handler) deletePrincipal(r *request) (any, error) {
	if err := h.ms.DropPrincipal(r.Context(), r.caller, "", r.PathValue("name"), false); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}
