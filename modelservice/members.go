package modelservice

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
)

// ChangeMembers puts principals into a group and takes others out, all or none.
// Adding who is in it and removing who is not are no faults; the same principal
// on both sides is. Only a metastore admin may.
//
// Groups nest, and a group that would contain itself is refused
// (INVALID_PARAMETER_VALUE). The members of the built-in group metastore admins
// change like any other's, as long as a user or a service principal remains in
// it, directly or through groups (INVALID_STATE); those of account users are
// implied and do not (PERMISSION_DENIED). Other errors: PRINCIPAL_DOES_NOT_EXIST
// for the group and for each principal.
func (m *Metastore) ChangeMembers(ctx context.Context, caller catalog.PrincipalID, group string, add, remove []string) error {
	return m.updateAsAdmin(ctx, caller, "change the members of a group", func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		g, err := principal(s, "group", group)
		if err != nil {
			return err
		}
		if err := checkGroup(g); err != nil {
			return err
		}
		if g.ID == catalog.AccountUsers {
			return &Error{Code: CodePermissionDenied, Field: "group",
				Message: fmt.Sprintf("Group '%s' is built in: every user and service principal is its member.", g.Name)}
		}
		removed := make(map[catalog.PrincipalID]bool, len(remove))
		for i, name := range remove {
			p, err := member(s, fmt.Sprintf("remove[%d]", i), name)
			if err != nil {
				return err
			}
			if err := tx.RemoveMember(g.ID, p.ID); err != nil {
				return err
			}
			removed[p.ID] = true
		}
		if err := addMembers(tx, g, "add", add, removed); err != nil {
			return err
		}
		return checkStewarded(s)
	})
}

// CreateGroup makes a group with its first members, or nothing. Only a metastore
// admin may. The errors are those of [Metastore.CreatePrincipal] and, for a
// member, of [Metastore.ChangeMembers].
func (m *Metastore) CreateGroup(ctx context.Context, caller catalog.PrincipalID, name string, members []string) (Principal, error) {
	if err := checkPrincipalName("name", name); err != nil {
		return Principal{}, err
	}
	var made Principal
	err := m.updateAsAdmin(ctx, caller, "create principals", func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(catalog.Group, name)
		if err != nil {
			return refusedPrincipal(&tx.Snapshot, err, "name", name)
		}
		made = shownPrincipal(&tx.Snapshot, id)
		g, _ := tx.Principal(id)
		return addMembers(tx, g, "members", members, nil)
	})
	if err != nil {
		return Principal{}, err // made may be of a run that was thrown away
	}
	return made, nil
}

// addMembers puts principals into a group that none of removed has just left.
func addMembers(tx *catalog.Tx, g catalog.Principal, list string, names []string, removed map[catalog.PrincipalID]bool) error {
	for i, name := range names {
		field := fmt.Sprintf("%s[%d]", list, i)
		p, err := member(&tx.Snapshot, field, name)
		if err != nil {
			return err
		}
		if removed[p.ID] {
			return invalid(field, "'%s' is both added and removed.", p.Name)
		}
		err = tx.AddMember(g.ID, p.ID)
		if errors.Is(err, catalog.ErrCycle) {
			return &Error{Code: CodeInvalidParameter, Field: field, Err: err,
				Message: fmt.Sprintf("Adding '%s' would make group '%s' a member of itself.", p.Name, g.Name)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Members returns the direct members of a group, in the order of the bytes of
// their names. Metastore admins and the group's members may ask; for anybody
// else there is no such group (PRINCIPAL_DOES_NOT_EXIST). Those of account users
// are implied and not listed.
func (m *Metastore) Members(caller catalog.PrincipalID, group string) ([]Principal, error) {
	s := m.catalog.Snapshot()
	g, err := m.findPrincipal(s, caller, "group", group)
	if err != nil {
		return nil, err
	}
	if err := checkGroup(g); err != nil {
		return nil, err
	}
	return shownPrincipals(s, s.Members(g.ID)), nil
}

// MemberOf returns the groups that a principal was added to, in the order of
// the bytes of their names, without account users, which every user and service
// principal is in. It is seen by those who see the principal, see
// [Metastore.Principal].
func (m *Metastore) MemberOf(caller catalog.PrincipalID, name string) ([]Principal, error) {
	s := m.catalog.Snapshot()
	p, err := m.findPrincipal(s, caller, "name", name)
	if err != nil {
		return nil, err
	}
	return shownPrincipals(s, s.MemberOf(p.ID)), nil
}

func checkGroup(p catalog.Principal) error {
	if p.Type != catalog.Group {
		return invalid("group", "'%s' is a %s, not a group.", p.Name, p.Type)
	}
	return nil
}

// member finds a principal that can be in a group.
func member(s *catalog.Snapshot, field, name string) (catalog.Principal, error) {
	p, err := principal(s, field, name)
	if err == nil && p.ID == catalog.AccountUsers {
		err = invalid(field, "Group '%s' is built in and cannot be a member of a group.", p.Name)
	}
	return p, err
}
