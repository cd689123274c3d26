package modelservice

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
)

// Principal is a user, a service principal or a group. All three share one
// name space, in which names compare without case (ruling R21).
type Principal struct {
	Type      catalog.PrincipalType
	Name      string // as first written
	CreatedAt time.Time
	CreatedBy string // the name of whoever made it, as it was then
}

// CreatePrincipal makes a user, a service principal or a group. Only a
// metastore admin may. A name that was used before makes a new principal,
// which has nothing of its predecessor's (ruling R21). Errors:
// INVALID_PARAMETER_VALUE for the type and the name, ALREADY_EXISTS.
func (m *Metastore) CreatePrincipal(ctx context.Context, caller catalog.PrincipalID, t catalog.PrincipalType, name string) (Principal, error) {
	if err := checkPrincipalType(t); err != nil {
		return Principal{}, err
	}
	if err := checkPrincipalName("name", name); err != nil {
		return Principal{}, err
	}
	var made Principal
	err := m.updateAsAdmin(ctx, caller, "create principals", func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(t, name)
		if err != nil {
			return refusedPrincipal(&tx.Snapshot, err, "name", name)
		}
		made = shownPrincipal(&tx.Snapshot, id)
		return nil
	})
	if err != nil {
		return Principal{}, err // made may be of a run that was thrown away
	}
	return made, nil
}

// RenamePrincipal gives a principal another name; it keeps all it has: grants,
// memberships, and what it owns. Only a metastore admin may, and nobody renames
// a built-in principal. Errors: PRINCIPAL_DOES_NOT_EXIST, ALREADY_EXISTS,
// INVALID_PARAMETER_VALUE with field new_name, PERMISSION_DENIED.
func (m *Metastore) RenamePrincipal(ctx context.Context, caller catalog.PrincipalID, name, to string) (Principal, error) {
	if err := checkPrincipalName("new_name", to); err != nil {
		return Principal{}, err
	}
	var renamed Principal
	err := m.updateAsAdmin(ctx, caller, "rename principals", func(tx *catalog.Tx) error {
		p, err := principal(&tx.Snapshot, "name", name)
		if err != nil {
			return err
		}
		if err := tx.RenamePrincipal(p.ID, to); err != nil {
			return refusedPrincipal(&tx.Snapshot, err, "new_name", to)
		}
		renamed = shownPrincipal(&tx.Snapshot, p.ID)
		return nil
	})
	if err != nil {
		return Principal{}, err // renamed may be of a run that was thrown away
	}
	return renamed, nil
}

// DropPrincipal removes a principal with its grants and memberships. What it
// owned is stewarded by the metastore admins from then on, and its services
// answer nobody until they have a new owner (ruling R21). Only a metastore
// admin may. An empty type stands for any; of another type, the name is not
// there. With ifExists, what is not there is no error.
//
// Built-in principals stay (PERMISSION_DENIED), and so does the last user or
// service principal that is a metastore admin, and every group without which
// there would be none (INVALID_STATE).
func (m *Metastore) DropPrincipal(ctx context.Context, caller catalog.PrincipalID, t catalog.PrincipalType, name string, ifExists bool) error {
	if t != "" {
		if err := checkPrincipalType(t); err != nil {
			return err
		}
	}
	return m.updateAsAdmin(ctx, caller, "drop principals", func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		p, err := principal(s, "name", name)
		if err == nil && t != "" && p.Type != t {
			err = noPrincipal("name", name)
		}
		switch {
		case err != nil && ifExists:
			return nil
		case err != nil:
			return err
		}
		if err := tx.DropPrincipal(p.ID); err != nil {
			return refusedPrincipal(s, err, "name", name)
		}
		return checkStewarded(s)
	})
}

// Principal returns a principal by name. Metastore admins see all, anybody else
// himself and the groups he is in, directly or through groups; another one is
// not there for him (PRINCIPAL_DOES_NOT_EXIST). Who manages an object learns more:
// who is granted something on it, and who can use it ([Metastore.WhoCan]).
func (m *Metastore) Principal(caller catalog.PrincipalID, name string) (Principal, error) {
	s := m.catalog.Snapshot()
	p, err := m.findPrincipal(s, caller, "name", name)
	if err != nil {
		return Principal{}, err
	}
	return shownPrincipal(s, p.ID), nil
}

// Principals yields the principals of one type that the caller may see, see
// [Metastore.Principal], or with an empty type those of all types, in the order
// of the bytes of their names.
func (m *Metastore) Principals(caller catalog.PrincipalID, t catalog.PrincipalType) iter.Seq[Principal] {
	s := m.catalog.Snapshot()
	return func(yield func(Principal) bool) {
		for _, p := range m.principals(s, caller, t) {
			if !yield(p) {
				return
			}
		}
	}
}

func (m *Metastore) principals(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.PrincipalType) []Principal {
	var ids []catalog.PrincipalID
	if m.admin(s, caller) {
		for _, of := range principalTypes {
			if t == "" || t == of {
				for p := range s.Principals(of) {
					ids = append(ids, p.ID)
				}
			}
		}
		return shownPrincipals(s, slices.Values(ids))
	}
	for id := range s.Memberships(caller).All() {
		if p, _ := s.Principal(id); t == "" || t == p.Type {
			ids = append(ids, id)
		}
	}
	return shownPrincipals(s, slices.Values(ids))
}

// principalTypes are the types that callers know of.
var principalTypes = [...]catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group}

func checkPrincipalType(t catalog.PrincipalType) error {
	if !slices.Contains(principalTypes[:], t) {
		return invalid("type", "A principal is a user, a service_principal or a group, not '%s'.", t)
	}
	return nil
}

// admin reports whether the caller is a metastore admin (spec §12.3).
func (m *Metastore) admin(s *catalog.Snapshot, caller catalog.PrincipalID) bool {
	return m.authz.Manage(s, caller, catalog.MetastoreID).Allowed
}

// updateAsAdmin is update for what only a metastore admin may do.
func (m *Metastore) updateAsAdmin(ctx context.Context, caller catalog.PrincipalID, what string, change func(*catalog.Tx) error) error {
	return m.update(ctx, caller, func(tx *catalog.Tx) error {
		if !m.admin(&tx.Snapshot, caller) {
			return &Error{Code: CodePermissionDenied, Message: fmt.Sprintf("Only a metastore admin may %s.", what)}
		}
		return change(tx)
	})
}

// findPrincipal finds a principal that the caller may see; no other is there
// for him.
func (m *Metastore) findPrincipal(s *catalog.Snapshot, caller catalog.PrincipalID, field, name string) (catalog.Principal, error) {
	p, err := principal(s, field, name)
	if err != nil {
		return catalog.Principal{}, err
	}
	if !m.admin(s, caller) && !s.Memberships(caller).Has(p.ID) {
		return catalog.Principal{}, noPrincipal(field, name)
	}
	return p, nil
}

// checkPrincipalName refuses a name that nobody can have, before anything is
// looked up.
func checkPrincipalName(field, name string) error {
	err := catalog.CheckPrincipalName(name)
	if err == nil {
		return nil
	}
	return &Error{Code: CodeInvalidParameter, Field: field, Message: fmt.Sprintf("Invalid principal name: %s.", reason(err)), Err: err}
}

// refusedPrincipal gives the catalog's refusals the words and the field of the
// request.
func refusedPrincipal(s *catalog.Snapshot, err error, field, name string) error {
	switch {
	case errors.Is(err, catalog.ErrAlreadyExists):
		other, _ := s.PrincipalNamed(name)
		return &Error{Code: CodeAlreadyExists, Field: field, Message: fmt.Sprintf("Principal '%s' already exists.", other.Name), Err: err}
	case errors.Is(err, catalog.ErrBuiltIn):
		return &Error{Code: CodePermissionDenied, Message: "Built-in principals cannot be renamed or dropped.", Err: err}
	}
	return err
}

// checkStewarded refuses a change that leaves nobody who can log in a metastore
// admin: then what has no living owner would have no living steward either,
// and nobody could make one.
func checkStewarded(s *catalog.Snapshot) error {
	root, _ := s.Node(catalog.MetastoreID)
	next := []catalog.PrincipalID{root.Owner}
	for seen := map[catalog.PrincipalID]bool{}; len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		switch p, _ := s.Principal(at); p.Type {
		case catalog.User, catalog.ServicePrincipal:
			return nil
		case catalog.Group:
			members := s.Members(at)
			if at == catalog.AccountUsers { // a host may have made everybody an admin
				members = everybody(s)
			}
			next = slices.AppendSeq(next, members)
		}
	}
	return &Error{Code: CodeInvalidState, Message: "The metastore would be left without an admin: at least one user or service principal must be a metastore admin."}
}

// everybody are the implied members of account users.
func everybody(s *catalog.Snapshot) iter.Seq[catalog.PrincipalID] {
	return func(yield func(catalog.PrincipalID) bool) {
		for _, t := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal} {
			for p := range s.Principals(t) {
				if !yield(p.ID) {
					return
				}
			}
		}
	}
}

func shownPrincipal(s *catalog.Snapshot, id catalog.PrincipalID) Principal {
	p, _ := s.Principal(id)
	return Principal{Type: p.Type, Name: p.Name, CreatedAt: p.CreatedAt, CreatedBy: p.CreatedBy}
}

// shownPrincipals are shown in the order of their names.
func shownPrincipals(s *catalog.Snapshot, ids iter.Seq[catalog.PrincipalID]) []Principal {
	var shown []Principal
	for id := range ids {
		shown = append(shown, shownPrincipal(s, id))
	}
	slices.SortFunc(shown, func(a, b Principal) int { return strings.Compare(a.Name, b.Name) })
	return shown
}
