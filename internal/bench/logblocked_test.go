package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// logBlockedRow: what a sink that never returns adds to the slowest call of a
// hundred, in milliseconds on the wall: calls like those of the row call, beside
// the same without a log. Half way there is no room for rows any more, and calls
// are answered as before. The sides take turns of 500 calls.
func logBlockedRow() row {
	return row{name: "log-blocked", budget: 0.2, unit: "ms", difference: true, allocs: -1, weigh: weighLogBlocked}
}

// A turn is so many calls, and each side has so many turns.
const (
	blockedTurn  = 500
	blockedTurns = 60
)

func weighLogBlocked(tb testing.TB, scale scale) figure {
	sink := newStuck(tb)
	log := sink.log(&inferencelog.Options{MaxRows: 2 * int64(scale.of(blockedTurns)) * blockedTurn / 2})
	blocked, without := openCaller(tb, scale, log), openCaller(tb, scale, nil)
	for _, c := range [2]*directCaller{blocked, without} {
		if err := c.calls(blockedTurn); err != nil {
			tb.Fatal(err)
		}
		c.took = c.took[:0]
	}
	if err := flush(log); err != nil {
		tb.Fatal(err)
	}
	sink.block()
	for i := range scale.of(blockedTurns) {
		sides := [2]*directCaller{blocked, without}
		if i%2 == 1 {
			slices.Reverse(sides[:])
		}
		for _, c := range sides {
			if err := c.calls(blockedTurn); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if s := log.Stats(); s.LostBy.Full == 0 || s.Pending == 0 {
		tb.Errorf("the sink does not block, or there is room for every row: %+v", s)
	}
	n := len(blocked.took)
	filling, full := quantiles(blocked.took[:n/2]), quantiles(blocked.took[n/2:])
	ours, reference := quantiles(blocked.took), quantiles(without.took)
	return figure{value: float64(ours.slow-reference.slow) / 1e6, says: fmt.Sprintf(
		"%d calls a side; sink blocked %s (while the queue fills %s, when it is full %s), without a log %s", n, ours, filling, full, reference)}
}

// directCaller calls a gateway in this process.
type directCaller struct {
	gateway *modelservice.Gateway
	users   []catalog.PrincipalID
	request []byte
	answer  int // its length
	took    []time.Duration
}

func openCaller(tb testing.TB, scale scale, log *inferencelog.Logger) *directCaller {
	tb.Helper()
	_, t, gateway := openInProcess(tb, scale, log, answerBody)
	return &directCaller{gateway: gateway, users: t.users, request: requestBody, answer: len(answerBody)}
}

// calls makes calls, each with a body of its own, as a server has it.
func (c *directCaller) calls(n int) error {
	var out discard
	for i := range n {
		out.length = 0
		began := time.Now()
		result := c.gateway.Serve(context.Background(), &modelservice.Call{Caller: c.users[i%callers], Body: slices.Clone(c.request)}, &out)
		c.took = append(c.took, time.Since(began))
		if result.Err != nil || out.length != c.answer {
			return fmt.Errorf("%d bytes answered: %w", out.length, result.Err)
		}
	}
	return nil
}

// quantile is the median, the slowest of a hundred and that of a thousand.
type quantile struct{ median, slow, slowest time.Duration }

func quantiles(took []time.Duration) quantile {
	took = slices.Sorted(slices.Values(took))
	n := len(took)
	return quantile{took[n/2], took[n*99/100], took[n*999/1000]}
}

func (q quantile) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, p99.9 %s", inUnits(float64(q.median)), inUnits(float64(q.slow)), inUnits(float64(q.slowest)))
}

// stuck is a sink like nowhere, until it is blocked: then a write that has begun
// never ends, whatever its context says.
type stuck struct {
	nowhere
	tb      testing.TB
	blocked chan struct{} // closed when it is
	release chan struct{} // closed when the row is over
}

func newStuck(tb testing.TB) *stuck {
	return &stuck{tb: tb, blocked: make(chan struct{}), release: make(chan struct{})}
}

func (s *stuck) block() { close(s.blocked) }

func (s *stuck) Write(context.Context, uint64, []*inferencelog.Record) error {
	select {
	case <-s.blocked:
		<-s.release
	default:
	}
	return nil
}

// log returns a logger before the sink.
func (s *stuck) log(opts *inferencelog.Options) *inferencelog.Logger {
	log := inferencelog.New(s, opts)
	s.tb.Cleanup(func() {
		close(s.release)
		if _, err := log.Close(context.Background()); err != nil { // what had no room is lost, and meant to be
			s.tb.Error(err)
		}
	})
	return log
}
