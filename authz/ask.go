package authz

import (
	"iter"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// Visible yields the objects of one kind in a container that the caller may
// see, ordered by name: those for which [Authorizer.See] says yes, in a
// fraction of the time. Only names after a given one count; "" is before all
// names. Nothing is yielded where the container itself may not be listed.
func (a *Authorizer) Visible(s *catalog.Snapshot, caller catalog.PrincipalID, container catalog.ID, t catalog.SecurableType, after string) iter.Seq[catalog.Node] {
	return func(yield func(catalog.Node) bool) {
		papers, ok := s.Kinds().Papers(t)
		var st catalog.Standing
		st.Stand(s, caller, container)
		e := evaluation{s: s, caller: caller}
		if p := path(st.Path()); !ok || len(p) == 0 || !e.mayList(p) {
			return
		}
		sight := e.sightInto(st.Path(), papers)
		if !sight.usable {
			return
		}
		if sight.alike() {
			for node := range s.ChildrenAfter(container, t, after) {
				if !yield(node) {
					return
				}
			}
			return
		}
		shown := func(node catalog.Node) bool { // false once nobody asks for more
			child, ok := st.Child(node.ID)
			return !ok || !e.sees(sight, &child) || yield(node)
		}
		// Candidates have to be put in order before there is a first one, anew
		// for every page of a list. Who holds many meets the next of them sooner
		// among the children, which are in order.
		last := after
		if n := held(s, st.Memberships(), container); n > fewHeld {
			walked := 0
			for node := range s.ChildrenAfter(container, t, after) {
				if walked == 2*n {
					break
				}
				walked++
				if last = node.Name; !shown(node) {
					return
				}
			}
			if walked < 2*n {
				return // those were all
			}
		}
		for _, node := range candidates(s, st.Memberships(), container, t, last) {
			if !shown(node) {
				return
			}
		}
	}
}

// fewHeld is how many objects are put in order at once, without a look at how
// soon they are met.
const fewHeld = 1024

// held counts what somebody owns or is granted something on in a container. What
// is held in two ways counts twice.
func held(s *catalog.Snapshot, who *catalog.Memberships, container catalog.ID) int {
	n := 0
	for p := range who.All() {
		for range s.HeldIn(p, container) {
			n++
		}
	}
	return n
}

// candidates returns, ordered by name, the objects of a kind in a container that
// somebody owns or is granted something on.
func candidates(s *catalog.Snapshot, who *catalog.Memberships, container catalog.ID, t catalog.SecurableType, after string) []catalog.Node {
	var found []catalog.Node
	for p := range who.All() {
		for id := range s.HeldIn(p, container) {
			if node, ok := s.Node(id); ok && node.Type == t && node.Name > after {
				found = append(found, node)
			}
		}
	}
	slices.SortFunc(found, func(a, b catalog.Node) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(found, func(a, b catalog.Node) bool { return a.ID == b.ID })
}

// EffectivePrivileges returns what a principal holds on an object, in person
// and through groups, by owning it and by grants on it or above it: one
// [Reason] for each privilege and each source of it, the object's own level
// first, then going up. Holding is not yet using: that also takes the usage
// privileges of the containers, see [Authorizer.Check]. It is empty when there
// is no such principal or object.
func (a *Authorizer) EffectivePrivileges(s *catalog.Snapshot, p catalog.PrincipalID, on catalog.ID) []Reason {
	var st catalog.Standing
	st.Stand(s, p, on)
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
			for _, privilege := range kinds.Privileges(given(kinds, g.Privilege).Intersect(object.Papers.Applies)) {
				all = append(all, Reason{Privilege: privilege, On: levels[n].ID, Granted: g.Privilege, Through: g.To})
			}
		}
	}
	return all
}

// given is what a grant gives: itself, and what ALL PRIVILEGES stands for.
func given(kinds *catalog.Kinds, p catalog.Privilege) catalog.PrivilegeSet {
	if p == catalog.AllPrivileges {
		return kinds.Universe().Without(notImplied).Union(everything)
	}
	return kinds.Set(p)
}
