package authztest

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// DrawCatalog makes a catalog with a generated world in it: one or two
// catalogs, up to four schemas and twelve leaves; users, a service principal and
// nested groups; owners of every kind, some of them gone; grants at every
// level, to everybody. There is always at least one service.
func DrawCatalog(t *rapid.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(context.Background(), nil, &catalog.Options{Kinds: Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	update(t, c, func(tx *catalog.Tx) {
		drawPrincipals(t, tx)
		drawObjects(t, tx)
		for range rapid.IntRange(0, 20).Draw(t, "grants") {
			drawGrant(t, tx)
		}
		for range rapid.IntRange(0, 2).Draw(t, "leavers") {
			must(t, tx.DropPrincipal(drawMortal(t, tx)))
		}
	})
	return c
}

// update commits a change that must succeed.
func update(t *rapid.T, c *catalog.Catalog, change func(*catalog.Tx)) {
	t.Helper()
	_, err := c.Update(context.Background(), "authztest", func(tx *catalog.Tx) error {
		change(tx)
		return nil
	})
	must(t, err)
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func drawPrincipals(t *rapid.T, tx *catalog.Tx) {
	add := func(pt catalog.PrincipalType, most int) {
		for i := range rapid.IntRange(1, most).Draw(t, string(pt)+"s") {
			_, err := tx.CreatePrincipal(pt, fmt.Sprintf("%s%d", pt, i))
			must(t, err)
		}
	}
	add(catalog.User, 3)
	add(catalog.ServicePrincipal, 1)
	add(catalog.Group, 4)
	for range rapid.IntRange(0, 8).Draw(t, "memberships") {
		drawMember(t, tx)
	}
}

func drawObjects(t *rapid.T, tx *catalog.Tx) {
	if rapid.IntRange(0, 3).Draw(t, "admins") == 0 {
		owner := drawActor(t, tx)
		must(t, tx.Change(catalog.MetastoreID, catalog.Edit{Owner: &owner}))
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "catalogs") {
		c := drawObject(t, tx, catalog.TypeCatalog, catalog.MetastoreID, i)
		for i := range rapid.IntRange(1, 2).Draw(t, "schemas") {
			s := drawObject(t, tx, catalog.TypeSchema, c, i)
			drawObject(t, tx, TypeService, s, 0)
			for i := range rapid.IntRange(0, 2).Draw(t, "more leaves") {
				leaf := rapid.SampledFrom([]catalog.SecurableType{catalog.TypeModel, catalog.TypeTable, TypeService})
				drawObject(t, tx, leaf.Draw(t, "kind"), s, i+1)
			}
		}
	}
}

func drawObject(t *rapid.T, tx *catalog.Tx, of catalog.SecurableType, in catalog.ID, i int) catalog.ID {
	id, err := tx.Create(catalog.Draft{Type: of, Parent: in, Owner: drawOwner(t, tx), Name: fmt.Sprintf("%s%d", of, i)})
	must(t, err)
	return id
}

// drawMember puts a principal into a group, unless that would make a circle.
func drawMember(t *rapid.T, tx *catalog.Tx) {
	group := rapid.SampledFrom(principals(tx, catalog.Group)).Draw(t, "group")
	err := tx.AddMember(group, drawActor(t, tx))
	if !errors.Is(err, catalog.ErrCycle) && !errors.Is(err, catalog.ErrBuiltIn) {
		must(t, err)
	}
}

// drawGrant makes one grant, and often adds the usage privileges above it:
// grants drawn one by one rarely open a way down.
func drawGrant(t *rapid.T, tx *catalog.Tx) {
	to, on := drawActor(t, tx), drawNode(t, tx)
	must(t, tx.Grant(on.ID, to, drawPrivilege(t, tx, on)))
	for on.Parent != 0 && rapid.IntRange(0, 3).Draw(t, "gate above") > 0 {
		on, _ = tx.Node(on.Parent)
		grantGate(t, tx, on, to)
	}
}

// grantGates grants the usage privileges of everything above an object.
func grantGates(t *rapid.T, tx *catalog.Tx, on catalog.ID, to catalog.PrincipalID) {
	for n, _ := tx.Node(on); n.Parent != 0; {
		n, _ = tx.Node(n.Parent)
		grantGate(t, tx, n, to)
	}
}

// grantGate grants the usage privilege of a container that has one.
func grantGate(t *rapid.T, tx *catalog.Tx, c catalog.Node, to catalog.PrincipalID) {
	if kind, _ := tx.Kinds().Kind(c.Type); kind.Gate != "" {
		must(t, tx.Grant(c.ID, to, kind.Gate))
	}
}

// drawPrivilege draws what can be granted on an object. The privileges that
// reach far come up often.
func drawPrivilege(t *rapid.T, tx *catalog.Tx, on catalog.Node) catalog.Privilege {
	far := []catalog.Privilege{catalog.UseCatalog, catalog.UseSchema, catalog.AllPrivileges, catalog.Manage, catalog.Execute}
	if p := rapid.SampledFrom(far).Draw(t, "far"); tx.Kinds().Grantable(p, on.Type) && rapid.Bool().Draw(t, "is far") {
		return p
	}
	return rapid.SampledFrom(tx.Kinds().GrantablePrivileges(on.Type)).Draw(t, "privilege")
}
