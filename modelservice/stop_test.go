package modelservice_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
)

// failAppends makes the store keep nothing from now on.
func (w *world) failAppends() {
	fail := func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend {
			return errStore
		}
		return nil
	}
	w.fail.Store(&fail)
}

// A stop that the catalog cannot keep holds all the same, is tried again, and is
// kept in the end.
func TestStopIsKeptInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.owned(catalog.TypeTable, chatTable, "carol")
		w.failAppends()
		w.asks(table, 200, 0)
		synctest.Wait()
		lack := "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'."
		if is := w.logs(modelservice.LoggingStopped, lack); !is.Since.IsZero() {
			t.Errorf("it is kept since %v", is.Since)
		}
		time.Sleep(time.Hour)
		w.asks(table, 200, 0)
		w.fail.Store(nil)
		w.owned(catalog.TypeTable, chatTable, "alice")
		w.asks(table, 200, 0)
		w.logs(modelservice.LoggingStopped, lack)
		time.Sleep(time.Minute) // the longest pause between two tries
		synctest.Wait()
		if is := w.logs(modelservice.LoggingStopped, lack); is.Since.IsZero() {
			t.Error("the catalog does not know")
		}
		w.reopen()
		w.asks(table, 200, 0)
	})
}

// What is resumed before the catalog has the stop stays resumed: the stop on its
// way ends nothing that came after it.
func TestStopIsResumedBeforeItIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.owned(catalog.TypeTable, chatTable, "carol")
		w.failAppends()
		w.asks(table, 200, 0)
		synctest.Wait()
		w.fail.Store(nil)
		on := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
		_, err := w.change("alice", on)
		w.refused(err, modelservice.CodePermissionDenied, "does not have MODIFY")
		w.grant("alice", catalog.TypeTable, chatTable, catalog.Modify)
		w.asks(table, 200, 0)
		_, err = w.change("alice", on)
		w.must(err)
		w.asks(table, 200, 1)
		time.Sleep(time.Hour)
		w.logs(modelservice.LoggingActive, "")
		w.asks(table, 200, 2)
	})
}

// A table that is taken away with its stop, and one given after it, begin anew.
func TestStopGoesWithTheTable(t *testing.T) {
	for _, kept := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			w.owned(catalog.TypeTable, chatTable, "carol")
			if !kept {
				w.failAppends()
			}
			w.asks(w.id(catalog.TypeTable, chatTable), 200, 0)
			synctest.Wait()
			w.fail.Store(nil)
			_, err := w.change("alice", modelservice.ServiceChange{DetachTable: true})
			w.must(err)
			_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "next"}})
			w.must(err)
			w.logs(modelservice.LoggingActive, "")
			next := w.id(catalog.TypeTable, "main.logging.next_payload")
			w.asks(next, 200, 1)
			time.Sleep(time.Hour)
			w.asks(next, 200, 2)
			if n := len(w.rowsOf(w.id(catalog.TypeTable, chatTable))); n != 0 {
				t.Errorf("%d rows in the table that was taken away", n)
			}
		})
	}
}

// A state that is restored is as it was: a stop that came later is not in it, and
// one that it has stays.
func TestStopIsInTheBackup(t *testing.T) {
	for _, kept := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			table := w.id(catalog.TypeTable, chatTable)
			active := w.backup()
			w.owned(catalog.TypeTable, chatTable, "carol")
			w.asks(table, 200, 0)
			synctest.Wait()
			stopped := w.backup()
			w.must(w.restore("admin", active))
			w.logs(modelservice.LoggingActive, "")
			w.asks(table, 200, 1)
			if !kept {
				w.owned(catalog.TypeTable, chatTable, "carol")
				w.failAppends()
				w.asks(table, 200, 1)
				synctest.Wait()
				w.fail.Store(nil)
				w.must(w.restore("admin", active))
				w.asks(table, 200, 2)
				time.Sleep(time.Hour)
				w.asks(table, 200, 3)
				return
			}
			w.must(w.restore("admin", stopped))
			w.owned(catalog.TypeTable, chatTable, "alice")
			w.asks(table, 200, 1)
			if is := w.read().Spec.InferenceTable.Logging; is.Status != modelservice.LoggingStopped {
				t.Errorf("logging is %+v", is)
			}
		})
	}
}

// Close waits for the catalog, for as long as it may, and says what the catalog
// does not know; after it a stop holds as long as the process does.
func TestMetastoreClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.must(w.ms.Close(w.ctx())) // nothing to wait for
		w.reopen()
		w.owned(catalog.TypeTable, chatTable, "carol")
		w.failAppends()
		w.asks(table, 200, 0)
		synctest.Wait()
		if err := w.ms.Close(w.ctx()); err == nil || !strings.Contains(err.Error(), "logging of 1 services") {
			t.Errorf("closed with %v", err)
		}
		if err := w.ms.Close(w.ctx()); err == nil {
			t.Error("closed again with nothing left")
		}
		w.fail.Store(nil)
		w.asks(table, 200, 0)
		w.reopen()
		w.failAppends()
		w.asks(table, 200, 0) // found out again
		synctest.Wait()
		w.fail.Store(nil)
		w.must(w.ms.Close(w.ctx())) // does not wait for the next try to be due
		w.reopen()
		if is := w.read().Spec.InferenceTable.Logging; is.Since.IsZero() {
			t.Errorf("Close has not waited: %+v", is)
		}
	})
}

// Close ends when its caller's patience does.
func TestMetastoreCloseHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.owned(catalog.TypeTable, chatTable, "carol")
		release := make(chan struct{})
		hang := func(op catalogtest.Op) error {
			if op == catalogtest.OpAppend {
				<-release
			}
			return nil
		}
		w.fail.Store(&hang)
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 0)
		ctx, cancel := context.WithTimeout(w.ctx(), time.Second)
		defer cancel()
		if err := w.ms.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v", err)
		}
		w.fail.Store(nil)
		close(release)
		w.must(w.ms.Close(w.ctx()))
	})
}

// A catalog that is closed first is not asked for ever.
func TestStopWithoutCatalog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := openWorld(t, nil)
		w.service(to("one"))
		w.owned(catalog.TypeTable, chatTable, "carol")
		w.must(w.catalog.Close(w.ctx()))
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 0)
		synctest.Wait() // no goroutine is left at the end of the bubble
		ended, end := context.WithCancel(w.ctx())
		end()
		if err := w.ms.Close(ended); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("closed with %v: the catalog cannot know, and nobody is telling it", err)
		}
		_, err := w.log.Close(w.ctx())
		w.must(err)
	})
}

// What counts is what is true when the row would be written: a call that began
// before logging stopped leaves none when it ends after that, whoever has the
// rights again; nor does one whose service was given away meanwhile.
func TestStopDuringCall(t *testing.T) {
	for name, meanwhile := range map[string]func(*world){
		"stopped by another call": func(w *world) {
			w.owned(catalog.TypeTable, chatTable, "carol")
			w.serve(w.ctx(), "bob", ask(), &recorder{})
			synctest.Wait()
			w.reopen() // all that is left of the stop is in the catalog
			w.owned(catalog.TypeTable, chatTable, "alice")
		},
		"the service is given away": func(w *world) { w.owned(modelservice.TypeModelService, chat, "carol") },
		"the table is given away":   func(w *world) { w.owned(catalog.TypeTable, chatTable, "carol") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.service(to("one"))
				table := w.id(catalog.TypeTable, chatTable)
				w.backend.plays("one", reply{}, reply{do: func() { meanwhile(w) }}, reply{})
				w.asks(table, 200, 1)
				w.asks(table, 200, 1)
				if is := w.read().Spec.InferenceTable.Logging; is.Status != modelservice.LoggingStopped {
					t.Errorf("logging is %+v", is)
				}
			})
		})
	}
}

// Calls, losses and resumes at once: no row comes from a call that began after
// one that logging had stopped for was answered, until it is resumed.
func TestStopIsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	table := w.id(catalog.TypeTable, chatTable)
	on := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
	began := "active" // what was true when a call began
	var phase atomic.Pointer[string]
	call := func() {
		w.call(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask()), RequestID: *phase.Load()}, &recorder{})
	}
	for i := range 30 {
		phase.Store(&began)
		var calls sync.WaitGroup
		ended := make(chan struct{})
		for range 3 {
			calls.Go(func() {
				for {
					select {
					case <-ended:
						return
					default:
						call()
					}
				}
			})
		}
		w.owned(catalog.TypeTable, chatTable, "carol")
		call() // begins after the loss: logging has stopped when it ends
		phase.Store(ptr("stopped"))
		w.owned(catalog.TypeTable, chatTable, "alice")
		for range 5 {
			call()
		}
		w.makeCatalog(fmt.Sprint("c", i)) // a commit of somebody else's
		call()
		close(ended)
		calls.Wait()
		_, err := w.change("alice", on)
		w.must(err)
		phase.Store(ptr(fmt.Sprint("resumed", i)))
		call()
	}
	resumed := 0
	for _, row := range w.rowsOf(table) {
		switch row.RequestID {
		case "active":
		case "stopped":
			t.Error("a row of a call that began after the stop")
		default:
			resumed++
		}
	}
	if resumed != 30 {
		t.Errorf("%d rows of the 30 calls after a resume", resumed)
	}
}

// A stop of the state that is replaced, on its way to the catalog while Restore
// commits, does not stop the restored service.
func TestStopDoesNotOutliveRestore(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	active := w.backup()
	for i := range 20 {
		w.owned(catalog.TypeTable, chatTable, "carol")
		var once sync.Once
		hook := func(op catalogtest.Op) error {
			if op == catalogtest.OpAppend {
				once.Do(func() {
					w.fail.Store(nil)
					w.gw.Invoke(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask())})
					for range 100 + i { // until the stop waits for its turn
						runtime.Gosched()
					}
				})
			}
			return nil
		}
		w.fail.Store(&hook)
		w.must(w.restore("admin", active))
		w.fail.Store(nil)
		w.owned(modelservice.TypeModelService, chat, "alice") // which comes after all that waited
		if is := w.read().Spec.InferenceTable.Logging; is.Status != modelservice.LoggingActive {
			t.Fatalf("round %d: restored, alice may write, and logging is %+v", i, is)
		}
	}
}
