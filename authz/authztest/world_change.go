package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// The changes that a transaction makes, as the documentation of catalog.Tx
// says them, on rows. Each returns another world.

func (w World) withObject(n catalog.Node) World {
	w.Objects = append(slices.Clip(w.Objects), n)
	return w
}

// edited returns the world with one object as edit leaves it.
func (w World) edited(id catalog.ID, edit func(*catalog.Node)) World {
	w.Objects = slices.Clone(w.Objects)
	for i := range w.Objects {
		if w.Objects[i].ID == id {
			edit(&w.Objects[i])
		}
	}
	return w
}

// inside returns an object and all that is in it.
func (w World) inside(id catalog.ID) []catalog.ID {
	all := []catalog.ID{id}
	for i := 0; i < len(all); i++ {
		for _, n := range w.Objects {
			if n.Parent == all[i] {
				all = append(all, n.ID)
			}
		}
	}
	return all
}

// without returns the world without an object, all that is in it, and the
// grants on either.
func (w World) without(id catalog.ID) World {
	gone := map[catalog.ID]bool{}
	for _, id := range w.inside(id) {
		gone[id] = true
	}
	w.Objects = slices.DeleteFunc(slices.Clone(w.Objects), func(n catalog.Node) bool { return gone[n.ID] })
	w.Grants = slices.DeleteFunc(slices.Clone(w.Grants), func(g catalog.Grant) bool { return gone[g.On] })
	return w
}

func (w World) granted(g catalog.Grant) World {
	if slices.Contains(w.Grants, g) {
		return w
	}
	return w.With(g)
}

// revoked: to revoke ALL PRIVILEGES takes the single ones too that it stands
// for (spec §12.2).
func (w World) revoked(on catalog.ID, from catalog.PrincipalID, p catalog.Privilege) World {
	w.Grants = slices.DeleteFunc(slices.Clone(w.Grants), func(g catalog.Grant) bool {
		taken := g.Privilege == p || p == catalog.AllPrivileges && g.Privilege.InAll()
		return g.On == on && g.To == from && taken
	})
	return w
}

func (w World) withPrincipal(p catalog.Principal) World {
	w.Principals = append(slices.Clip(w.Principals), p)
	return w
}

func (w World) renamedPrincipal(id catalog.PrincipalID, name string) World {
	w.Principals = slices.Clone(w.Principals)
	for i := range w.Principals {
		if w.Principals[i].ID == id {
			w.Principals[i].Name = name
		}
	}
	return w
}

// withoutPrincipal: what it was given and its memberships go, what it owns
// stays as it is (ruling R21).
func (w World) withoutPrincipal(id catalog.PrincipalID) World {
	w.Principals = slices.DeleteFunc(slices.Clone(w.Principals), func(p catalog.Principal) bool { return p.ID == id })
	w.Members = slices.DeleteFunc(slices.Clone(w.Members), func(m Membership) bool { return m.Group == id || m.Member == id })
	w.Grants = slices.DeleteFunc(slices.Clone(w.Grants), func(g catalog.Grant) bool { return g.To == id })
	return w
}

func (w World) joined(m Membership) World {
	if !slices.Contains(w.Members, m) {
		w.Members = append(slices.Clip(w.Members), m)
	}
	return w
}

func (w World) left(m Membership) World {
	w.Members = slices.DeleteFunc(slices.Clone(w.Members), func(o Membership) bool { return o == m })
	return w
}

// circles reports whether a membership would make a group a member of itself.
func (w World) circles(m Membership) bool {
	below := []catalog.PrincipalID{m.Member}
	for i := 0; i < len(below); i++ {
		if below[i] == m.Group {
			return true
		}
		for _, o := range w.Members {
			if o.Group == below[i] && !slices.Contains(below, o.Member) {
				below = append(below, o.Member)
			}
		}
	}
	return false
}
