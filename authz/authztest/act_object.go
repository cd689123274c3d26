package authztest

import (
	"fmt"
	"iter"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// name draws from the story's few names, so that they meet: many are the
// beginning of another, or look like ids.
func (a *act) name() string {
	switch a.rng.IntN(6) {
	case 0:
		return fmt.Sprint(a.rng.IntN(a.shape.names))
	case 1:
		return pick(a.rng, alike)
	}
	return fmt.Sprintf("n%d", a.rng.IntN(a.shape.names))
}

// alike are pairs of names that short hash functions in wide use (FNV-1a,
// CRC-32) do not tell apart.
var alike = []string{"costarring", "liquid", "declinate", "macallums", "plumless", "buckeroo"}

// freshName is a name that nothing has had in this story.
func (a *act) freshName() string { return fmt.Sprintf("f%d", len(a.was.objects)+len(a.log)) }

func (a *act) sibling(t catalog.SecurableType, parent catalog.ID, name string) (catalog.Node, bool) {
	i := slices.IndexFunc(a.w.Objects, func(n catalog.Node) bool { return n.Type == t && n.Parent == parent && n.Name == name })
	if i < 0 {
		return catalog.Node{}, false
	}
	return a.w.Objects[i], true
}

// create makes an object, unless the name is taken: that must be refused.
func (a *act) create(t catalog.SecurableType, parent catalog.ID, name string) catalog.ID {
	a.t.Helper()
	n := catalog.Node{Type: t, Parent: parent, Name: name, Owner: a.owner()}
	a.note("create %s %s in %d owner %d", t, name, parent, n.Owner)
	id, err := a.tx.Create(catalog.Draft{Type: t, Parent: parent, Name: name, Owner: n.Owner})
	if _, taken := a.sibling(t, parent, name); taken {
		a.expect(err, catalog.ErrAlreadyExists)
		return 0
	}
	a.expect(err, nil)
	a.spend(uint64(id))
	n.ID = id
	a.w = a.w.withObject(n)
	return id
}

func (a *act) drop(id catalog.ID) {
	a.t.Helper()
	inside := a.w.inside(id)
	a.note("drop %d with %d inside", id, len(inside)-1)
	dropped, err := a.tx.Drop(id, true)
	a.expect(err, nil)
	var ids []catalog.ID
	for _, n := range dropped {
		ids = append(ids, n.ID)
	}
	if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(inside))) {
		a.t.Fatalf("dropping %d removed %d, want %d", id, ids, inside)
	}
	a.w = a.w.without(id)
}

func (a *act) changeName(id catalog.ID, name string) {
	a.t.Helper()
	n, _ := a.w.object(id)
	a.note("rename %d from %s to %s", id, n.Name, name)
	err := a.tx.Change(id, catalog.Edit{Name: &name})
	if other, taken := a.sibling(n.Type, n.Parent, name); taken && other.ID != id {
		a.expect(err, catalog.ErrAlreadyExists)
		return
	}
	a.expect(err, nil)
	a.w = a.w.edited(id, func(n *catalog.Node) { n.Name = name })
}

// mutable draws an object other than the metastore; 0 when there is none.
// Leaves come up most.
func (a *act) mutable() catalog.Node {
	if len(a.w.Objects) == 1 {
		return catalog.Node{}
	}
	var n catalog.Node
	for range 3 {
		for n = pick(a.rng, a.w.Objects); n.ID == catalog.MetastoreID; {
			n = pick(a.rng, a.w.Objects)
		}
		if !a.w.isContainer(n) {
			break
		}
	}
	return n
}

// makeSome makes an object of some kind where it can be.
func (a *act) makeSome() {
	kind := a.w.kind(pick(a.rng, append([]catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, catalog.TypeSchema}, leafKinds...)))
	homes := slices.DeleteFunc(slices.Clone(a.w.Objects), func(n catalog.Node) bool { return n.Type != kind.Parent })
	if len(homes) > 0 {
		a.create(kind.Type, pick(a.rng, homes).ID, a.name())
	}
}

func (a *act) dropSome() {
	if n := a.mutable(); n.ID != 0 && len(a.w.Objects) > a.shape.catalogs*a.shape.schemas {
		a.drop(n.ID)
	}
}

// remake drops a whole subtree and makes it again, names and all, in the same
// transaction. Nothing of what was given on it may come back.
func (a *act) remake() {
	top := a.mutable()
	if a.rng.IntN(3) == 0 && top.Parent != catalog.MetastoreID {
		top, _ = a.w.object(top.Parent)
	}
	if top.ID == 0 {
		return
	}
	was := a.w
	a.drop(top.ID)
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	made := map[catalog.ID]catalog.ID{top.Parent: top.Parent}
	for _, id := range was.inside(top.ID) { // containers come first
		n, _ := was.object(id)
		made[id] = a.create(n.Type, made[n.Parent], n.Name)
	}
	for _, g := range was.Grants {
		if on := made[g.On]; on != 0 && on != top.Parent && a.rng.IntN(4) == 0 {
			a.grant(on, g.To, g.Privilege)
		}
	}
}

func (a *act) rename() {
	if n := a.mutable(); n.ID != 0 {
		a.changeName(n.ID, a.name())
	}
}

// swap lets two siblings change names, by way of a third name.
func (a *act) swap() {
	n := a.mutable()
	like := slices.DeleteFunc(slices.Clone(a.w.Objects), func(o catalog.Node) bool {
		return o.Type != n.Type || o.Parent != n.Parent || o.ID == n.ID
	})
	if len(like) == 0 {
		return
	}
	other := pick(a.rng, like)
	a.changeName(n.ID, "in-between")
	a.changeName(other.ID, n.Name)
	a.changeName(n.ID, other.Name)
}

// takeName renames an object, or drops it, and gives its name to a new one.
func (a *act) takeName() {
	n := a.mutable()
	if n.ID == 0 {
		return
	}
	if a.rng.IntN(2) == 0 {
		a.changeName(n.ID, a.freshName())
	} else {
		a.drop(n.ID)
	}
	heir := a.create(n.Type, n.Parent, n.Name)
	if old, there := a.w.object(n.ID); there && a.rng.IntN(2) == 0 {
		a.drop(old.ID)
		if a.rng.IntN(2) == 0 {
			a.drop(heir)
		}
	}
}

// walk walks over what is in a container, or what somebody is shown of it.
func (a *act) walk(in catalog.ID, t catalog.SecurableType) iter.Seq[catalog.Node] {
	if a.rng.IntN(2) == 0 {
		return a.tx.Children(in, t)
	}
	caller := pick(a.rng, a.w.Callers())
	o := a.now.of(a.w)
	want := slices.DeleteFunc(o.seen(caller, in), func(n catalog.Node) bool { return n.Type != t })
	slices.SortFunc(want, byKindAndName)
	return func(yield func(catalog.Node) bool) {
		for n := range a.a.Visible(&a.tx.Snapshot, caller, in, t, "") {
			if len(want) == 0 || plainNode(n) != want[0] {
				a.t.Fatalf("%d is shown %v, want first of %v", caller, n, want)
			}
			want = want[1:]
			if !yield(n) {
				return
			}
		}
		if len(want) > 0 {
			a.t.Fatalf("%d is not shown %v", caller, want)
		}
	}
}

func (a *act) give() {
	n, owner := pick(a.rng, a.w.Objects), a.owner()
	a.note("give %d to %d", n.ID, owner)
	a.touch(n.Owner, owner)
	a.expect(a.tx.Change(n.ID, catalog.Edit{Owner: &owner}), nil)
	a.w = a.w.edited(n.ID, func(n *catalog.Node) { n.Owner = owner })
}

// crowd puts many siblings into a schema in a random order, takes some out
// while walking over them, puts some of those in again, and mostly takes all
// out at the end.
func (a *act) crowd() {
	schemas := slices.DeleteFunc(slices.Clone(a.w.Objects), func(n catalog.Node) bool { return n.Type != catalog.TypeSchema })
	if len(schemas) == 0 {
		return
	}
	schema, t := pick(a.rng, schemas), pick(a.rng, leafKinds)
	made := map[catalog.ID]string{}
	add := func(i int) {
		name := fmt.Sprintf("c%d", i)
		if id := a.create(t, schema.ID, name); id != 0 {
			made[id] = name
		}
	}
	for _, i := range a.rng.Perm(a.shape.names * 5) {
		add(i)
	}
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	var taken []string
	first := a.rng.IntN(3) == 0 // take out the first ones, all of them
	for n := range a.walk(schema.ID, t) {
		out := a.rng.IntN(2) == 0
		if first {
			out = len(taken) < a.shape.names*3
		}
		if name, ours := made[n.ID]; ours && out {
			taken = append(taken, name)
			delete(made, n.ID)
			a.drop(n.ID)
		}
	}
	for _, name := range taken {
		if a.rng.IntN(2) == 0 {
			if id := a.create(t, schema.ID, name); id != 0 {
				made[id] = name
			}
		}
	}
	if a.rng.IntN(8) == 0 {
		return
	}
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	for _, n := range a.w.Objects {
		if _, ours := made[n.ID]; ours {
			a.drop(n.ID)
		}
	}
}
