package modelservice

import (
	"iter"

	"github.com/modelward/modelward/catalog"
)

// List yields, ordered by name, the objects of one kind that the caller may
// see: in one container, or with an empty name in the whole metastore.
// Positions after a name continue there. What cannot be seen leaves no trace,
// not even in the number of objects yielded.
func (m *Metastore) List(caller catalog.PrincipalID, t catalog.SecurableType, in, after catalog.FullName) (iter.Seq[Object], error) {
	s := m.catalog.Snapshot()
	ids, err := m.list(s, caller, t, in, after)
	if err != nil {
		return nil, err
	}
	return func(yield func(Object) bool) {
		for id := range ids {
			if !yield(object(s, id)) {
				return
			}
		}
	}, nil
}

func (m *Metastore) list(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, in, after catalog.FullName) (iter.Seq[catalog.ID], error) {
	kind, ok := s.Kinds().Kind(t)
	if !ok {
		return nil, invalid("securable_type", "Securable type '%s' is not known.", t)
	}
	want := depth(s.Kinds(), kind)
	if in.Parts() >= want {
		return nil, invalid("parent", "A %s does not live in '%s'.", kind.Label, in)
	}
	at, err := m.enter(s, caller, in, true)
	if err != nil {
		return nil, err
	}
	return func(yield func(catalog.ID) bool) { m.descend(s, caller, t, at, want, after, yield) }, nil
}

// descend walks the containers down to the depth at which kind t lives. Only
// what is seen is descended into, and only what is seen is yielded.
func (m *Metastore) descend(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, at place, want int, after catalog.FullName, yield func(catalog.ID) bool) bool {
	below := t
	if at.name.Parts()+1 < want {
		below = catalog.TypeCatalog
		if at.name.Parts() == 1 {
			below = catalog.TypeSchema
		}
	}
	if below == t {
		var last string // in this container, if the position is in it
		if after.Parent() == at.name {
			last = after.Leaf()
		}
		for node := range m.authz.Visible(s, caller, at.id, t, last) {
			if !precedes(at.name.Child(node.Name), after) && !yield(node.ID) {
				return false
			}
		}
		return true
	}
	kind, _ := s.Kinds().Kind(below)
	for node := range m.authz.Visible(s, caller, at.id, below, "") {
		name := at.name.Child(node.Name)
		if !precedes(name, after) && m.authz.List(s, caller, node.ID).Allowed &&
			!m.descend(s, caller, t, place{node.ID, kind, name}, want, after, yield) {
			return false
		}
	}
	return true
}

// precedes reports whether everything at or below name comes at or before the
// position after.
func precedes(name, after catalog.FullName) bool {
	if after.Parts() == 0 {
		return false
	}
	switch {
	case name.Catalog != after.Catalog:
		return name.Catalog < after.Catalog
	case name.Schema != after.Schema:
		return name.Schema != "" && name.Schema < after.Schema
	case name.Object != after.Object:
		return name.Object != "" && name.Object < after.Object
	}
	return name.Parts() == after.Parts()
}
