package modelservice_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
)

// While the store is busy with a drop, a create finds that its own table stands
// in the way in the log, and would sweep out there what the catalog does not have.
// The table that is being dropped is not swept out with it: the drop can fail.
func TestDropThatFailsKeepsRows(t *testing.T) {
	for _, fails := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			w.calls(1)
			w.row()
			w.must(w.log.Create(w.ctx(), inferencelog.Table{ID: 1 << 40, Name: "main.logging.second_payload"}))

			verdict := make(chan error)
			hold := func(op catalogtest.Op) error {
				if op != catalogtest.OpAppend {
					return nil
				}
				w.fail.Store(nil)
				return <-verdict
			}
			w.fail.Store(&hold)
			var group sync.WaitGroup
			group.Go(func() {
				if err := w.drop("alice", catalog.TypeTable, chatTable, nil); (err != nil) != fails {
					t.Errorf("dropping the table: %v", err)
				}
			})
			synctest.Wait() // the store has the drop
			group.Go(func() {
				if _, err := w.create("alice", "main.default", "second", to("two")); err != nil {
					t.Errorf("creating a service: %v", err)
				}
			})
			synctest.Wait() // the create waits, or has done what it must not
			if fails {
				verdict <- errStore
			} else {
				verdict <- nil
			}
			group.Wait()
			w.agree()
			if fails {
				w.row()
			}
			if !w.exists(catalog.TypeTable, "main.logging.second_payload") {
				t.Error("the new service has no table")
			}
		})
	}
}

// A table that a create has made in the log and that the store has not kept yet
// is not taken for one of a create that failed, nor the other way round.
func TestCreatesThatFailTogether(t *testing.T) {
	for _, kept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			verdict := make(chan error)
			hold := func(op catalogtest.Op) error {
				if op != catalogtest.OpAppend {
					return nil
				}
				w.fail.Store(nil)
				return <-verdict
			}
			w.fail.Store(&hold)
			var group sync.WaitGroup
			for i, name := range []string{"chat", "second", "third"} {
				group.Go(func() {
					if _, err := w.create("alice", "main.default", name, to("one")); (err != nil) != (i == 0 && !kept) {
						t.Errorf("creating %s: %v", name, err)
					}
				})
				synctest.Wait()
			}
			if kept {
				verdict <- nil
			} else {
				verdict <- errStore
			}
			group.Wait()
			w.agree()
			if w.exists(catalog.TypeTable, chatTable) != kept {
				t.Error("a table is there without its service, or the other way round")
			}
		})
	}
}
