package rest

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

type permissionsAnswer struct {
	Assignments   []assignmentJSON `json:"privilege_assignments"`
	NextPageToken string           `json:"next_page_token,omitempty"`
}

type assignmentJSON struct {
	Principal  string              `json:"principal"`
	Privileges []catalog.Privilege `json:"privileges"`
}

type changesBody struct {
	Changes         grantChangeList `json:"changes"`
	OmitPermissions bool            `json:"omit_permissions_in_response"`
}

type grantChange struct {
	Principal string        `json:"principal"`
	Add       privilegeList `json:"add"`
	Remove    privilegeList `json:"remove"`
}

// permissions answers the grants placed on an object itself. Without
// max_results they come at once, all that the caller may see.
func (h *handler) permissions(r *request) (any, error) {
	return h.grants(r, "permissions", "max_results")
}

// privilegeAssignments is permissions page by page, whatever is asked for.
func (h *handler) privilegeAssignments(r *request) (any, error) {
	return h.grants(r, "privilege-assignments", "page_size")
}

func (h *handler) grants(r *request, list, sizeParam string) (any, error) {
	w, err := r.grantWindow(h.kinds(), list, sizeParam)
	if err != nil {
		return nil, err
	}
	all, err := h.ms.Grants(r.caller, w.on, w.name, w.of)
	if err != nil {
		return nil, err
	}
	page, next := cutGrants(w, all, func(a modelservice.Assignment) string { return a.Principal })
	return permissionsAnswer{each(page, assignment), next}, nil
}

func (h *handler) kinds() *catalog.Kinds { return h.ms.Catalog().Snapshot().Kinds() }

func assignment(a modelservice.Assignment) assignmentJSON {
	return assignmentJSON{a.Principal, a.Privileges}
}

// changePermissions grants and revokes, all or nothing, and answers the grants
// as they are then.
func (h *handler) changePermissions(r *request) (any, error) {
	t, name, err := r.securable(h.kinds())
	if err != nil {
		return nil, err
	}
	var body changesBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	var changes []modelservice.GrantChange
	for _, c := range body.Changes {
		changes = append(changes, modelservice.GrantChange{
			Principal: c.Principal, Add: each(c.Add, catalog.NormalizePrivilege), Remove: each(c.Remove, catalog.NormalizePrivilege),
		})
	}
	if err := h.ms.ChangeGrants(r.Context(), r.caller, t, name, changes); err != nil {
		return nil, inBody(err)
	}
	answer := permissionsAnswer{Assignments: []assignmentJSON{}}
	if body.OmitPermissions {
		return struct{}{}, nil
	}
	// Who has just given up the object does not see its grants any more, and
	// has changed them all the same.
	if all, err := h.ms.Grants(r.caller, t, name, ""); err == nil {
		answer.Assignments = each(all, assignment)
	}
	return answer, nil
}
