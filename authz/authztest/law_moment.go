package authztest

import (
	"context"
	"errors"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// snapshotDecides follows a history with one authoriser. After each change,
// inside the transaction and after it, committed or rolled back, it asks about
// the moment, and about older ones and another catalog's in between.
func snapshotDecides(t *rapid.T, a *authz.Authorizer) {
	c, other := DrawCatalog(t), DrawCatalog(t)
	moments := []*catalog.Snapshot{c.Snapshot()}
	compareSome(t, moments[0], a)
	for range rapid.IntRange(1, 2).Draw(t, "changes") {
		compareSome(t, other.Snapshot(), a)
		compareSome(t, rapid.SampledFrom(moments).Draw(t, "older"), a)
		_, err := c.Update(context.Background(), "authztest", func(tx *catalog.Tx) error {
			drawChange(t, tx)
			drawChange(t, tx)
			compareSome(t, &tx.Snapshot, a)
			if rapid.IntRange(0, 2).Draw(t, "roll back") == 0 {
				return errRollback
			}
			return nil
		})
		if err != nil && !errors.Is(err, errRollback) {
			t.Fatal(err)
		}
		moments = append(moments, c.Snapshot())
		compareSome(t, c.Snapshot(), a)
	}
}

func drawChange(t *rapid.T, tx *catalog.Tx) {
	rapid.SampledFrom([]func(*rapid.T, *catalog.Tx){drawGiving, drawTaking, drawOther}).Draw(t, "change")(t, tx)
}

// compareSome compares all decisions of one caller.
func compareSome(t *rapid.T, s *catalog.Snapshot, a *authz.Authorizer) {
	Compare(t, s, a, drawCaller(t, WorldOf(s)))
}
