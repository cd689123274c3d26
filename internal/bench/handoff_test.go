package bench

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// handoffRow: a row of 4 KB handed to the logger on the request path. Beside
// it: a send on a channel. Both queues have room, and are emptied off the
// clock. Reported too: a row for the usage table as well, as a whole call has
// it, and one that is to go to the journal.
func handoffRow() row {
	return row{name: "log-handoff", budget: 3, allocs: -1, open: openHandoff}
}

func BenchmarkHandoff(b *testing.B) { handoffRow().sideBySide(b) }

func openHandoff(tb testing.TB, _ scale) pair {
	records := make([]*inferencelog.Record, burst)
	for i := range records {
		records[i] = &inferencelog.Record{
			StatusCode: 200, Outcome: inferencelog.OutcomeOK, EventTime: time.Unix(1_800_000_000, 0),
			Request: bytes.Repeat([]byte("q"), 2048), Response: bytes.Repeat([]byte("a"), 2048),
		}
	}
	queue := make(chan *inferencelog.Record, burst)
	channel := side{
		name: "channel send",
		run: func(n int) error {
			for i := range n {
				queue <- records[i]
			}
			return nil
		},
		rest: func() error { return drain(queue) },
	}
	log, held := newLogger(tb), newHeld(tb)
	handOver := func(name string, log *inferencelog.Logger, to inferencelog.Target, rest func() error) side {
		return side{
			name: name,
			run: func(n int) error {
				for i := range n {
					if !log.LogTo(to, records[i]) {
						return errors.New("the logger refused a row")
					}
				}
				return nil
			},
			rest: rest,
		}
	}
	emptied := func() error { return flush(log) }
	return pair{
		reference: channel,
		ours:      handOver("ours", log, inferencelog.Target{Table: 1}, emptied),
		also: []pair{
			{reference: channel, ours: handOver("ours for two tables", log, inferencelog.Target{Table: 1, Usage: 2}, emptied)},
			{reference: channel, ours: handOver("ours for the journal", held, toJournal, func() error {
				if err := held.Drop(context.Background(), toJournal.Table); err != nil {
					return err
				}
				return held.Create(context.Background(), inferencelog.Table{ID: toJournal.Table, Name: "a.b.c"})
			})},
		},
	}
}

// newLogger returns a logger that holds a burst back until it is flushed, and
// whose rows go nowhere. A call may have two rows.
func newLogger(tb testing.TB) *inferencelog.Logger {
	log := inferencelog.New(nowhere{}, &inferencelog.Options{BatchRows: 4 * burst, FlushEvery: time.Hour})
	tb.Cleanup(func() {
		if lost, err := log.Close(context.Background()); lost != 0 || err != nil {
			tb.Errorf("%d rows lost: %v", lost, err)
		}
	})
	return log
}

var toJournal = inferencelog.Target{Table: 1, Durability: inferencelog.Journaled}

// newHeld returns a logger whose journal has stopped after a row of another
// table, so that what is handed over waits for it until the table is dropped:
// writing it would take a thousand times as long as handing it over.
func newHeld(tb testing.TB) *inferencelog.Logger {
	journal, err := inferencelog.OpenJournal(tb.TempDir(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	stopped, release := make(chan struct{}), make(chan struct{})
	log := inferencelog.New(nowhere{}, &inferencelog.Options{Journal: journal, Trace: &inferencelog.Trace{
		Journaled: func(int, int, time.Duration) {
			select {
			case stopped <- struct{}{}:
				<-release
			case <-release:
			}
		},
	}})
	tb.Cleanup(func() {
		close(release)
		if _, err := log.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	log.LogTo(inferencelog.Target{Table: 2, Durability: inferencelog.Journaled}, &inferencelog.Record{StatusCode: 200})
	<-stopped
	return log
}

func flush(log *inferencelog.Logger) error { return log.Flush(context.Background()) }

func drain(queue chan *inferencelog.Record) error {
	for len(queue) > 0 {
		<-queue
	}
	return nil
}

// nowhere is a sink that takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Create(context.Context, inferencelog.Table) error            { return nil }
func (nowhere) Drop(context.Context, uint64) error                          { return nil }
func (nowhere) Tables(context.Context) ([]inferencelog.Table, error)        { return nil, nil }
func (nowhere) Write(context.Context, uint64, []*inferencelog.Record) error { return nil }
func (nowhere) Close() error                                                { return nil }
