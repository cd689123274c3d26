package authztest

import (
	"context"
	"errors"
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// missingSuffices adds what each refusal says is missing.
func missingSuffices(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	s := c.Snapshot()
	w := WorldOf(s)
	o := NewOracle(w)
	caller := drawCaller(t, w)
	var refused []Question
	for q := range w.Questions(caller) {
		d := q.Ask(a, s)
		missing := d.Missing()
		switch {
		case d.Allowed && len(missing) > 0:
			t.Fatalf("%s is allowed, missing %q, in the world\n%s", w.Format(q), w.formatMissing(caller, missing), w)
		case d.Allowed:
		case len(missing) == 0:
			if all := w.everyGrant(q); o.of(w.With(all...)).Answer(q).Allowed {
				t.Fatalf("%s misses nothing, yet grants would help, in the world\n%s", w.Format(q), w)
			}
		default:
			o.checkMissing(t, q, missing)
			refused = append(refused, q)
		}
	}
	if len(refused) > 0 {
		grantMissing(t, c, a, rapid.SampledFrom(refused).Draw(t, "refused"))
	}
}

// everyGrant returns all that can be granted to the asker on the object of a
// question and above it.
func (w World) everyGrant(q Question) []catalog.Grant {
	on, found := w.object(q.On)
	if !found {
		return nil
	}
	var all []catalog.Grant
	for _, level := range w.upFrom(on) {
		for _, p := range w.privileges() {
			if w.grantable(p, level.Type) {
				all = append(all, catalog.Grant{On: level.ID, To: q.Caller, Privilege: p})
			}
		}
	}
	return all
}

func (o *Oracle) checkMissing(t rapid.TB, q Question, missing []catalog.Grant) {
	w := o.world
	for i, g := range missing {
		on, found := w.object(g.On)
		if !found || g.To != q.Caller || !w.grantable(g.Privilege, on.Type) {
			t.Fatalf("%s misses %+v, which cannot be granted to the caller, in the world\n%s", w.Format(q), g, w)
		}
		if slices.Contains(w.Grants, g) {
			t.Fatalf("%s misses %s, which is granted, in the world\n%s", w.Format(q), w.formatGrant(g.Privilege, g.On), w)
		}
		// Whoever makes these grants should not have to make one too many.
		others := slices.Delete(slices.Clone(missing), i, i+1)
		if o.of(w.With(others...)).Answer(q).Allowed {
			t.Fatalf("%s misses %q, of which %s is not needed, in the world\n%s",
				w.Format(q), w.formatMissing(q.Caller, missing), w.formatGrant(g.Privilege, g.On), w)
		}
	}
	if !o.of(w.With(missing...)).Answer(q).Allowed {
		t.Fatalf("%s misses %q, which does not suffice, in the world\n%s", w.Format(q), w.formatMissing(q.Caller, missing), w)
	}
}

// errRollback ends an update that only looks.
var errRollback = errors.New("authztest: only looked")

// grantMissing makes the grants in the catalog itself, for as long as it takes
// to ask again.
func grantMissing(t *rapid.T, c *catalog.Catalog, a *authz.Authorizer, q Question) {
	_, err := c.Update(context.Background(), "authztest", func(tx *catalog.Tx) error {
		for _, g := range q.Ask(a, &tx.Snapshot).Missing() {
			must(t, tx.Grant(g.On, g.To, g.Privilege))
		}
		if w := WorldOf(&tx.Snapshot); !q.Ask(a, &tx.Snapshot).Allowed {
			t.Fatalf("%s: refused after all missing was granted, in the world\n%s", w.Format(q), w)
		}
		return errRollback
	})
	if !errors.Is(err, errRollback) {
		t.Fatal(err)
	}
	if d := q.Ask(a, c.Snapshot()); d.Allowed {
		t.Fatalf("a grant that was rolled back still allows")
	}
}
