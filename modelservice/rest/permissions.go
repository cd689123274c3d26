package rest

import (
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

const (
	minGrantPage     = 150  // principals; smaller pages are refused (spec §12.7)
	maxGrantPage     = 1000 // more are not given
	defaultGrantPage = minGrantPage
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
	Changes []struct {
		Principal string   `json:"principal"`
		Add       []string `json:"add"`
		Remove    []string `json:"remove"`
	} `json:"changes"`
	OmitPermissions bool `json:"omit_permissions_in_response"`
}

// permissions answers the grants placed on an object itself. Without
// max_results they come at once, all that the caller may see.
func (h *handler) permissions(r *request) (any, error) {
	t, name, err := r.securable()
	if err != nil {
		return nil, err
	}
	of, err := r.param("principal")
	if err != nil {
		return nil, err
	}
	size, given, err := r.number("max_results")
	switch {
	case err != nil:
		return nil, err
	case given && size == 0:
		size = defaultGrantPage
	case given && size < minGrantPage:
		return nil, invalid("max_results", "Query parameter max_results must be 0 or at least %d.", minGrantPage)
	}
	p, err := r.windowOf(min(size, maxGrantPage), "permissions", string(t), name.String(), strings.ToLower(of))
	if err != nil {
		return nil, err
	}
	all, err := h.ms.Grants(r.caller, t, name, of)
	if err != nil {
		return nil, err
	}
	if !given {
		p.size = len(all) + 1
	}
	from, _ := slices.BinarySearchFunc(all, p.after, func(a modelservice.Assignment, after string) int {
		if a.Principal <= after {
			return -1
		}
		return 1
	})
	page, next := cut(p, slices.Values(all[from:]), func(a modelservice.Assignment) string { return a.Principal })
	return permissionsAnswer{each(page, assignment), next}, nil
}

func assignment(a modelservice.Assignment) assignmentJSON {
	return assignmentJSON{a.Principal, a.Privileges}
}

// changePermissions grants and revokes, all or nothing, and answers the grants
// as they are then.
func (h *handler) changePermissions(r *request) (any, error) {
	t, name, err := r.securable()
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

// securable reads what a path of the grants API is about (ruling R38). There is
// one metastore, so any name of one will do.
func (r *request) securable() (catalog.SecurableType, catalog.FullName, error) {
	t := catalog.SecurableType(strings.ToLower(r.PathValue("type")))
	switch t {
	case catalog.TypeMetastore:
		return t, catalog.FullName{}, nil
	case "function":
		t = catalog.TypeModel
	case catalog.TypeCatalog, catalog.TypeSchema, catalog.TypeModel, catalog.TypeTable, modelservice.TypeModelService:
	default:
		return "", catalog.FullName{}, invalid("securable_type",
			"The securable type must be metastore, catalog, schema, model, function, model_service or table.")
	}
	name, err := r.pathName(parts[t])
	return t, name, err
}
