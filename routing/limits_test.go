package routing_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

const (
	limit = 10 * time.Second
	e     = time.Millisecond
)

// noLimits says so of every phase.
var noLimits = routing.Timeouts{FirstToken: -1, Idle: -1, Attempt: -1, Total: -1}

// The limits that hold when nothing is said.
func TestDefaultLimits(t *testing.T) {
	stalled := routingtest.Outcome{Commit: true, Hang: true}
	for _, tt := range []struct {
		name   string
		stream bool
		script outcomes
		steps  int
		cause  routing.Cause // of the last step
		after  time.Duration
	}{
		{"first token", true, outcomes{"a": {{Hang: true}}, "b": {{Stop: errOwn}}}, 2, routing.CauseAborted, 30 * time.Second},
		{"idle", true, outcomes{"a": {stalled}}, 1, routing.CauseTimeoutIdle, time.Minute},
		{"attempt", false, outcomes{"a": {{Hang: true}}, "b": {{Stop: errOwn}}}, 2, routing.CauseAborted, 2 * time.Minute},
		{"total", false, outcomes{"a": {{Hang: true}}, "b": {{Hang: true}}, "c": {{Hang: true}}}, 3, routing.CauseTimeoutTotal, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(nil)
				p := r.Plan(three(), routing.Request{Stream: tt.stream})
				began := time.Now()
				steps, _ := r.Do(t.Context(), &p, routingtest.NewScript(tt.script).Try)
				if took := time.Since(began); len(steps) != tt.steps || steps[len(steps)-1].Cause != tt.cause || took != tt.after {
					t.Fatalf("%+v after %v", steps, took)
				}
			})
		})
	}
}

// Each limit works alone: just inside it nothing happens, just outside it ends
// the attempt at the limit (ruling R32).
func TestEachLimitAlone(t *testing.T) {
	first, idle, attempt, total := noLimits, noLimits, noLimits, noLimits
	first.FirstToken, idle.Idle, attempt.Attempt, total.Total = limit, limit, limit, limit
	type outcome = routingtest.Outcome
	for _, tt := range []struct {
		name     string
		timeouts routing.Timeouts
		stream   bool
		own      time.Duration // the Config's FirstTokenTimeout
		first    outcome
		asked    []string
		cause    routing.Cause // of the first step
		after    time.Duration // latency of the first step
	}{
		{"first token in time", first, true, 0, outcome{Wait: limit - e, Commit: true, Drip: 3, Every: limit}, []string{"a"}, "", 4*limit - e},
		{"first token late", first, true, 0, outcome{Wait: limit + e}, []string{"a", "b"}, routing.CauseTimeoutFirstToken, limit},
		{"first token never", first, true, 0, outcome{Hang: true}, []string{"a", "b"}, routing.CauseTimeoutFirstToken, limit},
		{"first token of no stream", first, false, 0, outcome{Wait: 9 * limit}, []string{"a"}, "", 9 * limit},
		{"first token of the service", first, true, 2 * limit, outcome{Wait: 3 * limit}, []string{"a", "b"}, routing.CauseTimeoutFirstToken, 2 * limit},
		{"first token of the service alone", noLimits, true, limit, outcome{Hang: true}, []string{"a", "b"}, routing.CauseTimeoutFirstToken, limit},
		{"idle dripping inside", idle, true, 0, outcome{Commit: true, Drip: 20, Every: limit - e}, []string{"a"}, "", 20 * (limit - e)},
		{"idle dripping outside", idle, true, 0, outcome{Commit: true, Drip: 20, Every: limit + e}, []string{"a"}, routing.CauseTimeoutIdle, limit},
		{"idle stall", idle, true, 0, outcome{Commit: true, Drip: 3, Every: e, Hang: true}, []string{"a"}, routing.CauseTimeoutIdle, limit + 3*e},
		{"idle before content", idle, true, 0, outcome{Wait: 9 * limit}, []string{"a"}, "", 9 * limit},
		{"attempt inside", attempt, false, 0, outcome{Wait: limit - e}, []string{"a"}, "", limit - e},
		{"attempt outside", attempt, false, 0, outcome{Wait: limit + e}, []string{"a", "b"}, routing.CauseTimeoutAttempt, limit},
		{"attempt ends at content", attempt, true, 0, outcome{Commit: true, Drip: 1, Every: 9 * limit}, []string{"a"}, "", 9 * limit},
		{"total inside", total, false, 0, outcome{Wait: limit - e}, []string{"a"}, "", limit - e},
		{"total outside", total, false, 0, outcome{Wait: limit + e}, []string{"a"}, routing.CauseTimeoutTotal, limit},
		{"total ends at content", total, true, 0, outcome{Commit: true, Drip: 1, Every: 9 * limit}, []string{"a"}, "", 9 * limit},
		{"the earlier of two", routing.Timeouts{FirstToken: limit, Attempt: limit / 2}, true, 0, outcome{Hang: true}, []string{"a", "b"}, routing.CauseTimeoutAttempt, limit / 2},
		{"the wider of two that are one", routing.Timeouts{Attempt: limit, Total: limit}, false, 0, outcome{Hang: true}, []string{"a"}, routing.CauseTimeoutTotal, limit},
		{"no limit", noLimits, true, 0, outcome{Wait: 1000 * time.Hour}, []string{"a"}, "", 1000 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&routing.Options{Timeouts: tt.timeouts})
				c := three()
				c.FirstTokenTimeout = tt.own
				p := r.Plan(c, routing.Request{Stream: tt.stream})
				script := routingtest.NewScript(outcomes{"a": {tt.first}})
				steps, err := r.Do(t.Context(), &p, script.Try)
				if got := script.Names(); !slices.Equal(got, tt.asked) {
					t.Fatalf("asked %v, want %v (%v)", got, tt.asked, err)
				}
				s := steps[0]
				if s.Cause != tt.cause || s.Latency != tt.after {
					t.Fatalf("first step %q after %v, want %q after %v", s.Cause, s.Latency, tt.cause, tt.after)
				}
				if tt.cause != "" && (errors.Is(s.Err, context.Canceled) || !errors.Is(s.Err, context.DeadlineExceeded)) {
					t.Fatalf("%v should be a deadline and no cancellation", s.Err)
				}
			})
		})
	}
}

// One total for the whole request, not one per hop.
func TestTotalSpansAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: 4 * time.Second, Total: limit}})
		p := r.Plan(three(), routing.Request{})
		script := routingtest.NewScript(outcomes{"a": {{Hang: true}}, "b": {{Hang: true}}, "c": {{Hang: true}}})
		start := time.Now()
		steps, err := r.Do(t.Context(), &p, script.Try)
		if took := time.Since(start); took != limit || len(steps) != 3 || causeOf(err) != routing.CauseTimeoutTotal {
			t.Fatalf("%v after %d steps and %v", err, len(steps), took)
		}
		if h := r.Health(3); h.Failures != 0 {
			t.Errorf("the destination that was being tried when the total ran out is blamed: %+v", h)
		}
		if h := r.Health(1); h.Failures != 1 {
			t.Errorf("the destination that ran into its own limit is not: %+v", h)
		}
	})
}

// Time ran out between two attempts: no further one begins. If there is none to
// begin the provider has the last word.
func TestTotalBetweenAttempts(t *testing.T) {
	for _, tt := range []struct {
		took      time.Duration
		fallbacks int
		asked     int
		cause     routing.Cause
	}{
		{limit + e, 2, 1, routing.CauseTimeoutTotal},
		{limit, 2, 1, routing.CauseTimeoutTotal},
		{limit - e, 2, 2, routing.CauseTimeoutTotal},
		{limit - e, 1, 2, routing.CauseRateLimited},
		{limit + e, 0, 1, routing.CauseRateLimited},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Total: limit}})
			c := three()
			c.Fallbacks = c.Fallbacks[:tt.fallbacks]
			p := r.Plan(c, routing.Request{})
			asked := 0
			steps, err := r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error {
				asked++
				time.Sleep(tt.took) // deaf to its context
				return &routing.Failure{Status: 429}
			})
			if asked != tt.asked || causeOf(err) != tt.cause || steps[asked-1].Status != 429 {
				t.Errorf("%+v: %d attempts, %v", tt, asked, err)
			}
		})
	}
}

// What try says after a limit passed: the limit wins over what the cut looks
// like, but not over what the provider said or what try decided itself.
func TestAnswersAfterALimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  func(context.Context) error
		want routing.Cause
	}{
		{"context error", func(ctx context.Context) error { return ctx.Err() }, routing.CauseTimeoutAttempt},
		{"context cause", context.Cause, routing.CauseTimeoutAttempt},
		{"reset", func(context.Context) error { return &routing.Failure{Cause: routing.CauseReset} }, routing.CauseTimeoutAttempt},
		{"cut answer", func(context.Context) error { return &routing.Failure{Cause: routing.CauseMalformed, Status: 200} }, routing.CauseTimeoutAttempt},
		{"provider's refusal", func(context.Context) error { return &routing.Failure{Status: 400} }, routing.CauseCallerFault},
		{"own error", func(context.Context) error { return errOwn }, ""},
		{"success after all", func(context.Context) error { return nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: limit}})
				c := three()
				c.Fallbacks = nil
				p := r.Plan(c, routing.Request{})
				_, err := r.Do(t.Context(), &p, func(ctx context.Context, _ *routing.Attempt) error {
					<-ctx.Done()
					return tt.err(ctx)
				})
				if causeOf(err) != tt.want {
					t.Fatalf("%v, want cause %q", err, tt.want)
				}
			})
		})
	}
}

// What was not sent stays that, also when a limit passed or the caller hung up
// meanwhile (ruling R3).
func TestClassStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, hangUp := range []bool{false, true} {
			r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: limit}})
			c := three()
			c.Fallbacks = nil
			p := r.Plan(c, routing.Request{})
			ctx, cancel := context.WithCancel(t.Context())
			steps, _ := r.Do(ctx, &p, func(ctx context.Context, _ *routing.Attempt) error {
				if hangUp {
					cancel()
				}
				<-ctx.Done()
				return &routing.Failure{Cause: routing.CauseRefused, Class: routing.ClassNotSent, Err: ctx.Err()}
			})
			cancel()
			if len(steps) != 1 || steps[0].Class != routing.ClassNotSent {
				t.Errorf("hang-up %t: %+v", hangUp, steps)
			}
		}
	})
}

// While an attempt is on hold the idle limit stands still; from the next
// progress on it runs in full.
func TestHold(t *testing.T) {
	for _, silent := range []time.Duration{limit - e, limit + e} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Idle: limit}})
			p := r.Plan(three(), routing.Request{Stream: true})
			began := time.Now()
			_, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
				a.Hold() // before Commit there is nothing to hold
				a.Commit()
				for range 3 {
					a.Hold()
					if wait(ctx, 5*limit/2) != nil {
						return ctx.Err()
					}
					a.Progress()
				}
				return wait(ctx, silent)
			})
			want, end := routing.Cause(""), 15*limit/2+silent
			if silent > limit {
				want, end = routing.CauseTimeoutIdle, 15*limit/2+limit
			}
			if causeOf(err) != want || time.Since(began) != end {
				t.Errorf("silent for %v: %v after %v, want %q after %v", silent, err, time.Since(began), want, end)
			}
		})
	}
}

// wait sleeps in the bubble's time, until ctx is done.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
