package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

func (w World) object(id catalog.ID) (catalog.Node, bool) {
	i := slices.IndexFunc(w.Objects, func(n catalog.Node) bool { return n.ID == id })
	if i < 0 {
		return catalog.Node{}, false
	}
	return w.Objects[i], true
}

func (w World) principal(id catalog.PrincipalID) (catalog.Principal, bool) {
	i := slices.IndexFunc(w.Principals, func(p catalog.Principal) bool { return p.ID == id })
	if i < 0 {
		return catalog.Principal{}, false
	}
	return w.Principals[i], true
}

// kind returns the papers of a kind, empty ones for an unknown kind.
func (w World) kind(t catalog.SecurableType) catalog.Kind {
	i := slices.IndexFunc(w.Kinds, func(k catalog.Kind) bool { return k.Type == t })
	if i < 0 {
		return catalog.Kind{}
	}
	return w.Kinds[i]
}

// above returns the containers of an object, the nearest first, the metastore
// last.
func (w World) above(on catalog.Node) []catalog.Node {
	var levels []catalog.Node
	for c, found := w.object(on.Parent); found; c, found = w.object(c.Parent) {
		levels = append(levels, c)
	}
	return levels
}

// upFrom returns the object and then its containers.
func (w World) upFrom(on catalog.Node) []catalog.Node {
	return append([]catalog.Node{on}, w.above(on)...)
}

// isContainer reports whether some kind lives in objects of this one's kind.
func (w World) isContainer(n catalog.Node) bool {
	return some(w.Kinds, func(k catalog.Kind) bool { return k.Parent == n.Type })
}

// applies: the privilege takes effect on objects of this kind, because the
// kind says so, or because it creates something in them (spec §12.1, G).
func (w World) applies(p catalog.Privilege, t catalog.SecurableType) bool {
	kind := w.kind(t)
	return slices.Contains(kind.Privileges, p) || slices.Contains(kind.Local, p) ||
		some(w.Kinds, func(k catalog.Kind) bool { return k.Parent == t && k.Create != "" && k.Create == p })
}

// grantable: the privilege takes effect on objects of this kind, or can be
// granted on them to be inherited (spec §12.1, G and I).
func (w World) grantable(p catalog.Privilege, t catalog.SecurableType) bool {
	return slices.Contains(w.kind(t).Local, p) || w.inheritable(p, t)
}

// inheritable: the privilege belongs to this kind or to one that lives in it,
// and is not kept to one level. The metastore hands nothing down, so nothing
// is granted on it for the sake of what is below.
func (w World) inheritable(p catalog.Privilege, t catalog.SecurableType) bool {
	kind := w.kind(t)
	if slices.Contains(kind.Privileges, p) || slices.Contains(kind.Inherited, p) {
		return true
	}
	return some(w.Kinds, func(inside catalog.Kind) bool {
		if inside.Parent != t {
			return false
		}
		creates := inside.Create != "" && inside.Create == p
		return creates || t != catalog.TypeMetastore && w.inheritable(p, inside.Type)
	})
}

// privileges returns every privilege that some kind mentions, in order.
func (w World) privileges() []catalog.Privilege {
	var all []catalog.Privilege
	for _, k := range w.Kinds {
		all = slices.Concat(all, k.Privileges, k.Local, k.Inherited)
		if k.Create != "" {
			all = append(all, k.Create)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (w World) principalName(id catalog.PrincipalID) string {
	if p, found := w.principal(id); found {
		return quote(p.Name)
	}
	return goneName(id)
}

// objectName returns the full name of an object.
func (w World) objectName(id catalog.ID) string {
	n, found := w.object(id)
	switch {
	case !found:
		return goneName(id)
	case n.Parent == 0:
		return metastoreWord
	case n.Parent == catalog.MetastoreID:
		return n.Name
	}
	return w.objectName(n.Parent) + "." + n.Name
}
