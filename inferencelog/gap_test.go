package inferencelog_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// gaps returns the gap records of a table, oldest first.
func (w *world) gaps(table uint64) []*inferencelog.Record {
	w.Helper()
	rows, err := inferencelogtest.Rows(w.Context(), w.memory, table, inferencelog.Query{Oldest: true})
	if err != nil {
		w.Fatal(err)
	}
	return slices.DeleteFunc(rows, func(r *inferencelog.Record) bool { return !r.LostRows.Valid })
}

// Rows that were refused are told in their table, how many, since when and why, once there is room again; and once only,
// also by a sink that stores a gap record and says that it has not.
func TestGapRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{MaxRows: 4, BatchRows: 4})
		var away atomic.Bool
		away.Store(true)
		w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			if away.Load() {
				return errSink
			}
			return nil
		}
		doubtful := true
		w.hook.AfterWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
			if doubtful && batch[0].LostRows.Valid {
				doubtful = false
				return errSink
			}
			return nil
		}
		w.put(1, 0, 4)
		time.Sleep(time.Second)
		first := time.Now()
		w.put(1, 4, 6)
		time.Sleep(time.Second)
		last := time.Now()
		w.put(1, 6, 7)
		if got := w.gaps(1); len(got) != 0 {
			t.Fatalf("told while the sink is away: %v", got)
		}
		away.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		got := w.gaps(1)
		if len(got) != 1 {
			t.Fatalf("%d gap records", len(got))
		}
		g := got[0]
		if g.LostRows.Int != 3 || !g.EventTime.Equal(first.Truncate(time.Microsecond)) || !slices.Equal(g.LoggingErrorCodes, []string{inferencelog.RowsLost}) ||
			g.RequestID != "" || g.Outcome != "" {
			t.Fatalf("%+v", g)
		}
		var says struct {
			Lost  map[string]int64
			Until time.Time
		}
		if err := json.Unmarshal(g.Response, &says); err != nil || says.Lost["full"] != 3 || !says.Until.Equal(last.UTC().Truncate(time.Microsecond)) {
			t.Fatalf("%s: %v", g.Response, err)
		}
		if s := w.balance(); s.Gaps != 1 || s.Stored != 4 || s.LostBy.Full != 3 {
			t.Fatalf("%+v", s)
		}
	})
}

// Rows that the sink does not store are told as well; those of a table that is gone, or that came after Close, are not.
func TestGapCauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hook.OnWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
			if slices.ContainsFunc(batch, func(r *inferencelog.Record) bool { return r.ID == "002" }) {
				return inferencelog.ErrRejected
			}
			return nil
		}
		w.put(1, 0, 5)
		w.put(9, 0, 5)
		if lost, err := w.log.Close(t.Context()); lost != 6 || err != nil {
			t.Fatal(lost, err)
		}
		w.put(1, 5, 6)
		if got := w.gaps(1); len(got) != 1 || got[0].LostRows.Int != 1 {
			t.Fatalf("%v", got)
		}
		if s, ok := w.log.TableStats(1); !ok || s.Gaps != 1 || s.Accepted != 6 || s.LostBy.Rejected != 1 || s.LostBy.Closed != 1 {
			t.Fatalf("%+v", s)
		}
	})
}

// The state follows the sink, and everybody who asked is told once of each change.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []inferencelog.State
		w := newWorld(t, &inferencelog.Options{Trace: &inferencelog.Trace{
			Changed: func(was, is inferencelog.Health) {
				if was.State == is.State {
					t.Errorf("told of no change: %+v", is)
				}
				told = append(told, is.State)
				panic("telemetry")
			},
			Stored:  func(uint64, int, time.Duration) { panic("telemetry") },
			Retried: func(uint64, int, error) { panic("telemetry") },
		}})
		if h := w.log.Health(); h.State != inferencelog.Working || h.Err != "" || h.Oldest != 0 {
			t.Fatalf("%+v", h)
		}
		var full atomic.Bool
		full.Store(true)
		w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			if full.Load() {
				return errors.New("the disk is full")
			}
			return nil
		}
		before := time.Now()
		r := inferencelogtest.Plain("a", 0)
		r.EventTime = before
		w.log.Log(1, r)
		time.Sleep(3 * time.Second)
		if h := w.log.Health(); h.State != inferencelog.SinkFailing || h.Err != "the disk is full" || h.Oldest != 3*time.Second || h.Since.Before(before) {
			t.Fatalf("%+v", h)
		}
		full.Store(false)
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h := w.log.Health(); h.State != inferencelog.Working || h.Err != "" || h.Oldest != 0 {
			t.Fatalf("%+v", h)
		}
		// A table that is gone and a row that is at fault are no fault of the sink's.
		w.put(9, 0, 1)
		w.log.Log(1, &inferencelog.Record{ID: "fine"})
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h := w.log.Health(); h.State != inferencelog.Working {
			t.Fatalf("%+v", h)
		}
		w.log.Close(t.Context())
		want := []inferencelog.State{inferencelog.SinkFailing, inferencelog.Working, inferencelog.Closed}
		if h := w.log.Health(); h.State != inferencelog.Closed || !slices.Equal(told, want) {
			t.Fatalf("%+v, told %v", h, told)
		}
	})
}
