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

// A dropped table has no books, also when rows of it come up in the journal afterwards; they count in the sum.
func TestDropEndsTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 10)
		if err := a.log.Drop(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		a.away.Store(false)
		a.flush()
		if s := a.balance(); s.LostBy.NoTable != 10 || s.Pending != 0 {
			t.Errorf("%+v", s)
		}
		if s, ok := a.log.TableStats(1); ok {
			t.Errorf("a dropped table has the books %+v", s)
		}
	})
}

// The row of a call that was under way when its table was dropped does not bring the table's books back.
func TestLateRowOfDroppedTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const tables = 200
		for id := uint64(2); id < 2+tables; id++ {
			if err := w.log.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.t", id)}); err != nil {
				t.Fatal(err)
			}
			if err := w.log.Drop(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			w.put(id, 0, 1)
		}
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.want(0, 0, tables)
		for id := uint64(2); id < 2+tables; id++ {
			if s, ok := w.log.TableStats(id); ok {
				t.Fatalf("table %d has the books %+v", id, s)
			}
		}
	})
}

// What Trace.Lost was told is what the books say: also of what goes with a table, and of what Close cuts off.
func TestTraceLostIsTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		w := newWorld(t, &inferencelog.Options{FlushEvery: time.Hour, Trace: &inferencelog.Trace{
			Lost: func(_ uint64, rows int, _ string) { told.Add(int64(rows)) },
		}})
		if err := w.log.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}); err != nil {
			t.Fatal(err)
		}
		w.hook.OnWrite = hang
		w.put(1, 0, 5)
		if err := w.log.Drop(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		w.put(2, 0, 300) // a batch, which is being written, and more
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		lost, err := w.log.Close(ctx)
		if lost != 305 || err == nil {
			t.Errorf("Close: %d, %v", lost, err)
		}
		w.put(1, 5, 6) // refused
		synctest.Wait()
		if s := w.balance(); told.Load() != s.Lost {
			t.Errorf("the trace was told of %d, the books say %+v", told.Load(), s)
		}
	})
}

// What Trace.Stored was told is what the books say: a gap record is no row that was accepted.
func TestTraceStoredIsTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		w := newWorld(t, &inferencelog.Options{RetryFor: time.Second, Trace: &inferencelog.Trace{
			Stored: func(_ uint64, rows int, _ time.Duration) { told.Add(int64(rows)) },
		}})
		w.hook.OnWrite = poisoned(errSink, "lost")
		w.log.Log(1, inferencelogtest.Plain("lost", 0))
		time.Sleep(time.Minute)
		w.log.Log(1, inferencelogtest.Plain("stored", 1))
		time.Sleep(time.Minute)
		w.want(1, 0, 1)
		if s := w.log.Stats(); s.Gaps != 1 || told.Load() != s.Stored {
			t.Errorf("the trace was told of %d, the books say %+v", told.Load(), s)
		}
	})
}

// Rows that still come for a table that is gone are dropped with it when it is dropped again, and hold no memory.
func TestDropTwice(t *testing.T) {
	a := newArchive(t)
	for range 3 {
		for i := range 20 {
			a.log.LogTo(kept, inferencelogtest.Plain(fmt.Sprintf("late %d", i), i))
		}
		_ = a.log.Drop(t.Context(), 1)
	}
	a.flush()
	if s := a.balance(); s.Pending != 0 || s.Accepted != 60 {
		t.Errorf("%+v", s)
	}
}
