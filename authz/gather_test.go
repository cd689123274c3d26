package authz_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// A decision about what the store has not kept yet, made inside a change, is gone
// with it: nothing that was worked out for it is taken for an answer about what is
// there, nor about what gets its version and its ids in its place.
func TestWhatFailsIsNotRemembered(t *testing.T) {
	for _, kept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, a := context.Background(), authz.New(nil)
			var busy atomic.Bool
			verdict, errStore := make(chan error), errors.New("the store is unwell")
			c, err := catalog.Open(ctx, &catalogtest.FaultStore{Store: catalog.NewMemoryStore(), Before: func(op catalogtest.Op) error {
				if op == catalogtest.OpAppend && busy.Swap(false) {
					return <-verdict
				}
				return nil
			}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(ctx)
			var main catalog.ID
			var ann, bea, inner, outer catalog.PrincipalID
			update := func(change func(tx *catalog.Tx) error) error {
				_, err := c.Update(ctx, "tester", change)
				return err
			}
			if err := update(func(tx *catalog.Tx) error {
				ann, _ = tx.CreatePrincipal(catalog.User, "ann")
				bea, _ = tx.CreatePrincipal(catalog.User, "bea")
				inner, _ = tx.CreatePrincipal(catalog.Group, "inner")
				outer, _ = tx.CreatePrincipal(catalog.Group, "outer")
				main, _ = tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: catalog.MetastoreAdmins})
				return errors.Join(tx.AddMember(inner, ann), tx.Grant(main, outer, catalog.UseCatalog))
			}); err != nil {
				t.Fatal(err)
			}
			may := func(s *catalog.Snapshot, who catalog.PrincipalID) bool {
				return a.Check(s, who, catalog.UseCatalog, main).Allowed
			}
			expect := func(when string, s *catalog.Snapshot, wantAnn, wantBea bool) {
				t.Helper()
				if may(s, ann) != wantAnn || may(s, bea) != wantBea {
					t.Errorf("%s, at version %d: ann may: %t, want %t; bea may: %t, want %t", when, s.Version(), may(s, ann), wantAnn, may(s, bea), wantBea)
				}
			}
			before := c.Snapshot()
			expect("at first", before, false, false)
			busy.Store(true)
			var group sync.WaitGroup
			group.Go(func() { // graph of groups, and a member of one
				if err := update(func(tx *catalog.Tx) error {
					return errors.Join(tx.AddMember(outer, inner), tx.AddMember(outer, bea))
				}); (err == nil) != kept {
					t.Errorf("Update: %v", err)
				}
			})
			synctest.Wait()
			runs := 0
			group.Go(func() {
				if err := update(func(tx *catalog.Tx) error {
					if runs++; runs == 1 {
						expect("in what is not kept yet", &tx.Snapshot, true, true)
					} else {
						expect("when it runs again", &tx.Snapshot, false, false)
					}
					// On its own it lets nobody in.
					_, err := tx.CreatePrincipal(catalog.Group, "another")
					return err
				}); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			synctest.Wait()
			expect("while it is not kept", c.Snapshot(), false, false)
			if c.Snapshot() != before {
				t.Error("there is another snapshot")
			}
			if kept {
				verdict <- nil
			} else {
				verdict <- errStore
			}
			group.Wait()
			expect("in the end", c.Snapshot(), kept, kept)
			expect("then", before, false, false)
			if want := before.Version() + 1; !kept && (c.Snapshot().Version() != want || runs != 2) {
				t.Errorf("version %d after %d runs, want %d: the one that failed is given out anew", c.Snapshot().Version(), runs, want)
			}
		})
	}
}
