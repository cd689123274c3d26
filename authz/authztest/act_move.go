package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// homes returns the containers that an object could live in.
func (a *act) homes(n catalog.Node) []catalog.ID {
	var ids []catalog.ID
	parent := a.w.kind(n.Type).Parent
	for _, home := range a.w.Objects {
		if home.Type == parent {
			ids = append(ids, home.ID)
		}
	}
	return ids
}

// moveTo moves an object to another container, unless its name is taken there:
// that must be refused.
func (a *act) moveTo(id, home catalog.ID, name string) {
	a.t.Helper()
	n, _ := a.w.object(id)
	a.note("move %d from %d to %d as %s", id, n.Parent, home, name)
	edit := catalog.Edit{Parent: &home}
	if name != n.Name {
		edit.Name = &name
	}
	err := a.tx.Change(id, edit)
	if other, taken := a.sibling(n.Type, home, name); taken && other.ID != id {
		a.expect(err, catalog.ErrAlreadyExists)
		return
	}
	a.expect(err, nil)
	a.w = a.w.edited(id, func(n *catalog.Node) { n.Parent, n.Name = home, name })
}

func (a *act) moveSome() {
	n := a.mutable()
	if a.rng.IntN(2) == 0 && n.Parent != catalog.MetastoreID {
		n, _ = a.w.object(n.Parent) // a schema, and all that is in it
	}
	if n.ID == 0 {
		return
	}
	name := n.Name
	if a.rng.IntN(3) == 0 {
		name = a.name()
	}
	a.moveTo(n.ID, pick(a.rng, a.homes(n)), name)
}

// moveAndReturn moves something, mostly looks, and moves it back; or drops what
// it came from, or makes another in its old place.
func (a *act) moveAndReturn() {
	n := a.mutable()
	if n.ID == 0 {
		return
	}
	a.moveTo(n.ID, pick(a.rng, a.homes(n)), a.freshName())
	if a.rng.IntN(3) > 0 {
		a.look()
	}
	now, _ := a.w.object(n.ID)
	switch {
	case a.rng.IntN(2) == 0:
		a.moveTo(n.ID, n.Parent, n.Name)
	case a.rng.IntN(4) == 0 && now.Parent != n.Parent:
		a.drop(n.Parent)
	default:
		a.create(n.Type, n.Parent, n.Name)
	}
}

// tradePlaces lets two objects of one kind have each other's name and place.
func (a *act) tradePlaces() {
	n := a.mutable()
	like := slices.DeleteFunc(slices.Clone(a.w.Objects), func(o catalog.Node) bool { return o.Type != n.Type || o.ID == n.ID })
	if len(like) == 0 {
		return
	}
	other := pick(a.rng, like)
	a.moveTo(n.ID, other.Parent, a.freshName())
	a.moveTo(other.ID, n.Parent, n.Name)
	a.moveTo(n.ID, other.Parent, other.Name)
}

// moveOut walks over what is in a schema, or what somebody is shown of it, and
// moves it elsewhere while walking.
func (a *act) moveOut() {
	schemas := slices.DeleteFunc(slices.Clone(a.w.Objects), func(n catalog.Node) bool { return n.Type != catalog.TypeSchema })
	if len(schemas) < 2 {
		return
	}
	from, to := pick(a.rng, schemas), pick(a.rng, schemas)
	for n := range a.walk(from.ID, pick(a.rng, leafKinds)) {
		if a.rng.IntN(2) == 0 {
			a.moveTo(n.ID, to.ID, n.Name)
		}
	}
}
