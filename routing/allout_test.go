package routing_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// coolsLong makes d cool for two minutes, for a Retry-After.
func coolsLong(t *testing.T, r *routing.Router, d routing.Destination) {
	t.Helper()
	fail(t, r, d, &routing.Failure{Status: 429, RetryAfter: 2 * time.Minute})
}

// aOrB has b as a's fallback.
func aOrB() *routing.Config {
	c := three()
	c.Fallbacks = c.Fallbacks[:1]
	return c
}

// When all are out all are tried, in order (ruling R29): a ramps and lets few in,
// b cools, and is down.
func TestAllOutWhileRamping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{Ramp: time.Minute})
		c := aOrB()
		coolsLong(t, r, c.Fallbacks[0])
		fail(t, r, c.Destinations[0], nil) // the probe
		if h := r.Health(1); h.State != routing.Ramping {
			t.Fatalf("%+v", h)
		}
		for draw := range uint64(100) {
			p := r.Plan(c, routing.Request{Draw: draw})
			steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"b": {{Status: 500}}}).Try)
			if got := brief(steps); err != nil || !slices.Equal(got, []string{"0 INITIAL_ATTEMPT a "}) {
				t.Fatalf("draw %d: %q, %v", draw, got, err)
			}
		}
	})
}

// The same while the probe of a is out; whoever comes beside it does not give it
// back.
func TestAllOutWhileProbing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{})
		c := aOrB()
		coolsLong(t, r, c.Fallbacks[0])
		p := r.Plan(c, routing.Request{})
		go r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: 30 * second}}}).Try)
		synctest.Wait()
		p = r.Plan(c, routing.Request{})
		steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Stop: errOwn}}}).Try)
		if got := brief(steps); err != errOwn || !slices.Equal(got, []string{"0 INITIAL_ATTEMPT a aborted"}) {
			t.Errorf("%q, %v", got, err)
		}
		if h := r.Health(1); !h.Probing {
			t.Errorf("%+v", h)
		}
		time.Sleep(30 * second)
	})
}

// A plan with one that is well passes the probing one over: not all are out.
func TestNotAllOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{})
		before := r.Plan(aOrB(), routing.Request{})
		go r.Do(t.Context(), &before, routingtest.NewScript(outcomes{"a": {{Wait: 30 * second}}}).Try)
		synctest.Wait()
		for _, p := range []routing.Plan{before, r.Plan(aOrB(), routing.Request{})} {
			steps, err := r.Do(t.Context(), &p, routingtest.NewScript(nil).Try)
			if got := brief(steps); err != nil || !slices.Equal(got, []string{"0 INITIAL_ATTEMPT b "}) {
				t.Errorf("%q, %v", got, err)
			}
		}
		time.Sleep(30 * second)
	})
}

// All that have waited for a go to a when it recovers, not to what still cools;
// if a is not well after all, those that are not its probe go on to that.
func TestAllThatWaitedAreLetIn(t *testing.T) {
	for _, well := range []bool{true, false} {
		script, want := outcomes{"a": {{Wait: second}}, "b": {{Status: 500}}}, []string{"0 INITIAL_ATTEMPT a "}
		if !well {
			script = outcomes{"a": {{Wait: second, Status: 503}}}
			want = []string{"0 INITIAL_ATTEMPT a server_error", "1 FALLBACK b "}
		}
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{FailureThreshold: 1, WaitForRecovery: 10 * second})
			c := aOrB()
			fail(t, r, c.Destinations[0], &routing.Failure{Status: 500})
			coolsLong(t, r, c.Fallbacks[0])
			var others atomic.Int32
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					p := r.Plan(c, routing.Request{})
					steps, _ := r.Do(context.Background(), &p, routingtest.NewScript(script).Try)
					if got := brief(steps); !slices.Equal(got, want) {
						others.Add(1)
						if well || len(got) != 1 {
							t.Errorf("%q", got)
						}
					}
				})
			}
			all.Wait()
			if n := others.Load(); n > 1 {
				t.Errorf("%d went nowhere else", n)
			}
		})
	}
}
