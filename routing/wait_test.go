package routing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// down makes a cool for three seconds, b for two and c for five.
func down(r *routing.Router) {
	for i, d := range append(slices.Clone(three().Destinations), three().Fallbacks...) {
		after := []time.Duration{3 * second, 2 * second, 5 * second}[i]
		p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
		r.Do(context.Background(), &p, func(context.Context, *routing.Attempt) error {
			return &routing.Failure{Status: 429, RetryAfter: after}
		})
	}
}

// When all cool a request waits for the first that recovers, if it may, and
// else tries all in order.
func TestWaitForRecovery(t *testing.T) {
	for _, tt := range []struct {
		name     string
		wait     time.Duration // Options.WaitForRecovery
		total    time.Duration
		deadline time.Duration
		steps    []string
		after    time.Duration
	}{
		{"off", 0, 0, 0, []string{"0 INITIAL_ATTEMPT a "}, 0},
		{"long enough", 2 * second, 0, 0, []string{"0 INITIAL_ATTEMPT b "}, 2 * second},
		{"too short", 2*second - e, 0, 0, []string{"0 INITIAL_ATTEMPT a "}, 0},
		{"no time in all", time.Minute, 2 * second, 0, []string{"0 INITIAL_ATTEMPT a "}, 0},
		{"time enough in all", time.Minute, 2*second + e, 0, []string{"0 INITIAL_ATTEMPT b "}, 2 * second},
		{"no time for the caller", time.Minute, 0, 2 * second, []string{"0 INITIAL_ATTEMPT a "}, 0},
		{"time enough for the caller", time.Minute, 0, 2*second + e, []string{"0 INITIAL_ATTEMPT b "}, 2 * second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&routing.Options{WaitForRecovery: tt.wait, Timeouts: routing.Timeouts{Total: tt.total}})
				down(r)
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				p := r.Plan(three(), routing.Request{})
				began := time.Now()
				steps, err := r.Do(ctx, &p, routingtest.NewScript(nil).Try)
				if got, took := brief(steps), time.Since(began); err != nil || !slices.Equal(got, tt.steps) || took != tt.after {
					t.Fatalf("%q and %v after %v, want %q after %v", got, err, took, tt.steps, tt.after)
				}
			})
		})
	}
}

// One that has not cooled is used at once.
func TestNoWaitWhileOneIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{WaitForRecovery: time.Minute})
		down(r)
		c := three()
		c.Fallbacks[1].Key = 99
		p := r.Plan(c, routing.Request{})
		began := time.Now()
		steps, err := r.Do(t.Context(), &p, routingtest.NewScript(nil).Try)
		if err != nil || time.Since(began) != 0 || len(steps) != 1 || steps[0].Destination != "c" {
			t.Fatalf("%q and %v after %v", brief(steps), err, time.Since(began))
		}
	})
}

// The wait counts into the total limit.
func TestWaitCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{WaitForRecovery: time.Minute, Timeouts: routing.Timeouts{Total: 3 * second}})
		down(r)
		p := r.Plan(three(), routing.Request{})
		began := time.Now()
		steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"b": {{Hang: true}}}).Try)
		if took := time.Since(began); took != 3*second || causeOf(err) != routing.CauseTimeoutTotal || steps[0].Latency != second {
			t.Fatalf("%v after %v: %+v", err, took, steps)
		}
	})
}

func TestHangUpWhileRecovering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{WaitForRecovery: time.Minute, MaxWaiting: 1})
		down(r)
		before := r.Snapshot()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(second, cancel)
		p := r.Plan(three(), routing.Request{})
		began := time.Now()
		steps, err := r.Do(ctx, &p, routingtest.NewScript(nil).Try)
		if took := time.Since(began); took != second || len(steps) != 0 || causeOf(err) != routing.CauseCanceled || !errors.Is(err, context.Canceled) {
			t.Fatalf("%v after %v, %d steps", err, took, len(steps))
		}
		if after := r.Snapshot(); !slices.Equal(before, after) {
			t.Fatalf("health was %+v, is %+v", before, after)
		}
		// Whoever left has made room.
		began = time.Now()
		if steps, _ = r.Do(t.Context(), &p, routingtest.NewScript(nil).Try); time.Since(began) != second {
			t.Fatalf("the next one waits %v: %q", time.Since(began), brief(steps))
		}
	})
}

// So many wait; one more does not.
func TestMaxWaiting(t *testing.T) {
	for _, tt := range []struct{ most, want int }{{0, 100}, {-1, 100}, {7, 7}} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{WaitForRecovery: time.Minute, MaxWaiting: tt.most})
			down(r)
			p := r.Plan(three(), routing.Request{})
			began := time.Now()
			for round := range 2 { // who was refused or has waited takes no room
				var mu sync.Mutex
				waited := 0
				var all sync.WaitGroup
				for range 150 {
					all.Go(func() {
						r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error {
							mu.Lock()
							defer mu.Unlock()
							if time.Since(began) > 0 {
								waited++
							}
							return nil
						})
					})
				}
				all.Wait()
				if waited != tt.want {
					t.Fatalf("round %d: %d waited, want %d", round, waited, tt.want)
				}
				time.Sleep(5 * second)
				down(r)
				began = time.Now()
			}
		})
	}
}
