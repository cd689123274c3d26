package authztest

import (
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// listing is what a caller is shown of a container: nothing, unless it may
// list there, and of what is in it what it may see.
func listing(a *authz.Authorizer, s *catalog.Snapshot, caller catalog.PrincipalID, container catalog.ID) []catalog.Node {
	var shown []catalog.Node
	if a.List(s, caller, container).Allowed {
		for n := range s.Children(container, "") {
			if a.See(s, caller, n.ID).Allowed {
				shown = append(shown, n)
			}
		}
	}
	return shown
}

// compareListing compares what a caller is shown of a container with those of
// its rows that it may see: asked about one by one, and listed kind by kind
// from several names on.
func (o *Oracle) compareListing(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, caller catalog.PrincipalID, in catalog.ID) {
	t.Helper()
	seen := o.seen(caller, in)
	who, where := o.world.principalName(caller), o.world.objectName(in)
	shown := plainNodes(slices.Values(listing(a, s, caller, in)))
	sameList(t, shown, seen, byKindAndName, "%s is shown of %s", who, where)

	names := []string{"", "a", "zzz"}
	if len(seen) > 0 {
		middle := seen[len(seen)/2].Name
		names = append(names, seen[0].Name, middle, middle+"0", middle[:len(middle)-1])
	}
	for _, kind := range append(o.world.Kinds, catalog.Kind{Type: "no_such_kind"}) {
		for _, after := range names {
			var want []catalog.Node
			for _, n := range seen {
				if n.Type == kind.Type && n.Name > after {
					want = append(want, n)
				}
			}
			visible := plainNodes(a.Visible(s, caller, in, kind.Type, after))
			sameList(t, visible, want, byKindAndName, "%s is shown of %s, of kind %s after %q", who, where, kind.Type, after)
			for n := range a.Visible(s, caller, in, kind.Type, after) {
				if first := slices.MinFunc(want, byKindAndName); plainNode(n) != first {
					t.Fatalf("%s is shown %v first of %s, want %v", who, n, where, first)
				}
				break // who has enough goes
			}
		}
	}
}

// seen is what a caller may see of a container, if it may list there.
func (o *Oracle) seen(caller catalog.PrincipalID, in catalog.ID) []catalog.Node {
	c := o.asker(caller)
	on, found := o.objects[in]
	if !found || len(c.ids) == 0 || !c.mayList(on) {
		return nil
	}
	var seen []catalog.Node
	for _, n := range o.world.Objects {
		if n.Parent == in && c.maySee(n) {
			seen = append(seen, plainNode(n))
		}
	}
	return seen
}

func listingIsSeeing(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	before := c.Snapshot()
	var hidden catalog.ID
	update(t, c, func(tx *catalog.Tx) { hidden = drawHidden(t, tx) })
	after := c.Snapshot()
	w := WorldOf(before)
	o := NewOracle(w)

	for _, caller := range w.Callers() {
		for _, in := range w.Objects {
			o.compareListing(t, a, before, caller, in.ID)
			shown := listing(a, before, caller, in.ID)
			later := listing(a, after, caller, in.ID)
			if visible := a.See(after, caller, hidden).Visible; !visible && !slices.Equal(shown, later) {
				t.Fatalf("%s is shown %v in %s, and %v beside something hidden, in the world\n%s",
					w.principalName(caller), shown, w.objectName(in.ID), later, WorldOf(after))
			}
		}
	}
}

// drawHidden makes something new that belongs to the System user.
func drawHidden(t *rapid.T, tx *catalog.Tx) catalog.ID {
	parent := drawNode(t, tx)
	for !tx.Kinds().HoldsChildren(parent.Type) {
		parent, _ = tx.Node(parent.Parent)
	}
	var kinds []catalog.SecurableType
	for _, k := range WorldOf(&tx.Snapshot).Kinds {
		if k.Parent == parent.Type {
			kinds = append(kinds, k.Type)
		}
	}
	id, err := tx.Create(catalog.Draft{
		Type: rapid.SampledFrom(kinds).Draw(t, "kind"), Parent: parent.ID, Name: "hidden", Owner: catalog.SystemUser,
	})
	must(t, err)
	return id
}
