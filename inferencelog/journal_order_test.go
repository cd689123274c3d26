package inferencelog_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// A table whose rows cannot be stored, more of them than are read at once, is not in the way of the rows of another.
func TestFailingTableIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		if err := a.log.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}); err != nil {
			t.Fatal(err)
		}
		var healed atomic.Bool
		a.hook.OnWrite = func(_ context.Context, table uint64, _ []*inferencelog.Record) error {
			if table == 1 && !healed.Load() {
				return errSink
			}
			return nil
		}
		const rows = 600
		for i := range rows {
			a.log.LogTo(kept, inferencelogtest.Plain(fmt.Sprint(i), i))
		}
		healthy := kept
		healthy.Table = 2
		if err := a.log.Append(t.Context(), healthy, inferencelogtest.Plain("healthy", 0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if s, _ := a.log.TableStats(2); s.Stored != 1 {
			t.Errorf("the healthy table's books are %+v", s)
		}
		if s, _ := a.log.TableStats(1); s.Pending != rows {
			t.Errorf("the failing table's books are %+v", s)
		}
		healed.Store(true)
		a.flush()
		a.want(rows)
		a.balance()
	})
}
