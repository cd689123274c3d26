package inferencelog_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// Oldest is of this process's rows: what an earlier one has left in the journal, however old, is not in it.
func TestOldestOfThisProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		r := inferencelogtest.Plain("old", 0)
		r.EventTime = time.Now().Add(-72 * time.Hour)
		if err := a.log.Append(t.Context(), kept, r); err != nil {
			t.Fatal(err)
		}
		a.stop(50 * time.Millisecond)
		begun := time.Now()
		a.start(nil)
		time.Sleep(time.Second)
		if s, h := a.log.Stats(), a.log.Health(); s.Pending != 1 || h.Oldest > time.Since(begun) {
			t.Errorf("%+v, %+v", s, h)
		}
		r = inferencelogtest.Plain("new", 0)
		r.EventTime = time.Now()
		if err := a.log.Append(t.Context(), kept, r); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if h := a.log.Health(); h.Oldest < 10*time.Second || h.Oldest > time.Since(begun) {
			t.Errorf("%+v", h)
		}
		a.away.Store(false)
		a.flush()
		if h := a.log.Health(); h.Oldest != 0 {
			t.Errorf("nothing waits: %+v", h)
		}
	})
}

// Oldest follows the rows: while there is always something to read in the journal, and each row is stored soon, it does
// not grow.
func TestOldestUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			time.Sleep(50 * time.Millisecond)
			return nil
		}
		worst, n := time.Duration(0), 0
		for range 60 { // a second and a half
			for a.log.Stats().Pending < 600 { // what is read at once, and more
				r := inferencelogtest.Plain(fmt.Sprint(n), 0)
				r.EventTime = time.Now()
				a.log.LogTo(kept, r)
				n++
			}
			time.Sleep(25 * time.Millisecond)
			worst = max(worst, a.log.Health().Oldest)
		}
		if s := a.balance(); worst > 500*time.Millisecond || worst == 0 || s.Stored < 5000 {
			t.Errorf("Oldest was %v; %+v", worst, s)
		}
		a.flush()
	})
}

// Oldest is never negative and never longer than the logger has been there, whatever time a row says it is of.
func TestOldestOfAbsurdTimes(t *testing.T) {
	for _, year := range []int{-5000, 1, 1600, 1969, 2300, 5000, 20_000} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			w := newWorld(t, nil)
			w.hook.OnWrite = hang
			w.log.Log(1, &inferencelog.Record{EventTime: time.Date(year, 1, 1, 0, 0, 1, 0, time.UTC)})
			time.Sleep(time.Second)
			if h := w.log.Health(); h.Oldest < 0 || h.Oldest > time.Since(begun) {
				t.Errorf("year %d: Oldest %v after %v", year, h.Oldest, time.Since(begun))
			}
		})
	}
}
