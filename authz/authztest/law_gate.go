package authztest

import (
	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// shut is a world with an outsider who has all there is below one container,
// and there nothing but what does not open it.
type shut struct {
	catalog   *catalog.Catalog
	outsider  catalog.PrincipalID
	container catalog.ID
}

// drawShut draws a catalog or a schema, gives the outsider ownership of, and
// all privileges on, everything below it, and the privileges on it that
// neither open nor manage it.
func drawShut(t *rapid.T) shut {
	w := shut{catalog: DrawCatalog(t)}
	update(t, w.catalog, func(tx *catalog.Tx) {
		w.outsider = drawOutsider(t, tx)
		of := rapid.SampledFrom([]catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema}).Draw(t, "level")
		var all []catalog.Node
		for n := range tx.All(of) {
			all = append(all, n)
		}
		c := rapid.SampledFrom(all).Draw(t, "container")
		w.container = c.ID
		kind, _ := tx.Kinds().Kind(of)
		for _, p := range tx.Kinds().GrantablePrivileges(of) {
			if p != kind.Gate && p != catalog.AllPrivileges && p != catalog.Manage {
				must(t, tx.Grant(c.ID, w.outsider, p))
			}
		}
		giveBelow(t, tx, c.ID, w.outsider)
	})
	return w
}

func giveBelow(t *rapid.T, tx *catalog.Tx, c catalog.ID, to catalog.PrincipalID) {
	var inside []catalog.Node
	for n := range tx.Children(c, "") {
		inside = append(inside, n)
	}
	for _, n := range inside {
		must(t, tx.Change(n.ID, catalog.Edit{Owner: &to}))
		must(t, tx.Grant(n.ID, to, tx.Kinds().GrantablePrivileges(n.Type)...))
		giveBelow(t, tx, n.ID, to)
	}
}

// below yields the outsider's questions about what is in the container, and
// about making something in it.
func (x shut) below() (World, []Question) {
	w := WorldOf(x.catalog.Snapshot())
	var inside []Question
	for q := range w.Questions(x.outsider) {
		on, _ := w.object(q.On)
		under := some(w.above(on), func(n catalog.Node) bool { return n.ID == x.container })
		if under || q.On == x.container && q.Verb == Create {
			inside = append(inside, q)
		}
	}
	return w, inside
}

func gatesClose(t *rapid.T, a *authz.Authorizer) {
	x := drawShut(t)
	w, questions := x.below()
	if len(questions) == 0 {
		t.Fatal("there is nothing to ask")
	}
	for _, q := range questions {
		d := q.Ask(a, x.catalog.Snapshot())
		on, _ := w.object(q.On)
		if d.Allowed || d.Visible && !w.isContainer(on) {
			t.Fatalf("%s: allowed %t, visible %t, in the world\n%s", w.Format(q), d.Allowed, d.Visible, w)
		}
	}
}

func managersPassGates(t *rapid.T, a *authz.Authorizer) {
	x := drawShut(t)
	update(t, x.catalog, func(tx *catalog.Tx) {
		must(t, tx.Grant(x.container, x.outsider, catalog.Manage))
		for n, _ := tx.Node(x.container); n.Type == catalog.TypeSchema; n, _ = tx.Node(n.Parent) {
			must(t, tx.Grant(n.Parent, x.outsider, catalog.UseCatalog))
		}
	})
	w, questions := x.below()
	for _, q := range questions {
		on, _ := w.object(q.On)
		want := q.Verb == Manage || q.Verb == See || q.Verb == List && w.isContainer(on)
		if d := q.Ask(a, x.catalog.Snapshot()); d.Allowed != want || !d.Visible {
			t.Fatalf("%s: allowed %t, visible %t, in the world\n%s", w.Format(q), d.Allowed, d.Visible, w)
		}
	}
}
