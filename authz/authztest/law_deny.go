package authztest

import (
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// drawOutsider adds a user who was given nothing, to a world in which nothing
// was given to everybody.
func drawOutsider(t *rapid.T, tx *catalog.Tx) catalog.PrincipalID {
	id, err := tx.CreatePrincipal(catalog.User, "outsider")
	must(t, err)
	for _, n := range objects(tx) {
		must(t, tx.Revoke(n.ID, catalog.AccountUsers, tx.Kinds().GrantablePrivileges(n.Type)...))
		if n.Owner == catalog.AccountUsers {
			owner := catalog.MetastoreAdmins
			must(t, tx.Change(n.ID, catalog.Edit{Owner: &owner}))
		}
	}
	return id
}

func nothingIsAllowed(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	var outsider catalog.PrincipalID
	update(t, c, func(tx *catalog.Tx) { outsider = drawOutsider(t, tx) })
	s := c.Snapshot()
	w := WorldOf(s)

	for q := range w.Questions(outsider) {
		want := q.On == catalog.MetastoreID
		d := q.Ask(a, s)
		if d.Visible != want || d.Allowed != (want && (q.Verb == See || q.Verb == List)) {
			t.Fatalf("%s: allowed %t, visible %t, in the world\n%s", w.Format(q), d.Allowed, d.Visible, w)
		}
	}
	privileges := w.privileges()
	for _, caller := range w.Callers() {
		_, known := w.principal(caller)
		acts := known && caller != catalog.SystemUser
		for q := range w.Questions(caller) {
			_, there := w.object(q.On)
			named := q.Verb != Check || slices.Contains(privileges, q.Privilege)
			if acts && there && named {
				continue
			}
			if d := q.Ask(a, s); d.Allowed || d.Visible && !(acts && there) {
				t.Fatalf("%s: allowed %t, visible %t, in the world\n%s", w.Format(q), d.Allowed, d.Visible, w)
			}
		}
	}
}
