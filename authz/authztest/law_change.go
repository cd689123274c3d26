package authztest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// drawGiving draws a change that can only add access: a grant or a membership.
func drawGiving(t *rapid.T, tx *catalog.Tx) {
	if rapid.Bool().Draw(t, "member") {
		drawMember(t, tx)
	} else {
		drawGrant(t, tx)
	}
}

// drawTaking draws a change that can only take access away.
func drawTaking(t *rapid.T, tx *catalog.Tx) {
	switch rapid.IntRange(0, 3).Draw(t, "taking") {
	case 0:
		if grants := WorldOf(&tx.Snapshot).Grants; len(grants) > 0 {
			g := rapid.SampledFrom(grants).Draw(t, "revoked")
			must(t, tx.Revoke(g.On, g.To, g.Privilege))
		}
	case 1:
		if members := WorldOf(&tx.Snapshot).Members; len(members) > 0 {
			m := rapid.SampledFrom(members).Draw(t, "left")
			must(t, tx.RemoveMember(m.Group, m.Member))
		}
	case 2:
		must(t, tx.DropPrincipal(drawMortal(t, tx)))
	case 3:
		if on := drawNode(t, tx); on.ID != catalog.MetastoreID {
			_, err := tx.Drop(on.ID, true)
			must(t, err)
		}
	}
}

// drawOther draws a change that gives to one and takes from another.
func drawOther(t *rapid.T, tx *catalog.Tx) {
	switch rapid.IntRange(0, 3).Draw(t, "other") {
	case 0:
		owner := drawOwner(t, tx)
		must(t, tx.Change(drawNode(t, tx).ID, catalog.Edit{Owner: &owner}))
	case 1:
		if on := drawNode(t, tx); on.ID != catalog.MetastoreID {
			name := fmt.Sprintf("renamed%d", on.ID)
			must(t, tx.Change(on.ID, catalog.Edit{Name: &name}))
		}
	case 2:
		if on := drawNode(t, tx); on.ID != catalog.MetastoreID {
			kind, _ := tx.Kinds().Kind(on.Type)
			homes := slices.Collect(tx.All(kind.Parent))
			home, name := rapid.SampledFrom(homes).Draw(t, "home").ID, fmt.Sprintf("moved%d", on.ID)
			must(t, tx.Change(on.ID, catalog.Edit{Parent: &home, Name: &name}))
		}
	case 3:
		id := drawMortal(t, tx)
		must(t, tx.RenamePrincipal(id, fmt.Sprintf("renamed%d", id)))
	}
}

func givingNeverTakes(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	before := c.Snapshot()
	update(t, c, func(tx *catalog.Tx) { drawGiving(t, tx) })
	within(t, a, before, c.Snapshot(), WorldOf(before))
}

func takingNeverGives(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	before := c.Snapshot()
	update(t, c, func(tx *catalog.Tx) { drawTaking(t, tx) })
	within(t, a, c.Snapshot(), before, WorldOf(before))
}

// within fails unless everything that is allowed or visible in one moment is
// so in the other too. It asks what can be asked in w.
func within(t *rapid.T, a *authz.Authorizer, less, more *catalog.Snapshot, w World) {
	for _, caller := range drawSome(t, w.Callers()) {
		for q := range w.Questions(caller) {
			l, m := q.Ask(a, less), q.Ask(a, more)
			if l.Allowed && !m.Allowed || l.Visible && !m.Visible {
				t.Fatalf("%s: allowed %t, visible %t in\n%s\nbut allowed %t, visible %t in\n%s", w.Format(q),
					l.Allowed, l.Visible, WorldOf(less), m.Allowed, m.Visible, WorldOf(more))
			}
		}
	}
}

// drawSome draws one or two of all.
func drawSome(t *rapid.T, all []catalog.PrincipalID) []catalog.PrincipalID {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 2, rapid.ID[catalog.PrincipalID])
	return some.Draw(t, "callers")
}

// unrelatedChangesNothing compares whole decisions across a grant to another
// principal or on another branch of the tree.
func unrelatedChangesNothing(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	before := c.Snapshot()
	update(t, c, func(tx *catalog.Tx) { drawGrant(t, tx) })
	after := c.Snapshot()
	w, o := WorldOf(before), NewOracle(WorldOf(before))
	added := slices.DeleteFunc(WorldOf(after).Grants, func(g catalog.Grant) bool { return slices.Contains(w.Grants, g) })

	for _, caller := range drawSome(t, w.Callers()) {
		ids := o.identities(caller)
		for q := range w.Questions(caller) {
			on, _ := w.object(q.On)
			related := some(added, func(g catalog.Grant) bool {
				onPath := some(w.upFrom(on), func(n catalog.Node) bool { return n.ID == g.On })
				return onPath && slices.Contains(ids, g.To)
			})
			if d, e := q.Ask(a, before), q.Ask(a, after); !related && !sameDecision(d, e) {
				t.Fatalf("%s: %+v before, %+v after\n%v was granted, in the world\n%s", w.Format(q), d, e, added, w)
			}
		}
	}
}

// sameDecision compares all that two decisions say.
func sameDecision(d, e authz.Decision) bool {
	set := func(reasons []authz.Reason) map[authz.Reason]bool {
		m := map[authz.Reason]bool{}
		for _, r := range reasons {
			m[r] = true
		}
		return m
	}
	return d.Allowed == e.Allowed && d.Visible == e.Visible &&
		maps.Equal(set(d.Because()), set(e.Because())) && slices.Equal(d.Missing(), e.Missing())
}
