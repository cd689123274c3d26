package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/modelward/modelward/catalog"
)

func checkWatch(t *testing.T, open opener) {
	w := open.town(t)
	other := openCatalog(t, lend(w.store))
	const commits = 30
	end := w.Snapshot().Version() + commits
	var wg sync.WaitGroup
	// Watchers of the catalog that commits, and of one that only looks on.
	for _, c := range []*catalog.Catalog{w.Catalog, other, other} {
		for _, after := range []uint64{0, 1, end - commits} {
			wg.Go(func() {
				want := after + 1
				for commit, err := range c.Watch(withPatience(t), after) {
					if err != nil || commit.Version != want {
						t.Errorf("watch after %d: version %d, %v; want %d", after, commit.Version, err, want)
						return
					}
					if v := c.Snapshot().Version(); v < want {
						t.Errorf("version %d is watched before it is visible: the snapshot is at %d", want, v)
					}
					if want++; want > end {
						return
					}
				}
			})
		}
	}
	for i := range commits {
		w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, comment(fmt.Sprint(i))) })
	}
	wg.Wait()
	if d := difference(Dump(other.Snapshot()), Dump(w.Snapshot())); d != "" {
		t.Errorf("the catalog that looks on shows something else: %s", d)
	}
	ctx, cancel := context.WithCancel(withPatience(t))
	cancel()
	var last error
	for _, err := range w.Watch(ctx, end) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("a cancelled watch ends with %v", last)
	}
}

func checkTwoCatalogs(t *testing.T, open opener) {
	w := open.town(t)
	catalogs := []*catalog.Catalog{w.Catalog, openCatalog(t, lend(w.store)), openCatalog(t, lend(w.store))}
	const each, writers = 15, 2
	var wg sync.WaitGroup
	for i, c := range catalogs {
		for j := range writers {
			wg.Go(func() {
				for k := range each {
					_, err := c.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
						sec, _ := tx.Securable(w.main)
						n, _ := strconv.Atoi(sec.Comment)
						if err := tx.Change(w.main, comment(strconv.Itoa(n+1))); err != nil {
							return err
						}
						_, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("user %d.%d.%d", i, j, k))
						if err != nil {
							return err
						}
						// Names change places at every update.
						a, _ := tx.Node(w.sch)
						b, _ := tx.Node(w.schema2)
						for _, move := range []struct {
							id   catalog.ID
							name string
						}{{w.sch, "between"}, {w.schema2, a.Name}, {w.sch, b.Name}} {
							if err := tx.Change(move.id, rename(move.name)); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Errorf("Update: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	catalogs = append(catalogs, openCatalog(t, lend(w.store)))
	for _, c := range catalogs {
		if _, err := c.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
			properties := map[string]string{"commit": fmt.Sprint(tx.Version())}
			return tx.Change(w.main, catalog.Edit{Properties: &properties})
		}); err != nil {
			t.Fatal(err)
		}
	}
	newest := catalogs[len(catalogs)-1].Snapshot()
	for _, c := range catalogs[:len(catalogs)-1] {
		for commit, err := range c.Watch(withPatience(t), newest.Version()-1) {
			if err != nil || commit.Version != newest.Version() {
				t.Fatalf("Watch: version %d, %v", commit.Version, err)
			}
			break
		}
		if d := difference(Dump(c.Snapshot()), Dump(newest)); d != "" {
			t.Errorf("catalogs differ: %s", d)
		}
	}
	sec, _ := newest.Securable(w.main)
	if want := strconv.Itoa(each * writers * 3); sec.Comment != want {
		t.Errorf("%s updates are counted, want %s", sec.Comment, want)
	}
	users := 0
	for range newest.Principals(catalog.User) {
		users++
	}
	if want := 1 + each*writers*3; users != want {
		t.Errorf("%d users are there, want %d", users, want)
	}
}
