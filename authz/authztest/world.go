package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// World is everything a decision may depend on, as plain rows. It is a value:
// its methods return other worlds and leave it as it is. The order of the rows
// means nothing.
type World struct {
	Kinds      []catalog.Kind
	Principals []catalog.Principal
	Members    []Membership
	Objects    []catalog.Node
	Grants     []catalog.Grant
}

// Membership says that a principal was added to a group directly.
type Membership struct {
	Group, Member catalog.PrincipalID
}

// WorldOf copies the rows of a snapshot.
func WorldOf(s *catalog.Snapshot) World {
	var w World
	for _, t := range s.Kinds().Types() {
		kind, _ := s.Kinds().Kind(t)
		w.Kinds = append(w.Kinds, *kind)
		w.Objects = slices.AppendSeq(w.Objects, s.All(t))
	}
	for _, t := range []catalog.PrincipalType{catalog.System, catalog.User, catalog.ServicePrincipal, catalog.Group} {
		w.Principals = slices.AppendSeq(w.Principals, s.Principals(t))
	}
	for _, p := range w.Principals {
		for member := range s.Members(p.ID) {
			w.Members = append(w.Members, Membership{p.ID, member})
		}
	}
	for _, o := range w.Objects {
		w.Grants = slices.AppendSeq(w.Grants, s.GrantsOn(o.ID))
	}
	return w
}

// With returns the world with more grants.
func (w World) With(grants ...catalog.Grant) World {
	w.Grants = slices.Concat(w.Grants, grants)
	return w
}

// Only returns the world with no grants but the given ones, and no ownership
// but the given ones: whatever is not in owners belongs to the System user,
// which cannot act.
func (w World) Only(grants []catalog.Grant, owners map[catalog.ID]catalog.PrincipalID) World {
	w.Grants = slices.Clone(grants)
	w.Objects = slices.Clone(w.Objects)
	for i := range w.Objects {
		o := &w.Objects[i]
		o.Owner = catalog.SystemUser
		if owner, ok := owners[o.ID]; ok {
			o.Owner = owner
		}
	}
	return w
}
