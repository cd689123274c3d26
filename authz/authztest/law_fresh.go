package authztest

import (
	"context"
	"math/rand/v2"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// twin is a world built anew, by other ids: nothing of how the first came
// about is in it.
type twin struct {
	*catalog.Snapshot
	objects    map[catalog.ID]catalog.ID
	principals map[catalog.PrincipalID]catalog.PrincipalID
}

// newTwin makes a world again in another catalog, its rows in a random order,
// so that not even the order of the ids is the same.
func newTwin(t rapid.TB, w World, rng *rand.Rand) twin {
	t.Helper()
	c, err := catalog.Open(context.Background(), nil, &catalog.Options{Kinds: Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	x := twin{
		objects:    map[catalog.ID]catalog.ID{catalog.MetastoreID: catalog.MetastoreID, absent: absent},
		principals: map[catalog.PrincipalID]catalog.PrincipalID{absent: absent},
	}
	_, err = c.Update(context.Background(), "twin", func(tx *catalog.Tx) error { return x.build(tx, w, rng) })
	if err != nil {
		t.Fatalf("building the world again: %v\n%s", err, w)
	}
	x.Snapshot = c.Snapshot()
	return x
}

func (x *twin) build(tx *catalog.Tx, w World, rng *rand.Rand) error {
	for _, i := range rng.Perm(len(w.Principals)) {
		p := w.Principals[i]
		if p.ID <= catalog.MetastoreAdmins {
			x.principals[p.ID] = p.ID
			continue
		}
		id, err := tx.CreatePrincipal(p.Type, p.Name)
		if err != nil {
			return err
		}
		x.principals[p.ID] = id
	}
	gone := w.goneOwners()
	for _, p := range gone {
		id, err := tx.CreatePrincipal(catalog.User, goneName(p))
		if err != nil {
			return err
		}
		x.principals[p] = id
	}
	for _, i := range rng.Perm(len(w.Members)) {
		m := w.Members[i]
		if err := tx.AddMember(x.principals[m.Group], x.principals[m.Member]); err != nil {
			return err
		}
	}
	root, _ := w.object(catalog.MetastoreID)
	owner := x.principals[root.Owner]
	if err := tx.Change(catalog.MetastoreID, catalog.Edit{Owner: &owner}); err != nil {
		return err
	}
	if err := x.fill(tx, w, catalog.MetastoreID, rng); err != nil {
		return err
	}
	for _, i := range rng.Perm(len(w.Grants)) {
		g := w.Grants[i]
		if err := tx.Grant(x.objects[g.On], x.principals[g.To], g.Privilege); err != nil {
			return err
		}
	}
	for _, p := range gone {
		if err := tx.DropPrincipal(x.principals[p]); err != nil {
			return err
		}
	}
	return nil
}

// fill makes what is in a container.
func (x *twin) fill(tx *catalog.Tx, w World, in catalog.ID, rng *rand.Rand) error {
	for _, i := range rng.Perm(len(w.Objects)) {
		n := w.Objects[i]
		if n.Parent != in {
			continue
		}
		id, err := tx.Create(catalog.Draft{
			Type: n.Type, Parent: x.objects[in], Name: n.Name, Owner: x.principals[n.Owner], System: n.System,
		})
		if err != nil {
			return err
		}
		x.objects[n.ID] = id
		if err := x.fill(tx, w, n.ID, rng); err != nil {
			return err
		}
	}
	return nil
}

// compare fails unless every decision about a world is the twin's too.
func (x twin) compare(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, asked World, callers ...catalog.PrincipalID) {
	t.Helper()
	for _, caller := range callers {
		for q := range asked.Questions(caller) {
			other := q
			other.Caller, other.On = x.principals[q.Caller], x.objects[q.On]
			d, e := q.Ask(a, s), other.Ask(a, x.Snapshot)
			if d.Allowed != e.Allowed || d.Visible != e.Visible {
				t.Fatalf("%s: allowed %t, visible %t; in the same world built anew: allowed %t, visible %t\n%s",
					asked.Format(q), d.Allowed, d.Visible, e.Allowed, e.Visible, WorldOf(s))
			}
		}
	}
}

// freshIsSame changes a world several times and builds what has become of it
// anew.
func freshIsSame(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	for range rapid.IntRange(1, 4).Draw(t, "updates") {
		update(t, c, func(tx *catalog.Tx) {
			drawChange(t, tx)
			drawChange(t, tx)
		})
	}
	s := c.Snapshot()
	w := WorldOf(s)
	x := newTwin(t, w, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 3)))
	x.compare(t, a, s, w, w.Callers()...)
}
