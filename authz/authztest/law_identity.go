package authztest

import (
	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// namesCarryNothing gives somebody everything on a service, makes one of the
// two again under its old name, and finds nothing left.
func namesCarryNothing(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	var who catalog.PrincipalID
	var service catalog.ID
	update(t, c, func(tx *catalog.Tx) {
		who = drawOutsider(t, tx)
		service = drawService(t, tx).ID
		must(t, tx.Grant(service, who, catalog.Execute, catalog.Manage))
		must(t, tx.Change(service, catalog.Edit{Owner: &who}))
		grantGates(t, tx, service, who)
	})
	use := Question{Verb: Check, Caller: who, Privilege: catalog.Execute, On: service}
	manage := Question{Verb: Manage, Caller: who, On: service}
	see := Question{Verb: See, Caller: who, On: service}
	questions := []Question{use, manage, see}
	for _, q := range questions {
		if !q.Ask(a, c.Snapshot()).Allowed {
			t.Fatalf("the owner with all privileges is refused to %s", q.Verb)
		}
	}

	var again func(*catalog.Tx)
	if rapid.Bool().Draw(t, "principal") {
		again = func(tx *catalog.Tx) { who = recreatePrincipal(t, tx, who) }
	} else {
		again = func(tx *catalog.Tx) { service = recreateService(t, tx, service) }
	}
	update(t, c, again)
	w := WorldOf(c.Snapshot())
	for _, q := range questions {
		for _, caller := range []catalog.PrincipalID{q.Caller, who} {
			for _, on := range []catalog.ID{q.On, service} {
				q.Caller, q.On = caller, on
				if d := q.Ask(a, c.Snapshot()); d.Allowed || d.Visible {
					t.Fatalf("%s: allowed %t, visible %t, in the world\n%s", w.Format(q), d.Allowed, d.Visible, w)
				}
			}
		}
	}
}

func drawService(t *rapid.T, tx *catalog.Tx) catalog.Node {
	var all []catalog.Node
	for n := range tx.All(TypeService) {
		all = append(all, n)
	}
	return rapid.SampledFrom(all).Draw(t, "service")
}

func recreatePrincipal(t *rapid.T, tx *catalog.Tx, id catalog.PrincipalID) catalog.PrincipalID {
	old, _ := tx.Principal(id)
	must(t, tx.DropPrincipal(id))
	made, err := tx.CreatePrincipal(old.Type, old.Name)
	must(t, err)
	return made
}

func recreateService(t *rapid.T, tx *catalog.Tx, id catalog.ID) catalog.ID {
	old, _ := tx.Node(id)
	_, err := tx.Drop(id, false)
	must(t, err)
	made, err := tx.Create(catalog.Draft{Type: old.Type, Parent: old.Parent, Name: old.Name, Owner: catalog.SystemUser})
	must(t, err)
	return made
}
