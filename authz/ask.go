package authz

import (
	"iter"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// Visible yields the objects of one kind in a container that the caller may
// see, ordered by name: those for which [Authorizer.See] says yes, in a
// fraction of the time. Only names after a given one count; "" is before all
// names. Nothing is yielded where the container itself may not be listed.
func (a *Authorizer) Visible(s *catalog.Snapshot, caller catalog.PrincipalID, container catalog.ID, t catalog.SecurableType, after string) iter.Seq[catalog.Node] {
	return func(yield func(catalog.Node) bool) {
		st := s.Standing(caller, container)
		e := evaluation{s: s, caller: caller}
		if len(st.Path()) == 0 || !e.mayList(path(st.Path())) {
			return
		}
		for id := range s.ChildIDs(container, t, after) {
			if !st.Enter(id) {
				continue
			}
			sees := e.maySee(path(st.Path()))
			st.Leave()
			if !sees {
				continue
			}
			if node, ok := s.Node(id); ok && !yield(node) {
				return
			}
		}
	}
}

// EffectivePrivileges returns what a principal holds on an object, in person
// and through groups, by owning it and by grants on it or above it: one
// [Reason] for each privilege and each source of it, the object's own level
// first, then going up. Holding is not yet using: that also takes the usage
// privileges of the containers, see [Authorizer.Check]. It is empty when there
// is no such principal or object.
func (a *Authorizer) EffectivePrivileges(s *catalog.Snapshot, p catalog.PrincipalID, on catalog.ID) []Reason {
	st := s.Standing(p, on)
	levels := path(st.Path())
	if len(levels) == 0 {
		return nil
	}
	var all []Reason
	kinds, object := s.Kinds(), levels.object()
	if object.Owned {
		for _, privilege := range kinds.Privileges(object.Papers.Applies.Without(notByOwning).Without(everything)) {
			all = append(all, Reason{Privilege: privilege, On: object.ID, Through: object.Owner, Owner: true})
		}
	}
	for n := len(levels) - 1; n >= 0; n-- {
		if n == 0 && object.ID != catalog.MetastoreID {
			break // what is granted on the metastore does not inherit
		}
		for g := range s.GrantsOn(levels[n].ID) {
			if !st.Memberships().Has(g.To) {
				continue
			}
			for _, privilege := range kinds.Privileges(giving(kinds, g.Privilege).Intersect(object.Papers.Applies)) {
				all = append(all, Reason{Privilege: privilege, On: levels[n].ID, Granted: g.Privilege, Through: g.To})
			}
		}
	}
	return all
}

// giving is what a grant gives: itself, and what ALL PRIVILEGES stands for.
func giving(kinds *catalog.Kinds, p catalog.Privilege) catalog.PrivilegeSet {
	if p == catalog.AllPrivileges {
		return kinds.Universe().Without(notImplied).Union(everything)
	}
	return kinds.Set(p)
}

// WhoCan returns, ordered by id, the users, service principals and groups for
// which [Authorizer.Check] allows a privilege on an object.
func (a *Authorizer) WhoCan(s *catalog.Snapshot, privilege catalog.Privilege, on catalog.ID) []catalog.PrincipalID {
	var can []catalog.PrincipalID
	for _, t := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range s.Principals(t) {
			if a.Check(s, p.ID, privilege, on).Allowed {
				can = append(can, p.ID)
			}
		}
	}
	slices.Sort(can)
	return can
}
