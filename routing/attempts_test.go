package routing_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// MaxAttempts counts all: fallbacks and retries.
func TestMaxAttempts(t *testing.T) {
	busy := routingtest.Outcome{Status: 503}
	for _, tt := range []struct {
		most, retries int
		asked         []string
	}{
		{0, 0, []string{"a", "b", "c"}},
		{-1, 0, []string{"a", "b", "c"}},
		{1, 0, []string{"a"}},
		{2, 0, []string{"a", "b"}},
		{9, 0, []string{"a", "b", "c"}},
		{1, 3, []string{"a"}},
		{2, 3, []string{"a", "a"}},
		{3, 1, []string{"a", "a", "b"}},
		{4, 1, []string{"a", "a", "b", "b"}},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.most, tt.retries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&routing.Options{MaxAttempts: tt.most, RetriesPerDestination: tt.retries})
				p := r.Plan(three(), routing.Request{})
				script := routingtest.NewScript(outcomes{"a": {busy}, "b": {busy}, "c": {busy}})
				began := time.Now()
				steps, err := r.Do(t.Context(), &p, script.Try)
				if got := script.Names(); !slices.Equal(got, tt.asked) || causeOf(err) != routing.CauseServerError {
					t.Fatalf("asked %v (%v), want %v", got, err, tt.asked)
				}
				if end := steps[len(steps)-1]; err != end.Err {
					t.Fatalf("Do says %v, the last step %v", err, end.Err)
				}
				if tt.most == 1 && time.Since(began) != 0 {
					t.Fatalf("waited %v for an attempt that may not be", time.Since(began))
				}
			})
		})
	}
}

// probation makes a half-open: it has failed, and its cooldown is over.
func probation(t *testing.T, opts *routing.Options) *routing.Router {
	opts.FailureThreshold = 1
	r := routing.New(opts)
	p := r.Plan(&routing.Config{Destinations: three().Destinations}, routing.Request{})
	r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Status: 500}}}).Try)
	time.Sleep(5 * second)
	if h := r.Health(1); h.State != routing.HalfOpen || h.Probing {
		t.Fatalf("%+v", h)
	}
	return r
}

// While the probe is out the others pass the destination over; if it is the
// only one they try it all the same.
func TestOthersPassTheProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{})
		p := r.Plan(three(), routing.Request{}) // now, so that a is in it
		alone := r.Plan(&routing.Config{Destinations: three().Destinations}, routing.Request{})
		go r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: 10 * second}}}).Try)
		synctest.Wait()
		if !r.Health(1).Probing {
			t.Fatal("no probe is out")
		}
		steps, err := r.Do(t.Context(), &p, routingtest.NewScript(nil).Try)
		if got := brief(steps); err != nil || !slices.Equal(got, []string{"0 INITIAL_ATTEMPT b "}) {
			t.Errorf("%q, %v", got, err)
		}
		steps, err = r.Do(t.Context(), &alone, routingtest.NewScript(outcomes{"a": {{Status: 400}}}).Try)
		if got := brief(steps); causeOf(err) != routing.CauseCallerFault || !slices.Equal(got, []string{"0 INITIAL_ATTEMPT a caller_fault"}) {
			t.Errorf("%q, %v", got, err)
		}
		if !r.Health(1).Probing {
			t.Error("who had no claim gave the probe back")
		}
		time.Sleep(10 * second)
		synctest.Wait()
		if h := r.Health(1); h.State != routing.Closed {
			t.Errorf("%+v after the probe", h)
		}
	})
}

// However an attempt ends, its claim is settled: a probe that says nothing of
// the destination makes room for the next.
func TestEveryEndSettlesTheClaim(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opts  routing.Options
		try   func(context.Context, *routing.Attempt) error
		state routing.State
	}{
		{"success", routing.Options{}, func(context.Context, *routing.Attempt) error { return nil }, routing.Closed},
		{"failure", routing.Options{}, func(context.Context, *routing.Attempt) error { return &routing.Failure{Status: 500} }, routing.Open},
		{"caller's fault", routing.Options{}, func(context.Context, *routing.Attempt) error { return &routing.Failure{Status: 400} }, routing.HalfOpen},
		{"own error", routing.Options{}, func(context.Context, *routing.Attempt) error { return errOwn }, routing.HalfOpen},
		{"panic", routing.Options{}, func(context.Context, *routing.Attempt) error { panic("boom") }, routing.HalfOpen},
		{"exit", routing.Options{}, func(context.Context, *routing.Attempt) error { runtime.Goexit(); return nil }, routing.HalfOpen},
		{"hang-up", routing.Options{}, func(ctx context.Context, _ *routing.Attempt) error {
			<-ctx.Done()
			return ctx.Err()
		}, routing.HalfOpen},
		{"limit", routing.Options{Timeouts: routing.Timeouts{Attempt: 9 * second}}, func(ctx context.Context, _ *routing.Attempt) error {
			<-ctx.Done()
			return ctx.Err()
		}, routing.Open},
		{"total", routing.Options{Timeouts: routing.Timeouts{Total: 9 * second}}, func(ctx context.Context, _ *routing.Attempt) error {
			<-ctx.Done()
			return ctx.Err()
		}, routing.HalfOpen},
		{"superseded", routing.Options{Hedge: willing()}, func(ctx context.Context, a *routing.Attempt) error {
			if a.Action == routing.HedgeAttempt {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}, routing.HalfOpen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := probation(t, &tt.opts)
				p := r.Plan(three(), routing.Request{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				done := make(chan struct{})
				go func() {
					defer close(done)
					r.Do(ctx, &p, func(ctx context.Context, a *routing.Attempt) error {
						if a.Destination.Name != "a" && a.Action != routing.HedgeAttempt {
							return nil
						}
						if !r.Health(1).Probing {
							t.Error("no probe is out")
						}
						return tt.try(ctx, a)
					})
				}()
				<-done
				if h := r.Health(1); h.State != tt.state || h.Probing {
					t.Errorf("%+v, want %s and no probe", h, tt.state)
				}
			})
		})
	}
}

// Content is enough for a probe: nobody waits for the end of its stream. What
// comes after it is judged like any other answer.
func TestContentSettlesTheProbe(t *testing.T) {
	for _, after := range []error{nil, &routing.Failure{Cause: routing.CauseReset}, context.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			r := probation(t, &routing.Options{})
			p := r.Plan(three(), routing.Request{Stream: true})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := r.Do(ctx, &p, func(_ context.Context, a *routing.Attempt) error {
				a.Commit()
				if h := r.Health(1); h.State != routing.Closed {
					t.Errorf("with content: %+v", h)
				}
				if errors.Is(after, context.Canceled) {
					cancel()
				}
				return after
			})
			if h := r.Health(1); (err == nil) != (after == nil) || (causeOf(after) == routing.CauseReset) != h.Cooling {
				t.Errorf("%v: %v, %+v", after, err, h)
			}
		})
	}
}

// Try may write to its Attempt as it likes: what is seen is seen of the
// destination that was asked.
func TestTryCannotRedirect(t *testing.T) {
	for _, hedge := range []*routing.Hedge{nil, willing()} {
		synctest.Test(t, func(t *testing.T) {
			own := &nosy{}
			r := probation(t, &routing.Options{Strategy: own, Observe: true, Hedge: hedge})
			p := r.Plan(three(), routing.Request{Stream: true})
			steps, err := r.Do(t.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
				a.Destination = routing.Destination{Name: "mine", Key: 9}
				a.Headroom(routing.Headroom{Requests: left(1, 2, 0)})
				a.Commit()
				return nil
			})
			if err != nil || steps[0].Destination != "a" || r.Health(1).State != routing.Closed {
				t.Errorf("%+v, %v, %+v", steps, err, r.Health(1))
			}
			r.Plan(three(), routing.Request{})
			for key, want := range map[uint64]bool{1: true, 9: false} {
				_, latency := own.seen.Latency(key)
				_, headroom := own.seen.Headroom(key)
				if latency != want || headroom != want {
					t.Errorf("key %d: latency %t, headroom %t", key, latency, headroom)
				}
			}
		})
	}
}

// Health hears of an attempt once. A probe that settled with its content, and
// ends neutrally when another probe is out, does not take that one's place away.
func TestClaimsAreSettledOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{})
		d := three().Destinations[0]
		p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{Stream: true})
		r.Do(t.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
			a.Commit()
			fail(t, r, d, &routing.Failure{Status: 500})
			time.Sleep(5 * second)
			p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
			go r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: 10 * second}}}).Try)
			synctest.Wait()
			return errOwn
		})
		if h := r.Health(1); !h.Probing {
			t.Errorf("%+v: the probe was given back", h)
		}
		time.Sleep(10 * second)
	})
}
