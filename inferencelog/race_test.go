package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// A row that is rejected is stored bare while the table of its request's other row is dropped: what settles the one does
// not touch what the other is copied from. The race detector is the judge.
func TestRejectedWhileOtherTableIsDropped(t *testing.T) {
	memory := inferencelog.NewMemory()
	in := make(chan struct{}, 1)
	sink := &inferencelogtest.Hooked{LogSink: memory, OnWrite: func(_ context.Context, table uint64, batch []*inferencelog.Record) error {
		if table != 1 || batch[0].Request == nil {
			return nil
		}
		select {
		case in <- struct{}{}:
		default:
		}
		return inferencelog.ErrRejected
	}}
	l := inferencelog.New(sink, &inferencelog.Options{FlushEvery: time.Millisecond})
	create := func(id uint64) {
		if err := l.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.t", id)}); err != nil {
			t.Fatal(err)
		}
	}
	create(1)
	for usage := uint64(2); usage < 60; usage++ {
		create(usage)
		for range 16 {
			l.LogTo(inferencelog.Target{Table: 1, Usage: usage}, &inferencelog.Record{Request: []byte("x")})
		}
		<-in
		if err := l.Drop(t.Context(), usage); err != nil {
			t.Fatal(err)
		}
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-in:
		default:
		}
	}
	if _, err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if s := l.Stats(); s.Pending != 0 || s.Accepted != s.Stored+s.Lost || s.Lost != s.LostBy.NoTable {
		t.Errorf("%+v", s)
	}
}

// deaf ignores its context.
type deaf struct{ inferencelog.LogSink }

func (s deaf) Write(_ context.Context, id uint64, batch []*inferencelog.Record) error {
	return s.LogSink.Write(context.Background(), id, batch)
}

// A branch of a fan-out that was given up still reads its batch, while the logger settles the rows, and others of the
// same requests.
func TestStragglerWhileRowsAreSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var waited atomic.Bool
		slow := deaf{&inferencelogtest.Hooked{LogSink: inferencelog.NewMemory(), OnWrite: func(_ context.Context, table uint64, _ []*inferencelog.Record) error {
			if table == 2 && waited.CompareAndSwap(false, true) {
				<-gate
			}
			return nil
		}}}
		l := inferencelog.New(inferencelog.FanOut(inferencelog.NewMemory(), slow), &inferencelog.Options{
			FlushEvery: time.Millisecond, WriteTimeout: 10 * time.Millisecond, RetryFor: time.Millisecond,
		})
		for id, layout := range map[uint64]inferencelog.Layout{1: inferencelog.Payload, 2: inferencelog.Usage} {
			if err := l.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.t", id), Layout: layout}); err != nil {
				t.Fatal(err)
			}
		}
		put := func() {
			for range 50 {
				l.LogTo(inferencelog.Target{Table: 1, Usage: 2}, &inferencelog.Record{Request: []byte("x")})
			}
		}
		put()
		time.Sleep(30 * time.Millisecond)
		if !waited.Load() {
			t.Error("the slow branch was not asked")
		}
		put()
		close(gate)
		if _, err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if s := l.Stats(); s.Accepted != 200 || s.Pending != 0 || s.Accepted != s.Stored+s.Lost {
			t.Errorf("%+v", s)
		}
	})
}

// Whatever happens at once, the books balance at every instant, the sum's and each table's, and what they call pending
// in the end is in the journal.
func TestBooksWhileAllHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			switch rand.IntN(12) {
			case 0:
				return errSink
			case 1:
				return fmt.Errorf("never: %w", inferencelog.ErrRejected)
			case 2:
				panic("the sink panics")
			}
			return nil
		}
		a.stop(time.Second)
		journal, err := inferencelog.OpenJournal(a.dir, &inferencelog.JournalOptions{SegmentBytes: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		a.log = inferencelog.New(a.hook, &inferencelog.Options{
			Journal: journal, RetryFor: time.Millisecond, FlushEvery: time.Millisecond, MaxRows: 300, BatchRows: 16,
		})
		var next atomic.Uint64
		next.Store(1)
		create := func() uint64 {
			id := next.Add(1)
			if err := a.memory.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.t", id)}); err != nil {
				t.Error(err)
			}
			return id
		}
		var tables [4]atomic.Uint64
		for i := range tables {
			tables[i].Store(create())
		}
		target := func() inferencelog.Target {
			to := inferencelog.Target{Table: tables[rand.IntN(4)].Load(), Usage: tables[rand.IntN(4)].Load()}
			if to.Usage == to.Table {
				to.Usage = 0
			}
			if rand.IntN(2) == 0 {
				to.Durability = inferencelog.Journaled
			}
			return to
		}
		bounded, end := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer end()
		briefly := func(f func(context.Context) error) {
			ctx, cancel := context.WithTimeout(bounded, time.Millisecond)
			defer cancel()
			if err := f(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, inferencelog.ErrLost) {
				t.Error(err)
			}
		}
		var busy sync.WaitGroup
		loop := func(pause time.Duration, f func()) {
			busy.Go(func() {
				for bounded.Err() == nil {
					f()
					time.Sleep(pause)
				}
			})
		}
		for range 3 {
			loop(100*time.Microsecond, func() {
				a.log.LogTo(target(), &inferencelog.Record{Request: make([]byte, rand.IntN(2000))})
			})
		}
		loop(time.Millisecond, func() {
			briefly(func(ctx context.Context) error { return a.log.Append(ctx, target(), &inferencelog.Record{}) })
		})
		loop(time.Millisecond, func() { briefly(a.log.Flush) })
		loop(2*time.Millisecond, func() {
			_ = a.log.Drop(t.Context(), tables[rand.IntN(4)].Swap(create()))
		})
		loop(500*time.Microsecond, func() {
			a.balance()
			for i := range tables {
				if s, _ := a.log.TableStats(tables[i].Load()); s.Accepted != s.Stored+s.Pending+s.Lost || s.Pending < 0 {
					t.Errorf("%+v", s)
				}
			}
		})
		busy.Wait()
		_, _ = a.within(20 * time.Millisecond)
		synctest.Wait()
		s := a.balance()
		if s.Stored == 0 || s.Lost == 0 {
			t.Errorf("%+v", s)
		}
		a.start(nil)
		a.flush()
		if again := a.balance(); again.Accepted < s.Pending {
			t.Errorf("%d rows were pending, and the next process has %+v", s.Pending, again)
		}
	})
}
