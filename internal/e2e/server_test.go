package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// The callers, each with the token that is the name and "-token".
const (
	admin = "admin" // a metastore admin
	alice = "alice" // a member of ai_team
	bob   = "bob"   // a user without any grant
)

func token(caller string) string { return caller + "-token" }

// server is a whole gateway, composed of the library's parts.
type server struct {
	url   string
	via   *http.Client
	calls ledger

	http      *httptest.Server
	metastore *modelservice.Metastore
	gateway   *modelservice.Gateway
	backend   *upstream.Backend
	log       *inferencelog.Logger
	catalog   *catalog.Catalog
	closeSink func() error
	closed    bool
}

// start opens a server on the files of a folder, which may be empty.
func start(t *testing.T, folder string, p *provider) *server {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(folder, "catalog.db"), nil)
	must(t, err)
	sink, err := sqlitelog.Open(filepath.Join(folder, "tables.db"), nil)
	must(t, err)
	s := compose(t, store, sink, p)
	s.closeSink = sink.Close

	tokens, err := authn.NewTokens(map[string]string{token(admin): admin, token(alice): alice, token(bob): bob})
	must(t, err)
	management, err := rest.New(rest.Config{Metastore: s.metastore, Authenticate: tokens.Authenticate})
	must(t, err)
	inference, err := query.New(query.Config{Gateway: s.gateway, Metastore: s.metastore, Authenticate: tokens.Authenticate})
	must(t, err)

	mux := http.NewServeMux()
	mux.Handle("/api/", management)
	mux.Handle("/ai-gateway/", inference)
	s.http = httptest.NewServer(mux)
	s.url, s.via = s.http.URL, &http.Client{Transport: listed(s.http.Client().Transport)}
	return s
}

// compose puts the parts of a server together that are below HTTP. They are
// closed when the test ends. A nil store keeps nothing.
func compose(t *testing.T, store catalog.Store, sink inferencelog.LogSink, p *provider) *server {
	t.Helper()
	ctx := t.Context()
	s := &server{closeSink: func() error { return nil }}
	var err error
	s.catalog, err = catalog.Open(ctx, store, &catalog.Options{Kinds: modelservice.Kinds()})
	must(t, err)
	s.log = inferencelog.New(sink, nil)
	s.backend, err = upstream.New(upstream.Config{Models: p.models(), Dial: p.dial})
	must(t, err)
	s.metastore, err = modelservice.NewMetastore(ctx, s.catalog, authz.New(nil), &modelservice.MetastoreOptions{
		Log: s.log, Speaks: s.backend.Speaks,
	})
	must(t, err)
	must(t, s.metastore.SyncSystem(ctx, modelNames()))
	must(t, s.people(ctx))
	s.gateway, err = modelservice.NewGateway(modelservice.Config{
		Metastore: s.metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: s.backend, Trace: s.calls.trace(),
	})
	must(t, err)
	t.Cleanup(func() { s.close(t) })
	return s
}

// people makes the callers, unless they are there.
func (s *server) people(ctx context.Context) error {
	_, err := s.catalog.Update(ctx, "e2e", func(tx *catalog.Tx) error {
		if _, ok := tx.PrincipalNamed(admin); ok {
			return nil
		}
		team, err := tx.CreatePrincipal(catalog.Group, "ai_team")
		if err != nil {
			return err
		}
		in := map[string]catalog.PrincipalID{admin: catalog.MetastoreAdmins, alice: team}
		for _, name := range []string{admin, alice, bob} {
			id, err := tx.CreatePrincipal(catalog.User, name)
			if err != nil {
				return err
			}
			if group, ok := in[name]; ok {
				if err := tx.AddMember(group, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return err
}

// A ledger knows which calls are under way. A caller has the whole answer a
// moment before its row is written, and who goes away does not wait for it.
type ledger struct {
	mu    sync.Mutex
	ended sync.Cond
	under map[string]bool // by request id
}

func (l *ledger) trace() *modelservice.Trace {
	l.ended.L, l.under = &l.mu, map[string]bool{}
	return &modelservice.Trace{
		Authorized: func(c *modelservice.Call, _ authz.Decision) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.under[c.RequestID] = true
		},
		Finished: func(c *modelservice.Call, _ modelservice.Result) {
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.under, c.RequestID)
			l.ended.Broadcast()
		},
	}
}

// settled waits until every call that was begun has ended and has its row.
func (s *server) settled() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	for len(s.calls.under) > 0 {
		s.calls.ended.Wait()
	}
}

// close ends the server, the faces first, and holds it to its books: no row
// was lost.
func (s *server) close(t *testing.T) {
	t.Helper()
	if s.closed {
		return
	}
	s.closed = true
	ctx := context.Background() // the test's own has ended when it cleans up
	if s.http != nil {
		s.http.Close()
	}
	s.settled()
	s.backend.Close()
	lost, err := s.log.Close(ctx)
	must(t, err)
	if lost != 0 {
		t.Errorf("%d rows lost", lost)
	}
	must(t, s.closeSink())
	must(t, s.catalog.Close(ctx))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
