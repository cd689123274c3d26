package routing_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// Ten thousand callers hang up, each at some moment: while their plan is made,
// in an attempt, beside a hedge, in a fallback, in a stream, in a wait for a
// retry. Health is what it was, and nothing is left: no goroutine, no timer
// that would still move the bubble's clock, no probe, no place in the queue (I8,
// I10).
func TestTenThousandHangUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{
			Hedge: &routing.Hedge{After: second, Percent: 50}, RetriesPerDestination: 1, RetryWait: second,
			FailureThreshold: 1, WaitForRecovery: time.Minute, MaxWaiting: 3,
		})
		random := rand.New(rand.NewPCG(1, 2))
		script := outcomes{ // nothing of this is a failure
			"a": {{Hang: true}, {Wait: 2 * second, Commit: true, Drip: 99, Every: second}},
			"b": {{Hang: true}, {Wait: second, Commit: true, Hang: true}},
		}
		began := time.Now()
		var last time.Time
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 10_000 {
			at := time.Duration(random.Int64N(int64(8 * second)))
			draw, stream := random.Uint64(), random.IntN(2) == 0
			all.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				time.AfterFunc(at, cancel)
				p := r.Plan(three(), routing.Request{Draw: draw, Stream: stream})
				_, err := r.Do(ctx, &p, routingtest.NewScript(script).Try)
				if causeOf(err) != routing.CauseCanceled || time.Since(began) != at {
					t.Errorf("%v after %v, want the hang-up after %v", err, time.Since(began), at)
				}
				mu.Lock()
				last = time.Now()
				mu.Unlock()
			})
		}
		all.Wait()
		synctest.Wait()
		if health := r.Snapshot(); len(health) != 0 {
			t.Errorf("health knows %+v", health)
		}
		if left := leftBehind(); len(left) > 0 {
			t.Errorf("%d goroutines are left, such as\n%s", len(left), left[0])
		}
		created := goroutinesCreated()
		time.Sleep(time.Hour) // a timer that was left would begin one
		if n := goroutinesCreated() - created; n > 100 {
			t.Errorf("%d goroutines came of timers that were left", n)
		}
		if took := last.Sub(began); took > 8*second {
			t.Errorf("the last is back after %v", took)
		}
		// The router works as if nothing had been.
		p := r.Plan(three(), routing.Request{})
		if steps, err := r.Do(t.Context(), &p, routingtest.NewScript(nil).Try); err != nil || len(steps) != 1 {
			t.Errorf("%v, %+v", err, steps)
		}
	})
}

// leftBehind returns the stacks of goroutines that are within a Router.
func leftBehind() []string {
	dump := make([]byte, 4<<20)
	dump = dump[:runtime.Stack(dump, true)]
	var left []string
	for stack := range strings.SplitSeq(string(dump), "\n\n") {
		if strings.Contains(stack, "/routing.(*") {
			left = append(left, stack)
		}
	}
	return left
}

// goroutinesCreated counts all that ever were; 0 where package runtime does not.
func goroutinesCreated() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
