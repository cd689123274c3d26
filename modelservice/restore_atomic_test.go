package modelservice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// A restore that the store refuses has changed nothing, in the catalog and in
// the log; one that it has kept without saying so is there with the next update
// and can be repeated (I37).
func TestRestoreIsAtomic(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	kept, was := w.backup(), state(w.catalog.Snapshot())
	w.calls(2)
	w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
	other := to("one")
	other.InferenceTable.Prefix = "other"
	_, err := w.create("alice", "main.default", "other", other)
	w.must(err)
	before, version := w.dump(), w.version()
	for name, hook := range map[string]func(func(catalogtest.Op) error){
		"refused": func(f func(catalogtest.Op) error) { w.fail.Store(&f) },
		"hidden":  func(f func(catalogtest.Op) error) { w.hide.Store(&f) },
	} {
		hook(func(op catalogtest.Op) error {
			if op == catalogtest.OpAppend {
				return errStore
			}
			return nil
		})
		if err := w.restore("admin", kept); codeOf(err) != modelservice.CodeInternal || !errors.Is(err, errStore) {
			t.Errorf("%s: got %v", name, err)
		}
		w.fail.Store(nil)
		w.hide.Store(nil)
		if w.unchanged(before); w.version() != version || w.rowsOfName(chatTable) != 2 {
			t.Errorf("%s: something has changed", name)
		}
	}
	w.must(w.restore("admin", kept))
	if state(w.catalog.Snapshot()) != was {
		t.Error("the state is not the backup's")
	}
	w.agree()
	if n := w.rowsOfName(chatTable); n != 2 {
		t.Errorf("%d rows of 2 calls", n)
	}
}

// While others change things, every restore is one commit, which leaves exactly
// the backup; what comes after it stands on that; and no id is ever given out
// twice.
func TestRestoreAmongOthers(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	kept, was := w.backup(), state(w.catalog.Snapshot())
	admin, alice := w.who["admin"], w.who["alice"]
	var others sync.WaitGroup
	for i := range 3 {
		others.Go(func() {
			for n := range 20 {
				spec := to("two")
				spec.InferenceTable.Prefix = fmt.Sprintf("s%d_%d", i, n)
				ctx := context.Background()
				parent := catalog.FullName{Catalog: "main", Schema: "default"}
				name := fmt.Sprintf("s%d_%d", i, n)
				for _, err := range []error{
					second(w.ms.CreateService(ctx, alice, modelservice.NewService{Parent: parent, Name: name, Spec: spec})),
					w.ms.ChangeGrants(ctx, alice, modelservice.TypeModelService, parent.Child(name), []modelservice.GrantChange{{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}}}),
					second(w.ms.CreatePrincipal(ctx, admin, catalog.User, name)),
					w.ms.ChangeMembers(ctx, admin, "team", []string{name}, nil),
				} {
					switch codeOf(err) {
					case "", modelservice.CodeDoesNotExist, modelservice.CodePrincipalNotExist: // it was restored away
					default:
						t.Error(err)
					}
				}
			}
		})
	}
	var changing atomic.Bool
	changing.Store(true)
	var restorer sync.WaitGroup
	restores := 0
	restorer.Go(func() {
		for more := true; more; restores++ {
			more = changing.Load() // once more after the last change
			if err := w.ms.Restore(context.Background(), admin, bytes.NewReader(kept)); err != nil {
				t.Errorf("Restore: %v", err)
			}
		}
	})
	others.Wait()
	changing.Store(false)
	restorer.Wait()
	w.agree()
	w.calls(1)
	if rows := w.rows(); len(rows) != 1 {
		t.Errorf("%d rows of one call", len(rows))
	}

	// Commit by commit once more.
	replay := catalog.NewMemoryStore()
	for commit, err := range w.catalog.Watch(w.ctx(), 0) {
		w.must(err)
		w.must(replay.Append(w.ctx(), commit.Version-1, commit))
		if commit.Restored != 0 {
			restores--
			then, err := catalog.Open(w.ctx(), keptOpen{replay}, &catalog.Options{Kinds: modelservice.Kinds()})
			w.must(err)
			if got := state(then.Snapshot()); got != was {
				t.Fatalf("version %d is\n%s\nwant\n%s", commit.Version, got, was)
			}
		}
		if commit.Version == w.version() {
			break
		}
	}
	if restores != 0 {
		t.Errorf("%d restores have no commit of their own", restores)
	}
	made := map[uint64]bool{}
	for _, e := range w.whole() {
		for _, c := range e.Changes {
			id := uint64(c.On.ID)
			if c.Kind == catalog.PrincipalCreated {
				id = uint64(c.To.ID)
			} else if c.Kind != catalog.SecurableCreated {
				continue
			}
			if made[id] {
				t.Errorf("version %d gives out id %d once more", e.Version, id)
			}
			made[id] = true
		}
	}
}

func second[T any](_ T, err error) error { return err }

// keptOpen is a store that stays open when a catalog closes it.
type keptOpen struct{ catalog.Store }

func (keptOpen) Close() error { return nil }

// whole is the whole history.
func (w *world) whole() (all []catalog.Event) {
	w.Helper()
	for {
		after := uint64(len(all))
		more := w.history(after)
		if len(more) == 0 {
			return all
		}
		all = append(all, more...)
	}
}

// slowly is a sink that lets others go first, and has made a table some time
// before it says so.
type slowly struct{ inferencelog.LogSink }

// Create implements inferencelog.LogSink.
func (s *slowly) Create(ctx context.Context, t inferencelog.Table) error {
	err := s.LogSink.Create(ctx, t)
	<-time.After(time.Second)
	return err
}

// Tables implements inferencelog.LogSink.
func (s *slowly) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	<-time.After(time.Millisecond)
	return s.LogSink.Tables(ctx)
}

// A table that is about to be committed, just behind a restore, is not taken for
// one that the restore has removed.
func TestRestoreLeavesComingTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		kept := w.backup()
		inner := w.sink.LogSink
		w.sink.LogSink = &slowly{inner}
		var create sync.WaitGroup
		behind := func(op catalogtest.Op) error {
			if op != catalogtest.OpAppend {
				return nil
			}
			w.hide.Store(nil)
			create.Go(func() {
				if _, err := w.create("alice", "main.default", "chat", to("two")); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // it waits for the restore
			return nil
		}
		w.hide.Store(&behind)
		w.must(w.restore("admin", kept))
		create.Wait()
		w.sink.LogSink = inner
		w.agree()
		w.letIn("bob", chat)
		w.calls(1)
		w.row()
	})
}
