package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// archive is a logger with a journal in a folder, over a sink in memory that outlives it.
type archive struct {
	*testing.T
	dir    string
	memory *inferencelog.Memory
	hook   *inferencelogtest.Hooked
	log    *inferencelog.Logger
	retry  time.Duration // RetryFor
	away   atomic.Bool   // the sink fails
	signs  chan struct{} // holds one after something has happened
}

var kept = inferencelog.Target{Table: 1, Durability: inferencelog.Journaled}

func newArchive(t *testing.T) *archive {
	a := &archive{T: t, dir: t.TempDir(), memory: inferencelog.NewMemory(), signs: make(chan struct{}, 1), retry: 10 * time.Millisecond}
	a.hook = &inferencelogtest.Hooked{LogSink: a.memory, OnWrite: func(context.Context, uint64, []*inferencelog.Record) error {
		if a.away.Load() {
			return errSink
		}
		return nil
	}}
	if err := a.memory.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	a.start(nil)
	t.Cleanup(func() { a.stop(time.Second) })
	return a
}

func (a *archive) start(o *inferencelog.JournalOptions) {
	a.Helper()
	journal, err := inferencelog.OpenJournal(a.dir, o)
	if err != nil {
		a.Fatal(err)
	}
	a.log = inferencelog.New(a.hook, &inferencelog.Options{
		Journal: journal, RetryFor: a.retry, FlushEvery: time.Millisecond,
		Trace: &inferencelog.Trace{
			Stored:  func(uint64, int, time.Duration) { a.sign() },
			Lost:    func(uint64, int, string) { a.sign() },
			Changed: func(_, _ inferencelog.Health) { a.sign() },
		},
	})
}

func (a *archive) sign() {
	select {
	case a.signs <- struct{}{}:
	default:
	}
}

// until waits for something to come true of the logger.
func (a *archive) until(is func() bool) {
	a.Helper()
	late := time.After(30 * time.Second)
	for !is() {
		select {
		case <-a.signs:
		case <-late:
			a.Fatalf("it does not come true: %+v, %+v", a.log.Stats(), a.log.Health())
		}
	}
}

// stop closes the logger within some time.
func (a *archive) stop(within time.Duration) inferencelog.Stats {
	a.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if _, err := a.log.Close(ctx); err != nil {
		a.Error(err)
	}
	return a.balance()
}

func (a *archive) balance() inferencelog.Stats {
	a.Helper()
	s := a.log.Stats()
	if s.Accepted != s.Stored+s.Pending+s.Lost || s.Pending < 0 {
		a.Errorf("the books do not balance: %+v", s)
	}
	return s
}

func (a *archive) append(from, to int) {
	a.Helper()
	for i := from; i < to; i++ {
		if err := a.log.Append(a.Context(), kept, inferencelogtest.Plain(fmt.Sprintf("%03d", i), i)); err != nil {
			a.Fatal(err)
		}
	}
}

func (a *archive) want(n int) {
	a.Helper()
	rows, err := inferencelogtest.Rows(a.Context(), a.memory, 1, inferencelog.Query{})
	if err != nil {
		a.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.ID] = true
	}
	if len(rows) != n || len(seen) != n {
		a.Fatalf("%d rows with %d ids, want %d", len(rows), len(seen), n)
	}
}

func (a *archive) flush() {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), 20*time.Second)
	defer cancel()
	if err := a.log.Flush(ctx); err != nil {
		a.Fatal(err)
	}
}

// Rows that were acknowledged while the sink was away are kept by the journal over the end of the logger, and stored by
// the next.
func TestJournalOutlivesTheLogger(t *testing.T) {
	a := newArchive(t)
	a.away.Store(true)
	a.append(0, 50)
	if s := a.stop(50 * time.Millisecond); s.Pending != 50 || s.Lost != 0 {
		t.Fatalf("%+v", s)
	}
	a.want(0)
	a.away.Store(false)
	a.start(nil)
	a.append(50, 60)
	a.flush()
	a.want(60)
	if s := a.balance(); s.Accepted != 60 || s.Stored != 60 {
		t.Fatalf("%+v", s)
	}
	a.stop(time.Second)
	if files, _ := filepath.Glob(filepath.Join(a.dir, "*.seg*")); len(files) > 1 {
		t.Errorf("a journal that is drained has %v", files)
	}
}

// The ids of rows are made before they are kept, so that a row is the same row when it is offered twice.
func TestJournalOffersTheSameRow(t *testing.T) {
	a := newArchive(t)
	a.stop(time.Second)
	a.hook.AfterWrite = func(context.Context, uint64, []*inferencelog.Record) error { return errSink }
	a.start(nil)
	for range 20 {
		if err := a.log.Append(t.Context(), kept, &inferencelog.Record{Request: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	a.stop(50 * time.Millisecond)
	a.hook.AfterWrite = nil
	a.start(nil)
	a.flush()
	a.want(20)
}

// A row that cannot be stored is in nobody's way: rejected, it is stored bare or put aside; failing, it stays in the journal.
func TestJournalPoison(t *testing.T) {
	a := newArchive(t)
	a.stop(time.Second)
	var healed atomic.Bool
	a.hook.OnWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
		for _, r := range batch {
			switch {
			case r.ID == "007" && r.Request != nil, r.ID == "011":
				return fmt.Errorf("bad: %w", inferencelog.ErrRejected)
			case r.ID == "013" && !healed.Load():
				return errSink
			}
		}
		return nil
	}
	a.start(nil)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() { a.append(i, i+1) })
	}
	wg.Wait()
	a.until(func() bool { s := a.log.Stats(); return s.Stored == 28 && s.LostBy.Rejected == 1 }) // without the one that is put aside and the one that is stuck
	if s := a.balance(); s.Pending != 1 || s.LostBy.Rejected != 1 {
		t.Fatalf("%+v", s)
	}
	healed.Store(true)
	a.flush()
	rows, err := inferencelogtest.Rows(t.Context(), a.memory, 1, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	bare, gaps := 0, 0
	for _, r := range rows {
		if r.ID == "007" && r.Request == nil && strings.Contains(strings.Join(r.LoggingErrorCodes, " "), inferencelog.PayloadsNotStorable) {
			bare++
		}
		if r.LostRows.Valid {
			gaps++
		}
	}
	if bare != 1 || len(rows)-gaps != 29 {
		t.Fatalf("%d rows, %d bare, %d gaps", len(rows), bare, gaps)
	}
	aside, err := os.ReadFile(filepath.Join(a.dir, "rejected.jsonl"))
	if err != nil || strings.Count(string(aside), "\n") != 1 || !strings.Contains(string(aside), `"invocation_id":"011"`) {
		t.Fatalf("put aside: %q, %v", aside, err)
	}
}

// A journal that is full or broken is not in the way of calls: rows go on as fast ones, and the state says so.
func TestJournalAway(t *testing.T) {
	a := newArchive(t)
	a.stop(time.Second)
	block := make(chan struct{})
	a.hook.OnWrite = func(ctx context.Context, _ uint64, _ []*inferencelog.Record) error {
		select {
		case <-block:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	a.retry = time.Minute
	a.start(&inferencelog.JournalOptions{MaxBytes: 64 << 10})
	const n = 200
	for i := range n {
		r := inferencelogtest.Plain(fmt.Sprintf("%03d", i), i)
		r.Request = make([]byte, 4<<10)
		if !a.log.LogTo(kept, r) {
			t.Fatal("refused")
		}
	}
	a.until(func() bool { return a.log.Health().State == inferencelog.JournalAway })
	close(block)
	a.flush()
	a.want(n)
	if h := a.log.Health(); h.State != inferencelog.Working && h.State != inferencelog.JournalAway {
		t.Errorf("%+v", h)
	}
}

// Append tells when a row is acknowledged: kept by the journal, or stored where there is none; and when it is lost.
func TestAppend(t *testing.T) {
	a := newArchive(t)
	a.away.Store(true)
	if err := a.log.Append(t.Context(), kept, inferencelogtest.Plain("kept", 0)); err != nil {
		t.Fatal(err)
	}
	fast := inferencelog.Target{Table: 1}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.log.Append(over, fast, inferencelogtest.Plain("late", 0)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	a.away.Store(false)
	if err := a.log.Append(t.Context(), inferencelog.Target{Table: 99}, inferencelogtest.Plain("nowhere", 0)); !errors.Is(err, inferencelog.ErrLost) {
		t.Fatal(err)
	}
	both := inferencelog.Target{Table: 1, Usage: 2}
	if err := a.log.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.usage", Layout: inferencelog.Usage}); err != nil {
		t.Fatal(err)
	}
	if err := a.log.Append(t.Context(), both, inferencelogtest.Plain("both", 0)); err != nil {
		t.Fatal(err)
	}
	both.Durability = inferencelog.Journaled
	if err := a.log.Append(t.Context(), both, inferencelogtest.Plain("both kept", 0)); err != nil {
		t.Fatal(err)
	}
	a.flush()
	for table, want := range map[uint64]int64{1: 4, 2: 2} { // kept, late, both, both kept
		s, ok := a.log.TableStats(table)
		if !ok || s.Stored != want || s.Accepted != want {
			t.Errorf("table %d: %+v", table, s)
		}
	}
}

// The rows of a table that was dropped go with it, also those in the journal, and a later table gets none of them.
func TestJournalDrop(t *testing.T) {
	a := newArchive(t)
	a.away.Store(true)
	a.append(0, 10)
	a.away.Store(false)
	if err := a.log.Drop(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := a.log.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	a.flush()
	if s := a.balance(); s.LostBy.NoTable+s.Stored != 10 || s.Pending != 0 {
		t.Fatalf("%+v", s)
	}
	if rows, _ := inferencelogtest.Rows(t.Context(), a.memory, 2, inferencelog.Query{}); len(rows) != 0 {
		t.Fatal(len(rows))
	}
}

// One folder, one journal; one journal, one logger.
func TestJournalIsOnesOwn(t *testing.T) {
	a := newArchive(t)
	a.stop(time.Second)
	journal, err := inferencelog.OpenJournal(a.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.log = inferencelog.New(a.hook, &inferencelog.Options{Journal: journal})
	second := inferencelog.New(a.hook, &inferencelog.Options{Journal: journal})
	if !a.log.Journaled() || second.Journaled() {
		t.Error("two loggers have one journal")
	}
	if err := second.Append(t.Context(), kept, inferencelogtest.Plain("other", 0)); err != nil {
		t.Error(err)
	}
	if _, err := second.Close(t.Context()); err != nil {
		t.Error(err)
	}
	a.append(0, 3)
	if _, err := inferencelog.OpenJournal(a.dir, nil); err == nil {
		t.Fatal("opened twice")
	}
}
