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
// clock.
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
	log := newLogger(tb)
	return pair{
		reference: side{
			name: "channel send",
			run: func(n int) error {
				for i := range n {
					queue <- records[i]
				}
				return nil
			},
			rest: func() error { return drain(queue) },
		},
		ours: side{
			name: "ours",
			run: func(n int) error {
				for i := range n {
					if !log.Log(1, records[i]) {
						return errors.New("the logger refused a row")
					}
				}
				return nil
			},
			rest: func() error { return flush(log) },
		},
	}
}

// newLogger returns a logger that holds a burst back until it is flushed, and
// whose rows go nowhere.
func newLogger(tb testing.TB) *inferencelog.Logger {
	log := inferencelog.New(nowhere{}, &inferencelog.Options{BatchRows: 2 * burst, FlushEvery: time.Hour})
	tb.Cleanup(func() {
		if lost, err := log.Close(context.Background()); lost != 0 || err != nil {
			tb.Errorf("%d rows lost: %v", lost, err)
		}
	})
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
