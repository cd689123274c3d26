package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

var errSink = errors.New("the sink is unwell")

// world is a logger over a memory sink with one table, 1, and a hook to make it misbehave. It lives in a synctest bubble.
type world struct {
	*testing.T
	memory *inferencelog.Memory
	hook   *inferencelogtest.Hooked
	log    *inferencelog.Logger
}

func newWorld(t *testing.T, opts *inferencelog.Options) *world {
	w := &world{T: t, memory: inferencelog.NewMemory()}
	w.hook = &inferencelogtest.Hooked{LogSink: w.memory}
	w.log = inferencelog.New(w.hook, opts)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		w.log.Close(ctx)
		w.balance()
	})
	if err := w.log.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// balance checks the books.
func (w *world) balance() inferencelog.Stats {
	w.Helper()
	s := w.log.Stats()
	by := s.LostBy
	if s.Accepted != s.Stored+s.Pending+s.Lost || s.Lost != by.Full+by.Closed+by.NoTable+by.Rejected+by.Failed+by.Cut || s.Pending < 0 {
		w.Errorf("the books do not balance: %+v", s)
	}
	return s
}

func (w *world) ids(table uint64) []string {
	w.Helper()
	rows, err := inferencelogtest.Rows(w.Context(), w.memory, table, inferencelog.Query{})
	if err != nil {
		w.Fatal(err)
	}
	var ids []string
	for _, r := range rows {
		if !r.LostRows.Valid { // no gap record
			ids = append(ids, r.ID)
		}
	}
	slices.Reverse(ids)
	return ids
}

func (w *world) put(table uint64, from, to int) {
	for i := from; i < to; i++ {
		w.log.Log(table, inferencelogtest.Plain(fmt.Sprintf("%03d", i), i))
	}
}

func (w *world) want(stored, pending, lost int64) {
	w.Helper()
	if s := w.balance(); s.Stored != stored || s.Pending != pending || s.Lost != lost {
		w.Fatalf("%+v, want stored %d, pending %d, lost %d", s, stored, pending, lost)
	}
}

// hang makes every write wait until its context is over, and tells what the context said.
func hang(ctx context.Context, _ uint64, _ []*inferencelog.Record) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestLoggerLaws(t *testing.T) {
	for _, l := range []struct {
		name, says string
		opts       *inferencelog.Options
		check      func(w *world)
	}{
		{"waits-for-company", "a row is written FlushEvery after it came, or at once when BatchRows wait", nil, checkFlushEvery},
		{"fair", "tables take turns; each keeps its order", &inferencelog.Options{BatchRows: 2}, checkFair},
		{"never-waits", "Log returns at once while the sink hangs, and refuses when MaxRows wait", &inferencelog.Options{MaxRows: 10}, checkNeverWaits},
		{"bytes", "rows are refused when MaxBytes would be exceeded, and taken again after", &inferencelog.Options{MaxBytes: 10_000}, checkBytes},
		{"transient", "a sink that gets well again loses nothing and stores nothing twice", nil, checkTransient},
		{"uncertain", "a write that failed after it stored is repeated and stored once", nil, checkUncertain},
		{"poison", "a row that cannot be stored is lost alone, wherever it is", nil, checkPoison},
		{"rejected-at-once", "a rejection is not waited out", nil, checkRejectedAtOnce},
		{"outage", "a sink that stays away costs nothing as long as there is room for what waits", nil, checkOutage},
		{"hanging-batch", "a sink that hangs is asked for a bounded time, then again, and loses nothing", nil, checkHangingBatch},
		{"panic", "a sink that panics is a sink that fails", nil, checkPanic},
		{"flush", "Flush returns when all rows before it are settled, and not before", nil, checkFlush},
		{"flush-context", "Flush gives up with its context", nil, checkFlushContext},
		{"close-drains", "Close stores what waits; nothing is accepted afterwards", nil, checkCloseDrains},
		{"close-cut", "Close returns within its context with the exact number lost", nil, checkCloseCut},
		{"close-stuck", "Close returns even when the sink ignores its context; the books stay closed", nil, checkCloseStuck},
		{"drop", "after Drop no row of the table is written; those that waited are counted lost", nil, checkDrop},
		{"drop-under-way", "Drop waits for the write under way, also of a batch that is being retried", nil, checkDropUnderWay},
		{"drop-fails", "a Drop that fails leaves the table and the rows that wait", nil, checkDropFails},
		{"no-table", "rows for a table that is not there are counted lost", nil, checkNoTable},
		{"read-your-calls", "Rows shows a row that was logged before", nil, checkReadYourCalls},
		{"ids", "a row without an id gets one of its own, one without a time the present", nil, checkIDs},
		{"payloads", "payloads are capped, and mended, and it is noted", nil, checkPayloads},
		{"handed-over", "a payload is stored as it was handed over, without a copy", nil, checkHandedOver},
	} {
		t.Run(l.name, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("the law: %s", l.says)
				}
			}()
			synctest.Test(t, func(t *testing.T) { l.check(newWorld(t, l.opts)) })
		})
	}
}

func checkFlushEvery(w *world) {
	w.put(1, 0, 255)
	synctest.Wait()
	w.want(0, 255, 0)
	time.Sleep(200*time.Millisecond - time.Nanosecond)
	synctest.Wait()
	w.want(0, 255, 0)
	time.Sleep(time.Nanosecond)
	synctest.Wait()
	w.want(255, 0, 0)
	w.put(1, 255, 255+256)
	synctest.Wait()
	w.want(511, 0, 0)
}

func checkFair(w *world) {
	var order []uint64
	w.hook.OnWrite = func(_ context.Context, id uint64, batch []*inferencelog.Record) error {
		if len(order) == 0 {
			time.Sleep(time.Second) // while the others queue up
		}
		order = append(order, id)
		if len(batch) > 2 {
			w.Errorf("a batch of %d rows", len(batch))
		}
		return nil
	}
	if err := w.log.Create(w.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}); err != nil {
		w.Fatal(err)
	}
	w.put(1, 0, 2)
	synctest.Wait()
	w.put(1, 2, 8)
	w.put(2, 0, 4)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	if want := []uint64{1, 1, 2, 1, 2, 1}; !slices.Equal(order, want) {
		w.Errorf("batches of tables %v, want %v", order, want)
	}
	if got := w.ids(1); !slices.IsSorted(got) || len(got) != 8 {
		w.Errorf("rows %v", got)
	}
}

func checkNeverWaits(w *world) {
	w.hook.OnWrite = hang
	start := time.Now()
	for i := range 25 {
		if took := w.log.Log(1, inferencelogtest.Plain(fmt.Sprint(i), i)); took != (i < 10) {
			w.Fatalf("row %d: accepted %v", i, took)
		}
		synctest.Wait()
		w.balance()
	}
	if !time.Now().Equal(start) {
		w.Fatalf("Log waited %v", time.Since(start))
	}
	w.want(0, 10, 15)
	if by := w.log.Stats().LostBy; by.Full != 15 {
		w.Fatalf("%+v", by)
	}
}

func checkBytes(w *world) {
	big := func(id string, n int) *inferencelog.Record {
		return &inferencelog.Record{ID: id, Request: make([]byte, n)}
	}
	release := make(chan struct{})
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error { <-release; return nil }
	for _, c := range []struct {
		size int
		took bool
	}{{10_000, false}, {4000, true}, {4000, false}, {3000, true}, {0, false}} {
		if took := w.log.Log(1, big(fmt.Sprint(c), c.size)); took != c.took {
			w.Fatalf("%+v: %v", c, took)
		}
		synctest.Wait() // the batch being written still counts
	}
	close(release)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	synctest.Wait()
	if !w.log.Log(1, big("later", 7500)) {
		w.Fatal("the bytes of stored rows were not given back")
	}
	if err := w.log.Drop(w.Context(), 1); err != nil {
		w.Fatal(err)
	}
	synctest.Wait()
	if !w.log.Log(2, big("no table", 1000)) || w.log.Drop(w.Context(), 2) == nil {
		w.Fatal("a row was not taken")
	}
	long := big("long", inferencelog.MaxPayload+1)
	if !w.log.Log(1, long) {
		w.Fatal("a payload that is not kept has weight, or the bytes of dropped rows were not given back")
	}
	if long.Request != nil {
		w.Fatal("a payload that is not kept is held")
	}
	w.log.Drop(w.Context(), 1)
	if !w.log.Log(1, big("after drop", 7500)) {
		w.Fatal("the bytes of dropped rows were not given back")
	}
}

// Lost rows are told to a person, by cause, and never on the request path.
func TestLossIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zap.WarnLevel)
		w := newWorld(t, &inferencelog.Options{Zap: zap.New(core), MaxRows: 2})
		w.put(9, 0, 5)
		if lines.Len() != 0 {
			t.Fatal("a line on the request path")
		}
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if lines.FilterMessage("inference log rows lost").Len() != 1 || lines.FilterMessage("inference log is full").Len() != 1 {
			t.Fatalf("%v", lines.All())
		}
	})
}

// A logger without a sink has no table, and panics nowhere.
func TestNoSink(t *testing.T) {
	log := inferencelog.New(nil, nil)
	log.Log(1, &inferencelog.Record{})
	if err := log.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err == nil {
		t.Error("created in no sink")
	}
	if lost, err := log.Close(t.Context()); lost != 1 || err != nil {
		t.Error(lost, err)
	}
}

// rows returns the rows of a table by their ids.
func (w *world) rows(table uint64) map[string]*inferencelog.Record {
	w.Helper()
	list, err := inferencelogtest.Rows(w.Context(), w.memory, table, inferencelog.Query{})
	if err != nil {
		w.Fatal(err)
	}
	by := map[string]*inferencelog.Record{}
	for _, r := range list {
		by[r.ID] = r
	}
	return by
}
