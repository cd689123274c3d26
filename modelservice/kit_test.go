package modelservice_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// setup is what a test wants different from the usual world. Nil is fine.
type setup struct {
	routing  *routing.Options
	limits   *ratelimit.Options
	trace    *modelservice.Trace
	response int64 // Config.MaxResponse
	draw     func() uint64

	speaks     func(catalog.FullName) []modelservice.API
	showRoute  bool
	showLimits bool
	patience   time.Duration // Config.WaitForLimits
	tokens     ratelimit.TokenCounter
}

// world is a metastore with people, models, a catalog and a gateway over a
// scripted backend. Admin made the catalog main; alice may create services in
// main.default and tables in main.logging; bob is in team, team is in outer;
// carol and the service principal app are in nothing; mallory has nothing.
type world struct {
	rapid.TB
	store   *catalogtest.FaultStore
	catalog *catalog.Catalog
	sink    *sink
	log     *inferencelog.Logger
	ms      *modelservice.Metastore
	router  *routing.Router
	limiter *ratelimit.Limiter
	backend *backend
	gw      *modelservice.Gateway
	fail    atomic.Pointer[func(catalogtest.Op) error] // before each store operation
	hide    atomic.Pointer[func(catalogtest.Op) error] // after each
	who     map[string]catalog.PrincipalID
}

// newWorld makes a world that is closed with the test.
func newWorld(t testing.TB, s *setup) *world {
	t.Helper()
	w := openWorld(t, s)
	t.Cleanup(w.close)
	return w
}

// openWorld is for tests of rapid, which close the world themselves.
func openWorld(tb rapid.TB, s *setup) *world {
	tb.Helper()
	if s == nil {
		s = &setup{}
	}
	ctx := context.Background()
	w := &world{TB: tb, who: map[string]catalog.PrincipalID{}, backend: newBackend()}
	w.store = &catalogtest.FaultStore{Store: catalog.NewMemoryStore(), Before: hooked(&w.fail), After: hooked(&w.hide)}
	c, err := catalog.Open(ctx, w.store, &catalog.Options{Kinds: modelservice.Kinds()})
	w.must(err)
	w.catalog = c
	w.sink = newSink()
	w.log = inferencelog.New(w.sink, nil)
	w.ms, err = modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: w.log, Speaks: s.speaks})
	w.must(err)
	w.router, w.limiter = routing.New(s.routing), ratelimit.New(s.limits)
	w.must(w.ms.SyncSystem(ctx, []string{"one", "two", "three"}))
	w.people()
	w.gw, err = modelservice.NewGateway(modelservice.Config{
		Metastore: w.ms, Router: w.router, Limiter: w.limiter, Backend: w.backend,
		Trace: s.trace, MaxResponse: s.response, Draw: s.draw, ShowRoute: s.showRoute,
		LimitHeaders: s.showLimits, WaitForLimits: s.patience, Tokens: s.tokens,
	})
	w.must(err)
	return w
}

func hooked(hook *atomic.Pointer[func(catalogtest.Op) error]) func(catalogtest.Op) error {
	return func(op catalogtest.Op) error {
		if h := hook.Load(); h != nil {
			return (*h)(op)
		}
		return nil
	}
}

func (w *world) people() {
	w.host(func(tx *catalog.Tx) error {
		for _, p := range []struct {
			name string
			as   catalog.PrincipalType
		}{
			{"admin", catalog.User}, {"alice", catalog.User}, {"bob", catalog.User}, {"carol", catalog.User},
			{"mallory", catalog.User}, {"app", catalog.ServicePrincipal}, {"team", catalog.Group}, {"outer", catalog.Group},
		} {
			id, err := tx.CreatePrincipal(p.as, p.name)
			if err != nil {
				return err
			}
			w.who[p.name] = id
		}
		return errors.Join(
			tx.AddMember(catalog.MetastoreAdmins, w.who["admin"]),
			tx.AddMember(w.who["team"], w.who["bob"]),
			tx.AddMember(w.who["outer"], w.who["team"]),
		)
	})
	w.who["account users"] = catalog.AccountUsers
	w.who["nobody"] = 0
	w.makeCatalog("main", "default", "logging")
	w.grant("alice", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("alice", catalog.TypeSchema, "main.default", catalog.UseSchema, modelservice.CreateServicePrivilege)
	w.grant("alice", catalog.TypeSchema, "main.logging", catalog.UseSchema, catalog.CreateTable)
}

// makeCatalog makes a catalog with schemas, owned by admin.
func (w *world) makeCatalog(name string, schemas ...string) {
	w.Helper()
	ctx := context.Background()
	_, err := w.ms.CreateCatalog(ctx, w.who["admin"], modelservice.NewObject{Name: name})
	w.must(err)
	for _, s := range schemas {
		_, err := w.ms.CreateSchema(ctx, w.who["admin"], w.name(name), modelservice.NewObject{Name: s})
		w.must(err)
	}
}

// close ends the world and checks what must hold at every end.
func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.ms.Close(ctx); err != nil {
		w.Errorf("closing the metastore: %v", err)
	}
	if lost, err := w.log.Close(ctx); err != nil || lost != w.log.Stats().Lost {
		w.Errorf("closing the log lost %d: %v", lost, err)
	}
	if s := w.log.Stats(); s.Accepted != s.Stored+s.Pending+s.Lost {
		w.Errorf("the books do not balance: %+v", s)
	}
	w.backend.balance(w)
	if err := w.catalog.Close(ctx); err != nil {
		w.Errorf("closing the catalog: %v", err)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// host changes the catalog with nobody's rights.
func (w *world) host(change func(*catalog.Tx) error) {
	w.Helper()
	_, err := w.catalog.Update(context.Background(), "host", change)
	w.must(err)
}

func (w *world) name(s string) catalog.FullName {
	w.Helper()
	if s == "" {
		return catalog.FullName{}
	}
	n, err := catalog.ParseFullName(s)
	w.must(err)
	return n
}

func (w *world) id(t catalog.SecurableType, s string) catalog.ID {
	w.Helper()
	if t == catalog.TypeMetastore {
		return catalog.MetastoreID
	}
	id, ok := w.catalog.Snapshot().Lookup(t, w.name(s))
	if !ok {
		w.Fatalf("there is no %s %s", t, s)
	}
	return id
}

func (w *world) exists(t catalog.SecurableType, s string) bool {
	w.Helper()
	_, ok := w.catalog.Snapshot().Lookup(t, w.name(s))
	return ok
}

func (w *world) grant(to string, t catalog.SecurableType, on string, p ...catalog.Privilege) {
	w.Helper()
	w.host(func(tx *catalog.Tx) error { return tx.Grant(w.id(t, on), w.who[to], p...) })
}

func (w *world) revoke(from string, t catalog.SecurableType, on string, p ...catalog.Privilege) {
	w.Helper()
	w.host(func(tx *catalog.Tx) error { return tx.Revoke(w.id(t, on), w.who[from], p...) })
}

// model makes a model outside system.ai, owned by admin.
func (w *world) model(s string) {
	w.Helper()
	n := w.name(s)
	w.host(func(tx *catalog.Tx) error {
		_, err := tx.Create(catalog.Draft{
			Type: catalog.TypeModel, Parent: w.id(catalog.TypeSchema, n.Parent().String()), Name: n.Leaf(), Owner: w.who["admin"],
		})
		return err
	})
}

// dump is everything there is, in the catalog and in the sink.
func (w *world) dump() string {
	w.Helper()
	return catalogtest.Dump(w.catalog.Snapshot()) + w.sink.dump(w)
}

// unchanged compares with an earlier dump.
func (w *world) unchanged(before string) {
	w.Helper()
	was, is := strings.Split(before, "\n"), strings.Split(w.dump(), "\n")
	for _, line := range is {
		if !slices.Contains(was, line) {
			w.Errorf("nothing should have changed, but this is new: %s", line)
		}
	}
	for _, line := range was {
		if !slices.Contains(is, line) {
			w.Errorf("nothing should have changed, but this is gone: %s", line)
		}
	}
}
