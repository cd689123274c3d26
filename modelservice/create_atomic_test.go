package modelservice_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/modelservice"
)

var errStore = errors.New("the store is unwell")

// When the sink makes no table, neither service nor table is there.
func TestCreateSinkFails(t *testing.T) {
	w := newWorld(t, nil)
	before := w.dump()
	w.sink.noCreate.Store(true)
	_, err := w.create("alice", "main.default", "chat", to("one"))
	if err == nil || !errors.Is(err, errSink) {
		t.Errorf("got %v, want the sink's error beneath", err)
	}
	var e *modelservice.Error
	if errors.As(err, &e); e == nil || strings.Contains(e.Message, "unwell") {
		t.Errorf("the message tells of what is beneath: %v", err)
	}
	w.unchanged(before)
	w.sink.noCreate.Store(false)
	w.service(to("one"))
}

// A table in the sink of which the catalog knows nothing is what a broken drop
// has left. It makes way for a new one of its name, which starts empty.
func TestCreateOverLeftover(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.log.Create(w.ctx(), inferencelog.Table{ID: 1 << 40, Name: chatTable}))
	w.log.Log(1<<40, inferencelogtest.Plain("left over", 0))
	w.must(w.log.Flush(w.ctx()))
	w.service(to("one"))
	w.agree()
	if rows := w.rows(); len(rows) != 0 {
		t.Errorf("the new table has %d rows of the old", len(rows))
	}
}

// Whichever commit of a session fails, it has not happened, in the catalog or
// in the sink, and the session can go on (I37).
func TestStoreFails(t *testing.T) {
	steps := []struct {
		name string
		do   func(*world) error
	}{
		{"create", func(w *world) error {
			_, err := w.create("alice", "main.default", "chat", to("one"))
			return err
		}},
		{"grant", func(w *world) error {
			return w.ms.ChangeGrants(w.ctx(), w.who["alice"], modelservice.TypeModelService, w.name(chat), []modelservice.GrantChange{
				{Principal: "bob", Add: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata}},
				{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}},
			})
		}},
		{"rename", func(w *world) error {
			to := "loggings"
			_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeSchema, w.name("main.logging"), modelservice.Change{Name: &to})
			return err
		}},
		{"drop table", func(w *world) error { return w.drop("alice", catalog.TypeTable, "main.loggings.chat_payload", nil) }},
		{"drop all", func(w *world) error {
			return w.drop("admin", catalog.TypeCatalog, "main", &modelservice.DropOptions{Force: true})
		}},
	}
	for k := range steps {
		t.Run(steps[k].name, func(t *testing.T) {
			w := newWorld(t, nil)
			for i, step := range steps {
				if i != k {
					w.must(step.do(w))
					continue
				}
				before := w.dump()
				fail := func(op catalogtest.Op) error {
					if op == catalogtest.OpAppend {
						return errStore
					}
					return nil
				}
				w.fail.Store(&fail)
				if err := step.do(w); !errors.Is(err, errStore) {
					t.Errorf("got %v, want the store's error beneath", err)
				} else if codeOf(err) == "" {
					t.Errorf("%v is no *Error", err)
				}
				w.unchanged(before)
				w.fail.Store(nil)
				w.must(step.do(w))
			}
		})
	}
}

// A store that kept the commit but could not say so: catalog and sink agree
// again as soon as the commit is found.
func TestStoreKeepsInSilence(t *testing.T) {
	w := newWorld(t, nil)
	once := func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend {
			w.hide.Store(nil)
			return catalog.ErrUnknownOutcome
		}
		return nil
	}
	w.hide.Store(&once)
	if _, err := w.create("alice", "main.default", "chat", to("one")); !errors.Is(err, catalog.ErrUnknownOutcome) {
		t.Fatalf("got %v, want the store's error beneath", err)
	}
	w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog) // finds the commit
	if !w.exists(modelservice.TypeModelService, chat) {
		t.Fatal("the commit was not found")
	}
	w.agree()
	w.letIn("bob", chat)
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("%d: %v", res.Status, res.Err)
	}
	w.row()
}

// What a crash leaves behind is put right when the metastore is opened: a
// table in the sink alone goes, a table in the catalog alone comes back.
func TestRepair(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.must(w.sink.Create(w.ctx(), inferencelog.Table{ID: 1 << 40, Name: "main.logging.orphan_payload"}))
	w.must(w.sink.Drop(w.ctx(), uint64(w.id(catalog.TypeTable, chatTable))))
	w.reopen()
	w.agree()
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.row()
}

// The same where a table stands in the sink under a name that its schema no
// longer has.
func TestRepairRenamed(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	old := "old"
	_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeSchema, w.name("main.logging"), modelservice.Change{Name: &old})
	w.must(err)
	_, err = w.ms.CreateSchema(w.ctx(), w.who["admin"], w.name("main"), modelservice.NewObject{Name: "logging"})
	w.must(err)
	w.grant("alice", catalog.TypeSchema, "main.logging", catalog.UseSchema, catalog.CreateTable)
	spec := to("one")
	spec.InferenceTable.Prefix = "chat"
	_, err = w.create("alice", "main.default", "again", spec)
	w.must(err)
	w.must(w.sink.Drop(w.ctx(), uint64(w.id(catalog.TypeTable, chatTable))))
	w.reopen()
	w.agree()
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if n, m := len(w.rows()), len(w.rowsOf(w.id(catalog.TypeTable, "main.old.chat_payload"))); n != 0 || m != 1 {
		t.Errorf("%d rows in the later table, %d in the service's own", n, m)
	}
}

// A drop whose sink fails is a drop: the catalog has the say, and opening the
// metastore finishes it.
func TestDropSinkFails(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.sink.noDrop.Store(true)
	if err := w.drop("alice", catalog.TypeTable, chatTable, nil); err != nil {
		t.Errorf("the table is gone, and the answer is %v", err)
	}
	if w.exists(catalog.TypeTable, chatTable) {
		t.Error("the table is still in the catalog")
	}
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("%d: %v", res.Status, res.Err)
	}
	w.sink.noDrop.Store(false)
	w.reopen()
	w.agree()
}

// Without a log, who asks for a table is refused and nothing is made.
func TestCreateWithoutLog(t *testing.T) {
	w := newWorld(t, nil)
	ms, err := modelservice.NewMetastore(w.ctx(), w.catalog, authz.New(nil), nil)
	w.must(err)
	before := w.dump()
	_, err = ms.CreateService(w.ctx(), w.who["alice"], goodService(w))
	w.refused(err, modelservice.CodeInvalidState, "")
	w.unchanged(before)
}

// A context that has ended changes nothing.
func TestCreateCancelled(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	before := w.dump()
	_, err := w.ms.CreateService(ctx, w.who["alice"], goodService(w))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.unchanged(before)
}

// reopen makes the metastore and what stands on it anew, as a restart does.
func (w *world) reopen() {
	w.Helper()
	ms, err := modelservice.NewMetastore(w.ctx(), w.catalog, authz.New(nil), &modelservice.MetastoreOptions{Log: w.log})
	w.must(err)
	w.ms = ms
	w.gw, err = modelservice.NewGateway(modelservice.Config{Metastore: ms, Router: w.router, Limiter: w.limiter, Backend: w.backend})
	w.must(err)
}

// agree checks that catalog and sink have the same tables.
func (w *world) agree() {
	w.Helper()
	tables, err := w.sink.Tables(w.ctx())
	w.must(err)
	there := map[catalog.ID]bool{}
	for _, table := range tables {
		there[catalog.ID(table.ID)] = true
	}
	for node := range w.catalog.Snapshot().All(catalog.TypeTable) {
		if !there[node.ID] {
			w.Errorf("table %s is in the catalog alone", node.Name)
		}
		delete(there, node.ID)
	}
	for id := range there {
		w.Errorf("table %d is in the sink alone", id)
	}
}
