package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// moody is a memory sink with moods. It honours its context and counts the rows that go with dropped tables.
type moody struct {
	*inferencelog.Memory
	mu   sync.Mutex
	mood string
	gone int64
}

func (m *moody) set(mood string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood = mood
}

// ill reports whether it stores nothing at all.
func (m *moody) ill() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mood == "failing" || m.mood == "hanging"
}

func (m *moody) rows(id uint64) int64 {
	rows, _ := inferencelogtest.Rows(context.Background(), m.Memory, id, inferencelog.Query{Columns: []string{"invocation_id"}})
	return int64(len(rows))
}

func (m *moody) Drop(ctx context.Context, id uint64) error {
	rows := m.rows(id)
	err := m.Memory.Drop(ctx, id)
	if err == nil {
		m.gone += rows
	}
	return err
}

func (m *moody) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	m.mu.Lock()
	mood := m.mood
	m.mu.Unlock()
	switch mood {
	case "failing":
		return errSink
	case "hanging":
		<-ctx.Done()
		return ctx.Err()
	case "slow":
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	case "picky":
		for _, r := range batch {
			if r.StatusCode == 500 {
				return inferencelog.ErrRejected
			}
		}
	}
	return m.Memory.Write(ctx, id, batch)
}

// Whatever the sink does and whenever the logger is closed: the books balance after every step, every row taken is in the
// sink exactly when it is counted stored, and Close tells exactly what is missing.
func TestBooksOfAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			ctx := context.Background()
			memory := inferencelog.NewMemory()
			sink := &moody{Memory: memory}
			log := inferencelog.New(sink, &inferencelog.Options{
				MaxRows:   rapid.Int64Range(1, 20).Draw(t, "max rows"),
				BatchRows: rapid.IntRange(1, 8).Draw(t, "batch rows"),
				RetryFor:  time.Second,
			})
			defer func() { // also when the history is cut short
				over, cancel := context.WithCancel(ctx)
				cancel()
				_, _ = log.Close(over)
			}()
			balance := func() inferencelog.Stats {
				s := log.Stats()
				by := s.LostBy
				if s.Accepted != s.Stored+s.Pending+s.Lost || s.Lost != by.Full+by.Closed+by.NoTable+by.Rejected+by.Failed+by.Cut {
					t.Fatalf("%+v", s)
				}
				return s
			}
			var offered int64
			steps := rapid.IntRange(1, 40).Draw(t, "steps")
			for range steps {
				id := rapid.Uint64Range(1, 3).Draw(t, "table")
				switch rapid.SampledFrom([]string{"log", "log", "log", "create", "drop", "mood", "time", "flush"}).Draw(t, "step") {
				case "log":
					for range rapid.IntRange(1, 9).Draw(t, "rows") {
						offered++
						r := inferencelogtest.Plain(fmt.Sprint(offered), int(offered))
						r.StatusCode = rapid.SampledFrom([]int{200, 500}).Draw(t, "status")
						log.Log(id, r)
					}
				case "create":
					_ = log.Create(ctx, inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.", id)})
				case "drop":
					_ = log.Drop(ctx, id)
				case "mood":
					sink.set(rapid.SampledFrom([]string{"well", "failing", "hanging", "slow", "picky"}).Draw(t, "mood"))
				case "time":
					time.Sleep(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
				case "flush":
					before := balance()
					within, done := context.WithTimeout(ctx, time.Minute)
					err := log.Flush(within)
					done()
					after := balance()
					switch {
					case err != nil && !(errors.Is(err, context.DeadlineExceeded) && sink.ill()):
						t.Fatal(err)
					case err == nil && (after.Pending != 0 || after.Accepted != before.Accepted):
						t.Fatalf("after Flush: %+v", after)
					}
				}
				synctest.Wait()
				if s := balance(); s.Accepted != offered {
					t.Fatalf("%d offered, %+v", offered, s)
				}
			}
			closing, cancel := context.WithTimeout(ctx, time.Duration(rapid.IntRange(1, 5000).Draw(t, "close within ms"))*time.Millisecond)
			defer cancel()
			lost, err := log.Close(closing)
			s := balance()
			if s.Pending != 0 || s.Lost != lost || (err != nil) != (s.LostBy.Cut > 0) || offered != s.Stored+lost {
				t.Fatalf("closed with %d lost, %v: %+v", lost, err, s)
			}
			synctest.Wait()
			if there := sink.rows(1) + sink.rows(2) + sink.rows(3) + sink.gone; there != s.Stored+s.Gaps {
				t.Fatalf("the sink has %d rows, the books say %d", there, s.Stored)
			}
		})
	})
}

// The books balance for a reader at any instant while many goroutines log and the logger closes among them.
func TestBooksUnderContention(t *testing.T) {
	const loggers, each = 4, 2000
	memory := inferencelog.NewMemory()
	log := inferencelog.New(memory, &inferencelog.Options{MaxRows: 500, FlushEvery: time.Millisecond})
	if err := log.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	taken := make([]int64, loggers)
	for g := range loggers {
		wg.Go(func() {
			for i := range each {
				if log.Log(1, inferencelogtest.Plain(fmt.Sprintf("%d/%d", g, i), i)) {
					taken[g]++
				}
				if s := log.Stats(); s.Accepted != s.Stored+s.Pending+s.Lost || s.Pending > 500 {
					t.Errorf("%+v", s)
				}
				if g == 0 && i == each/2 {
					if _, err := log.Close(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	s := log.Stats()
	rows, err := inferencelogtest.Rows(t.Context(), memory, 1, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, n := range taken {
		sum += n
	}
	if s.Accepted != loggers*each || s.Stored+s.Gaps != int64(len(rows)) || sum != s.Stored || s.LostBy.Closed == 0 {
		t.Fatalf("%+v, %d taken, %d rows", s, sum, len(rows))
	}
}
