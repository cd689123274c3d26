package modelservice_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// A create that runs again, because the store has a commit that was not known
// here, makes its table under the same id both times, and has it at the end.
func TestCreateRunsAgain(t *testing.T) {
	w := newWorld(t, nil)
	silent := func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend {
			w.hide.Store(nil)
			return errStore
		}
		return nil
	}
	w.hide.Store(&silent)
	main := w.id(catalog.TypeCatalog, "main")
	if _, err := w.catalog.Update(w.ctx(), "host", func(tx *catalog.Tx) error {
		return tx.Grant(main, w.who["carol"], catalog.UseCatalog)
	}); !errors.Is(err, errStore) {
		t.Fatalf("got %v, want the store's error", err)
	}
	w.service(to("one"))
	w.agree()
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.row()
}

// hanging is a sink that makes and drops tables only after its context ended:
// not at all.
type hanging struct {
	inferencelog.LogSink
	create, drop bool
}

// Create implements inferencelog.LogSink.
func (h *hanging) Create(ctx context.Context, t inferencelog.Table) error {
	if h.create {
		<-ctx.Done()
		return ctx.Err()
	}
	return h.LogSink.Create(ctx, t)
}

// Drop implements inferencelog.LogSink.
func (h *hanging) Drop(ctx context.Context, id uint64) error {
	if h.drop {
		<-ctx.Done()
		return ctx.Err()
	}
	return h.LogSink.Drop(ctx, id)
}

// A sink that does not answer holds up neither the catalog nor the log for
// ever, though nobody gives the request up.
func TestSinkHangs(t *testing.T) {
	const patience = 10 * time.Second
	for _, tt := range []struct {
		name string
		hang hanging
		do   func(*world) error
		code modelservice.Code
	}{
		{"create", hanging{create: true}, func(w *world) error {
			spec := to("one")
			spec.InferenceTable.Prefix = "second"
			_, err := w.create("alice", "main.default", "second", spec)
			return err
		}, modelservice.CodeDeadlineExceeded},
		{"drop", hanging{drop: true}, func(w *world) error { return w.drop("admin", catalog.TypeTable, chatTable, nil) }, ""},
		{"drop of two", hanging{drop: true}, func(w *world) error {
			return w.drop("admin", catalog.TypeSchema, "main.logging", &modelservice.DropOptions{Force: true})
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.service(to("one"))
				spec := to("one")
				spec.InferenceTable.Prefix = "another"
				_, err := w.create("alice", "main.default", "another", spec)
				w.must(err)
				inner := w.sink.LogSink
				tt.hang.LogSink = inner
				w.sink.LogSink = &tt.hang
				start := time.Now()
				if err := tt.do(w); codeOf(err) != tt.code {
					t.Errorf("got %v, want %q", err, tt.code)
				}
				if took := time.Since(start); took != patience {
					t.Errorf("it took %v, want %v", took, patience)
				}
				w.sink.LogSink = inner
				w.makeCatalog("later") // the catalog's turn is free
				w.reopen()
				w.agree()
			})
		})
	}
}
