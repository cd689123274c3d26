package authz_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
	"github.com/modelward/modelward/catalog"
)

// world is what the histories begin with: bob reaches the service through a
// group, bobby through his own grants.
const world = `
user root bob bobby
group outer team
member team of outer
member bob of team
catalog main owner root
schema main.default owner root
model_service main.default.chat owner root
grant USE CATALOG on main to outer
grant USE SCHEMA on main.default to team
grant EXECUTE on main.default.chat to outer
grant USE CATALOG, USE SCHEMA on main to bobby
`

// place is the world by its ids.
type place struct {
	catalog                 *catalog.Catalog
	main, schema, chat      catalog.ID
	bob, bobby, outer, team catalog.PrincipalID
}

func newPlace(t testing.TB) *place {
	t.Helper()
	c, err := authztest.BuildCatalog(world)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Snapshot()
	object := func(kind catalog.SecurableType, name string) catalog.ID {
		full, err := catalog.ParseFullName(name)
		if err != nil {
			t.Fatal(err)
		}
		id, found := s.Lookup(kind, full)
		if !found {
			t.Fatalf("no %s", name)
		}
		return id
	}
	principal := func(name string) catalog.PrincipalID {
		p, found := s.PrincipalNamed(name)
		if !found {
			t.Fatalf("no %s", name)
		}
		return p.ID
	}
	return &place{
		c, object(catalog.TypeCatalog, "main"), object(catalog.TypeSchema, "main.default"),
		object(authztest.TypeService, "main.default.chat"),
		principal("bob"), principal("bobby"), principal("outer"), principal("team"),
	}
}

func (p *place) update(t testing.TB, change func(*catalog.Tx) error) {
	t.Helper()
	if _, err := p.catalog.Update(context.Background(), "history", change); err != nil {
		t.Fatal(err)
	}
}

const callers = 64

// A check begun after Update returned from taking something away is denied, by
// whichever way access is taken (invariant I34).
func TestCheckBegunAfterRevokeIsDenied(t *testing.T) {
	ways := map[string]func(p *place, tx *catalog.Tx) error{
		"revoke the privilege": func(p *place, tx *catalog.Tx) error { return tx.Revoke(p.chat, p.outer, catalog.Execute) },
		"revoke all":           func(p *place, tx *catalog.Tx) error { return tx.Revoke(p.chat, p.outer, catalog.AllPrivileges) },
		"revoke USE SCHEMA":    func(p *place, tx *catalog.Tx) error { return tx.Revoke(p.schema, p.team, catalog.UseSchema) },
		"revoke USE CATALOG":   func(p *place, tx *catalog.Tx) error { return tx.Revoke(p.main, p.outer, catalog.UseCatalog) },
		"leave the group":      func(p *place, tx *catalog.Tx) error { return tx.RemoveMember(p.team, p.bob) },
		"the group leaves":     func(p *place, tx *catalog.Tx) error { return tx.RemoveMember(p.outer, p.team) },
		"delete the group":     func(p *place, tx *catalog.Tx) error { return tx.DropPrincipal(p.outer) },
		"delete the user":      func(p *place, tx *catalog.Tx) error { return tx.DropPrincipal(p.bob) },
		"drop the service":     func(p *place, tx *catalog.Tx) error { _, err := tx.Drop(p.chat, false); return err },
		"drop the catalog":     func(p *place, tx *catalog.Tx) error { _, err := tx.Drop(p.main, true); return err },
	}
	for name, take := range ways {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				checkAcross(t, take)
			}
		})
	}
}

// checkAcross has many callers check, over and over, across one update.
func checkAcross(t *testing.T, take func(*place, *catalog.Tx) error) {
	p, a := newPlace(t), authz.New(nil)
	var revoked atomic.Bool
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for range callers {
		done.Go(func() {
			first := true
			for last := false; !last; {
				last = revoked.Load() // read before the check begins
				d := a.Check(p.catalog.Snapshot(), p.bob, catalog.Execute, p.chat)
				if last && d.Allowed {
					t.Error("allowed by a check that began after the update had returned")
				}
				runtime.Gosched() // the update is waiting for its turn
				if first {
					if !last && !d.Allowed {
						t.Error("denied from the start")
					}
					ready.Done()
					first = false
				}
			}
		})
	}
	ready.Wait() // everybody was allowed at least once
	p.update(t, func(tx *catalog.Tx) error { return take(p, tx) })
	revoked.Store(true)
	done.Wait()
}

// A reader sees whole versions: of two grants that replace each other in one
// update, never neither and never both (invariant I34).
func TestReadersSeeWholeVersions(t *testing.T) {
	p, a := newPlace(t), authz.New(nil)
	p.update(t, func(tx *catalog.Tx) error { return tx.Grant(p.chat, p.bobby, catalog.Execute) })
	var stop atomic.Bool
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for range callers {
		done.Go(func() {
			for first := true; first || !stop.Load(); first = false {
				s := p.catalog.Snapshot()
				here := a.Check(s, p.bobby, catalog.Execute, p.chat)
				if len(here.Because()) != 3 {
					t.Errorf("allowed %t because %+v", here.Allowed, here.Because())
					stop.Store(true)
				}
				if again := a.Check(s, p.bobby, catalog.Execute, p.chat); again.Because()[2] != here.Because()[2] {
					t.Error("two answers about one moment")
					stop.Store(true)
				}
				if first {
					ready.Done()
				}
				runtime.Gosched()
			}
		})
	}
	ready.Wait()
	for range 100 {
		p.update(t, func(tx *catalog.Tx) error {
			if err := tx.Grant(p.schema, p.bobby, catalog.Execute); err != nil {
				return err
			}
			return tx.Revoke(p.chat, p.bobby, catalog.Execute)
		})
		p.update(t, func(tx *catalog.Tx) error {
			if err := tx.Revoke(p.schema, p.bobby, catalog.Execute); err != nil {
				return err
			}
			return tx.Grant(p.chat, p.bobby, catalog.Execute)
		})
	}
	stop.Store(true)
	done.Wait()
}
