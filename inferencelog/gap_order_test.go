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

// A table whose gap record cannot be written does not keep back that of another.
func TestGapIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{MaxRows: 4})
		if err := w.log.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}); err != nil {
			t.Fatal(err)
		}
		var failing atomic.Uint64 // tables up to this one
		failing.Store(2)
		w.hook.OnWrite = func(_ context.Context, table uint64, _ []*inferencelog.Record) error {
			if table <= failing.Load() {
				return errSink
			}
			return nil
		}
		w.put(1, 0, 2)
		w.put(2, 0, 2)
		w.put(1, 2, 3) // refused; its gap is the first one to be told
		w.put(2, 2, 3)
		time.Sleep(10 * time.Second)
		if s := w.balance(); s.LostBy.Full != 2 || s.Gaps != 0 {
			t.Fatalf("%+v", s)
		}
		failing.Store(1)
		time.Sleep(10 * time.Second)
		if s, _ := w.log.TableStats(2); s.Gaps != 1 || len(w.gaps(2)) != 1 {
			t.Errorf("the healthy table's books are %+v, and it has %d gap records", s, len(w.gaps(2)))
		}
		if n := len(w.gaps(1)); n != 0 {
			t.Errorf("%d gap records of the other", n)
		}
		failing.Store(0)
		time.Sleep(10 * time.Second)
		if n := len(w.gaps(1)); n != 1 {
			t.Errorf("%d gap records of the table that was failing", n)
		}
	})
}

// A gap record that is rejected does not silence its table: what is lost while it is being written, and after, is told.
func TestGapAfterRejectedGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{MaxRows: 2})
		rejected := false // the logger's goroutine's
		w.hook.OnWrite = func(_ context.Context, table uint64, batch []*inferencelog.Record) error {
			if !batch[0].LostRows.Valid || rejected {
				return nil
			}
			rejected = true
			for i := range 3 { // one more than may wait
				w.log.Log(table, inferencelogtest.Plain(fmt.Sprint("meanwhile ", i), i))
			}
			return fmt.Errorf("no gaps: %w", inferencelog.ErrRejected)
		}
		w.put(1, 0, 3)
		time.Sleep(time.Minute)
		w.want(4, 0, 2)
		if gaps := w.gaps(1); len(gaps) != 1 || gaps[0].LostRows.Int != 1 {
			t.Errorf("a row was lost since the gap record that was rejected, and %d tell of it: %+v", len(gaps), w.log.Stats())
		}
	})
}
