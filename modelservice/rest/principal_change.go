package rest

import (
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// principalChange says what to change of a principal: its name, or who is in
// it.
type principalChange struct {
	NewName *string    `json:"new_name"`
	Add     memberList `json:"add_members"`
	Remove  memberList `json:"remove_members"`

	Name      *string    `json:"name"` // must be what it is
	Type      outputOnly `json:"type"`
	Members   outputOnly `json:"members"`
	MemberOf  outputOnly `json:"member_of"`
	CreatedAt outputOnly `json:"created_at"`
	CreatedBy outputOnly `json:"created_by"`
}

// updatePrincipal renames a principal, which keeps all that it holds, or
// changes the members of a group. It does one of the two, so that a request is
// done whole or not at all; and it does not take a request that asks for nothing
// for one that has changed something. An empty list asks: whoever works out who
// is to come and who is to go may find nobody.
func (h *handler) updatePrincipal(r *request) (any, error) {
	name := r.PathValue("name")
	var body principalChange
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	members := body.Add != nil || body.Remove != nil
	switch {
	case body.Name != nil && !strings.EqualFold(*body.Name, name):
		return nil, invalid("/name", "To give a principal another name, use new_name.")
	case body.NewName == nil && !members:
		return nil, invalid("/new_name", "A new_name, add_members or remove_members is required.")
	case body.NewName != nil && members:
		return nil, invalid("/new_name", "A name and the members of a group are changed by two requests.")
	}
	if members {
		if err := h.ms.ChangeMembers(r.Context(), r.caller, name, body.Add, body.Remove); err != nil {
			return nil, inChange(err)
		}
		return h.changedPrincipal(r, name), nil
	}
	renamed, err := h.ms.RenamePrincipal(r.Context(), r.caller, name, *body.NewName)
	if err != nil {
		return nil, inChange(err)
	}
	return h.changedPrincipal(r, renamed.Name), nil
}

// changedPrincipal answers a principal as it is after a change. Who has just
// left the metastore admins does not see it any more, and has changed it all the
// same.
func (h *handler) changedPrincipal(r *request, name string) any {
	answer, err := h.principalNamed(r, name)
	if err != nil {
		return struct{}{}
	}
	return answer
}

// inChange is inBody for a change of a principal: the name of what is changed
// is in the path, and the two lists have other names than the metastore's.
func inChange(err error) error {
	e := *modelservice.AsError(err)
	list, index, _ := strings.Cut(e.Field, "[")
	switch list {
	case "add", "remove":
		blame(&e, "/"+list+"_members/"+strings.TrimSuffix(index, "]"))
	case "new_name":
		blame(&e, "/new_name")
	case "group":
		e.Field = "name"
	}
	return &e
}
