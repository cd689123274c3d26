package modelservice_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

func (w *world) calls(n int) {
	w.Helper()
	for range n {
		w.serve(w.ctx(), "bob", ask(), &recorder{})
	}
}

// rowsOfName is how many rows a table has, read by who may.
func (w *world) rowsOfName(table string) (n int) {
	w.Helper()
	all, err := w.ms.Rows(w.ctx(), w.who["alice"], w.name(table), inferencelog.Query{})
	w.must(err)
	for _, err := range all {
		w.must(err)
		n++
	}
	return n
}

// A table that stays keeps all its rows, under whatever name; one that the
// backup does not have goes with its rows, none of which is counted lost; one
// that was dropped is back, empty, and receives rows again.
func TestRestoredTables(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.calls(2)
	second := to("one")
	second.InferenceTable.Prefix = "second"
	_, err := w.create("alice", "main.default", "second", second)
	w.must(err)
	w.letIn("bob", "main.default.second")
	w.serve(w.ctx(), "bob", askOf("main.default.second"), &recorder{})
	kept := w.backup()

	w.calls(3)
	w.must(w.rename("alice", catalog.TypeTable, chatTable, "calls"))
	w.must(w.drop("alice", catalog.TypeTable, "main.logging.second_payload", nil))
	w.must(w.drop("alice", modelservice.TypeModelService, "main.default.second", nil))
	_, err = w.create("alice", "main.default", "second", second) // a later one of the same names
	w.must(err)
	w.letIn("bob", "main.default.second")
	for range 4 {
		w.serve(w.ctx(), "bob", askOf("main.default.second"), &recorder{})
	}
	late := w.id(catalog.TypeTable, "main.logging.second_payload")
	w.must(w.restore("admin", kept))
	w.agree()
	if n := w.rowsOfName(chatTable); n != 5 {
		t.Errorf("the table that stayed has %d rows of 5", n)
	}
	if n := w.rowsOfName("main.logging.second_payload"); n != 0 || w.id(catalog.TypeTable, "main.logging.second_payload") == late {
		t.Errorf("the table that is back has %d rows", n)
	}
	if books := w.books(); books.Lost != 0 || books.Stored != 10 {
		t.Errorf("the books say %+v", books)
	}
	w.calls(1)
	w.serve(w.ctx(), "bob", askOf("main.default.second"), &recorder{})
	if a, b := w.rowsOfName(chatTable), w.rowsOfName("main.logging.second_payload"); a != 6 || b != 1 {
		t.Errorf("the tables have %d and %d rows, want 6 and 1", a, b)
	}
	tables, err := w.sink.Tables(w.ctx())
	w.must(err)
	for _, table := range tables {
		if name := w.catalog.Snapshot().FullName(catalog.ID(table.ID)).String(); table.Name != name {
			t.Errorf("the log calls %s %s", name, table.Name)
		}
	}
}

// The ids of two metastores have nothing to do with each other, and no table
// shows the rows of another's.
func TestRestoreAnothers(t *testing.T) {
	other := newWorld(t, nil)
	other.service(to("one"))
	foreign := other.backup()
	w := newWorld(t, nil)
	w.service(to("one"))
	w.must(w.rename("alice", catalog.TypeTable, chatTable, "secrets"))
	w.calls(3)
	table := w.id(catalog.TypeTable, "main.logging.secrets")
	if table != other.id(catalog.TypeTable, chatTable) {
		t.Fatal("the ids differ")
	}
	before, version := w.dump(), w.version()
	w.refused(w.restore("admin", foreign), modelservice.CodeInvalidState, "Table 'main.logging.secrets' has the id of another table of the backup")
	if w.unchanged(before); w.version() != version || len(w.rowsOf(table)) != 3 {
		t.Error("something has changed")
	}
	// Dropped, but the log has it still.
	w.sink.noDrop.Store(true)
	w.must(w.drop("alice", catalog.TypeTable, "main.logging.secrets", nil))
	w.sink.noDrop.Store(false)
	if n := len(w.rowsOf(table)); n != 3 {
		t.Fatalf("%d rows are left over", n)
	}
	w.must(w.restore("admin", foreign))
	w.agree()
	if state(w.catalog.Snapshot()) != state(other.catalog.Snapshot()) {
		t.Error("the state is not the other's")
	}
	if n := w.rowsOfName(chatTable); n != 0 {
		t.Errorf("the table shows %d rows of another's", n)
	}
	w.calls(1)
	if n := w.rowsOfName(chatTable); n != 1 {
		t.Errorf("%d rows of one call", n)
	}
}

// troubled is a sink whose tables cannot be listed.
type troubled struct {
	inferencelog.LogSink
	hang bool
}

// Tables implements inferencelog.LogSink.
func (s *troubled) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	if !s.hang {
		return nil, errSink
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// A log that does not answer is found out before anything has changed.
func TestRestoreNeedsTheLog(t *testing.T) {
	for _, hang := range []bool{false, true} {
		t.Run(fmt.Sprint(hang), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.service(to("one"))
				kept := w.backup()
				w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
				before, inner, start := w.dump(), w.sink.LogSink, time.Now()
				w.sink.LogSink = &troubled{inner, hang}
				code := modelservice.CodeInternal
				if hang {
					code = modelservice.CodeDeadlineExceeded
				}
				w.refused(w.restore("admin", kept), code, "")
				w.sink.LogSink = inner
				if took := time.Since(start); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				w.unchanged(before)
				w.must(w.restore("admin", kept))
			})
		})
	}
}

// A log that fails later cannot take the restore back: the error says so, the
// state is there and whole, and the next start finishes it. The catalog is not
// held up for ever.
func TestRestoreLogFallsBehind(t *testing.T) {
	for name, fault := range map[string]func(*world){
		"no create": func(w *world) { w.sink.noCreate.Store(true) },
		"no drop":   func(w *world) { w.sink.noDrop.Store(true) },
		"hangs":     func(w *world) { w.sink.LogSink = &hanging{w.sink.LogSink, true, true} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.service(to("one"))
				kept, was := w.backup(), state(w.catalog.Snapshot())
				w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
				w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
				w.service(to("two"))
				inner, start := w.sink.LogSink, time.Now()
				fault(w)
				w.refused(w.restore("admin", kept), modelservice.CodeInternal, "The backup is restored, but the inference tables could not")
				if took := time.Since(start); took > 2*time.Minute {
					t.Errorf("it took %v", took)
				}
				if state(w.catalog.Snapshot()) != was {
					t.Error("the state is not the backup's")
				}
				if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
					t.Errorf("the service answers %d", res.Status)
				}
				w.sink.LogSink = inner
				w.sink.noCreate.Store(false)
				w.sink.noDrop.Store(false)
				w.makeCatalog("later") // the catalog's turn is free
				w.reopen()
				w.agree()
				w.calls(1)
				if n := w.rowsOfName(chatTable); n == 0 {
					t.Error("the table receives no rows")
				}
			})
		})
	}
}

// A metastore without a log restores tables too; they are empty when there is
// one.
func TestRestoreWithoutLog(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	kept := w.backup()
	w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
	ms, err := modelservice.NewMetastore(w.ctx(), w.catalog, w.ms.Authorizer(), nil)
	w.must(err)
	w.ms = ms
	w.must(w.restore("admin", kept))
	w.reopen()
	w.agree()
	w.calls(1)
	w.row()
}
