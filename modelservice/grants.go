package modelservice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/internal/spelling"
)

// Assignment is what one principal is granted on one object.
type Assignment struct {
	Principal  string
	Privileges []catalog.Privilege // sorted
}

// Grants returns the grants placed on an object itself, ordered by principal
// (spec §12.7). Who may manage the object sees all of them, anyone else who may
// see the object only those to himself and his groups. A principal name, when
// not empty, selects one assignment.
func (m *Metastore) Grants(caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, of string) ([]Assignment, error) {
	found, err := m.grants(caller, t, name, of, false)
	if err != nil {
		return nil, err
	}
	assignments := make([]Assignment, len(found))
	for i, f := range found {
		assignments[i].Principal = f.Principal
		for _, p := range f.Privileges {
			assignments[i].Privileges = append(assignments[i].Privileges, p.Privilege)
		}
	}
	return assignments, nil
}

// GrantChange adds and removes privileges of one principal.
type GrantChange struct {
	Principal string
	Add       []catalog.Privilege
	Remove    []catalog.Privilege
}

// ChangeGrants grants and revokes on an object that the caller may manage, all
// changes or none. Adding what is granted and removing what is not are no
// faults; the same privilege on both sides of one change is.
func (m *Metastore) ChangeGrants(ctx context.Context, caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, changes []GrantChange) error {
	kinds := m.catalog.Snapshot().Kinds()
	kind, ok := kinds.Kind(t)
	if !ok {
		return invalid("securable_type", "Securable type '%s' is not known.", t)
	}
	for i, c := range changes {
		field := fmt.Sprintf("changes[%d]", i)
		if c.Principal == "" {
			return invalid(field+".principal", "A principal is required.")
		}
		removed := make(map[catalog.Privilege]bool) // a caller's list has any length
		for _, p := range c.Remove {
			removed[p] = true
		}
		for _, p := range c.Add {
			if removed[p] {
				return invalid(field, "%s is both added and removed.", p)
			}
		}
		for _, p := range slices.Concat(c.Add, c.Remove) {
			if !kinds.Grantable(p, t) {
				return invalid(field, "Privilege %s is not applicable to %s.%s", p.SQL(), describe(kind, name), suggest(p, kinds.GrantablePrivileges(t)))
			}
		}
	}
	return m.update(ctx, caller, func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		at, err := m.findManaged(s, caller, t, name)
		if err != nil {
			return err
		}
		for i, c := range changes {
			to, err := principal(s, fmt.Sprintf("changes[%d].principal", i), c.Principal)
			if err != nil {
				return err
			}
			// Revoking first: taking ALL PRIVILEGES back takes what it stands
			// for, and must not take what this change adds.
			if err := tx.Revoke(at.id, to.ID, c.Remove...); err != nil {
				return err
			}
			if err := tx.Grant(at.id, to.ID, c.Add...); err != nil {
				return err
			}
		}
		return nil
	})
}

// longestPrivilege is how long a misspelt privilege may be for another to be
// suggested.
const longestPrivilege = 64

// suggest names the privilege that was probably meant, or else all there are.
func suggest(p catalog.Privilege, among []catalog.Privilege) string {
	var words []string
	for _, have := range among {
		if len(p) <= longestPrivilege && spelling.Distance(string(p), string(have)) <= 2 {
			return fmt.Sprintf(" Did you mean %s?", have.SQL())
		}
		words = append(words, have.SQL())
	}
	if len(words) == 0 {
		return ""
	}
	return " It takes " + strings.Join(words, ", ") + "."
}
