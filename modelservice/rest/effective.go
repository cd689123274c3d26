package rest

import (
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// effectiveAnswer and effectivePage differ in the name of the list alone, as
// they do in the field.
type effectiveAnswer struct {
	Assignments   []effectiveJSON `json:"privilege_assignments"`
	NextPageToken string          `json:"next_page_token,omitempty"`
}

type effectivePage struct {
	Assignments   []effectiveJSON `json:"effective_privilege_assignments"`
	NextPageToken string          `json:"next_page_token,omitempty"`
}

type effectiveJSON struct {
	Principal  string                   `json:"principal"`
	Privileges []effectivePrivilegeJSON `json:"privileges"`
}

// effectivePrivilegeJSON is a privilege and, when it is not granted on the
// object itself, the container on which it is.
type effectivePrivilegeJSON struct {
	Privilege         catalog.Privilege `json:"privilege"`
	InheritedFromType string            `json:"inherited_from_type,omitempty"`
	InheritedFromName string            `json:"inherited_from_name,omitempty"`
}

// effectivePermissions answers the grants on an object and those that it
// inherits. Without max_results they come at once, all that the caller may see.
func (h *handler) effectivePermissions(r *request) (any, error) {
	page, next, err := h.effective(r, "effective-permissions", "max_results")
	if err != nil {
		return nil, err
	}
	return effectiveAnswer{page, next}, nil
}

// effectivePrivilegeAssignments is effectivePermissions page by page, whatever
// is asked for.
func (h *handler) effectivePrivilegeAssignments(r *request) (any, error) {
	page, next, err := h.effective(r, "effective-privilege-assignments", "page_size")
	if err != nil {
		return nil, err
	}
	return effectivePage{page, next}, nil
}

func (h *handler) effective(r *request, list, sizeParam string) (page []effectiveJSON, next string, err error) {
	w, err := r.grantWindow(h.kinds(), list, sizeParam)
	if err != nil {
		return nil, "", err
	}
	all, err := h.ms.EffectiveGrants(r.caller, w.on, w.name, w.of)
	if err != nil {
		return nil, "", err
	}
	found, next := cutGrants(w, all, func(a modelservice.EffectiveAssignment) string { return a.Principal })
	return each(found, effectiveAssignment), next, nil
}

func effectiveAssignment(a modelservice.EffectiveAssignment) effectiveJSON {
	return effectiveJSON{a.Principal, each(a.Privileges, func(p modelservice.EffectivePrivilege) effectivePrivilegeJSON {
		return effectivePrivilegeJSON{p.Privilege, strings.ToUpper(string(p.FromType)), p.From.String()}
	})}
}
