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
// its rows that it may see.
func (o *Oracle) compareListing(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, caller catalog.PrincipalID, in catalog.Node) {
	t.Helper()
	var seen []catalog.Node
	if o.Answer(Question{Verb: List, Caller: caller, On: in.ID}).Allowed {
		for _, n := range o.world.Objects {
			if n.Parent == in.ID && o.Answer(Question{Verb: See, Caller: caller, On: n.ID}).Allowed {
				seen = append(seen, plainNode(n))
			}
		}
	}
	shown := plainNodes(slices.Values(listing(a, s, caller, in.ID)))
	sameList(t, shown, seen, byKindAndName, "%s is shown of %s", o.world.principalName(caller), o.world.objectName(in.ID))
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
			shown := listing(a, before, caller, in.ID)
			var seen []catalog.Node
			for n := range before.Children(in.ID, "") {
				if o.Answer(Question{Verb: See, Caller: caller, On: n.ID}).Allowed {
					seen = append(seen, n)
				}
			}
			if !slices.Equal(shown, seen) {
				t.Fatalf("%s is shown %v in %s, sees %v, in the world\n%s",
					w.principalName(caller), shown, w.objectName(in.ID), seen, w)
			}
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
