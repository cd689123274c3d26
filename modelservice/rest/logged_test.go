package rest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// tornStore keeps commits until its disk is full.
type tornStore struct {
	*catalog.MemoryStore
	full atomic.Bool
}

func (s *tornStore) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	if s.full.Load() {
		return errors.New("no room below /secret/path")
	}
	return s.MemoryStore.Append(ctx, prev, c)
}

func (s *tornStore) AppendAll(context.Context, uint64, []catalog.Commit) error {
	return errors.ErrUnsupported // one at a time, then, through Append
}

// A fault of ours is one line in the log, with the id that the caller was told,
// and tells the caller nothing else.
func TestFaultsAreLoggedOnce(t *testing.T) {
	core, lines := observer.New(zap.DebugLevel)
	w := &world{TB: t, ctx: t.Context()}
	store := &tornStore{MemoryStore: catalog.NewMemoryStore()}
	c, err := catalog.Open(w.ctx, store, &catalog.Options{Kinds: modelservice.Kinds()})
	w.check(err)
	defer c.Close(context.Background())
	log := zap.New(core)
	w.ms, err = modelservice.NewMetastore(w.ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Logger: log})
	w.check(err)
	w.update(func(tx *catalog.Tx) error {
		p, err := tx.CreatePrincipal(catalog.User, admin)
		return errors.Join(err, tx.AddMember(catalog.MetastoreAdmins, p))
	})
	w.api, err = rest.New(rest.Config{Metastore: w.ms, Logger: log, Authenticate: bearer})
	w.check(err)
	store.full.Store(true)
	for _, r := range []struct{ target, body string }{
		{catalogsPath, `{"name":"x"}`},
		{principalsPath, `{"name":"x","type":"user"}`},
		{sqlPath, `{"statement":"CREATE CATALOG x"}`},
	} {
		lines.TakeAll()
		a := w.send(admin, "POST", r.target, r.body)
		if !strings.Contains(a.Body.String(), "INTERNAL_ERROR") || strings.Contains(a.Body.String(), "secret") {
			t.Errorf("%s answers %d %s", r.target, a.Code, a.Body)
		}
		all := lines.All()
		if len(all) != 1 || all[0].Level != zap.ErrorLevel || all[0].ContextMap()["request_id"] != a.Header().Get(modelservice.RequestIDHeader) {
			t.Errorf("%s writes %d lines: %v", r.target, len(all), all)
		}
	}
	lines.TakeAll()
	w.send(admin, "POST", catalogsPath, `{"name":"a b"}`)
	if lines.Len() != 0 {
		t.Errorf("a fault of the caller's writes %v", lines.All())
	}
}
