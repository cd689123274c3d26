package routing_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// A caller that hangs up is answered at once and leaves no trace in health,
// wherever the request is (I8).
func TestHangUpIsPromptAndNeutral(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script outcomes
		after  time.Duration
	}{
		{"before the first attempt", nil, 0},
		{"in an attempt", outcomes{"a": {{Hang: true}}}, time.Second},
		{"in a fallback", outcomes{"a": {{Stop: &routing.Failure{Cause: routing.CauseProviderAuth}}}, "b": {{Hang: true}}}, time.Second},
		{"in a stream", outcomes{"a": {{Commit: true, Drip: 99, Every: time.Second}}}, 7 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: time.Hour, Idle: time.Hour}})
				p := r.Plan(three(), routing.Request{Stream: true})
				ctx, cancel := context.WithCancel(t.Context())
				if tt.after == 0 {
					cancel()
				} else {
					time.AfterFunc(tt.after, cancel)
				}
				start := time.Now()
				_, err := r.Do(ctx, &p, routingtest.NewScript(tt.script).Try)
				if took := time.Since(start); took != tt.after || causeOf(err) != routing.CauseCanceled || !errors.Is(err, context.Canceled) {
					t.Fatalf("%v after %v, want canceled after %v", err, took, tt.after)
				}
				for _, h := range r.Snapshot() {
					if h.Key != 1 || tt.name != "in a fallback" {
						t.Fatalf("health knows %+v", h)
					}
				}
				cancel()
			})
		})
	}
}

// A hang-up that try sees as a provider's failure is still a hang-up.
func TestHangUpSeenAsFailure(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{Stream: true})
	own := errors.New("client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	steps, err := r.Do(ctx, &p, func(context.Context, *routing.Attempt) error {
		cancel(own)
		return &routing.Failure{Status: 503, RetryAfter: time.Minute, Err: errOwn}
	})
	if len(steps) != 1 || steps[0].Cause != routing.CauseCanceled || !errors.Is(err, context.Canceled) || !errors.Is(err, errOwn) {
		t.Fatalf("%v, %+v", err, steps)
	}
	if all := r.Snapshot(); len(all) != 0 {
		t.Fatalf("health knows %+v", all)
	}
}

// The caller's deadline has passed, its timer is late: a connection that keeps
// the deadline by the clock fails before ctx ends. That is the caller's all the
// same.
func TestDeadlineBeforeItsTimer(t *testing.T) {
	for _, says := range []error{
		&routing.Failure{Cause: routing.CauseTimeoutConnect, Err: os.ErrDeadlineExceeded},
		context.DeadlineExceeded, errOwn,
	} {
		for _, early := range []time.Duration{0, e} {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(nil)
				deadline := time.Now().Add(second)
				inner, cancel := context.WithDeadline(t.Context(), deadline.Add(e))
				defer cancel()
				p := r.Plan(&routing.Config{Destinations: three().Destinations}, routing.Request{})
				steps, err := r.Do(lateContext{inner, deadline}, &p, func(context.Context, *routing.Attempt) error {
					time.Sleep(second - early)
					return says
				})
				callers := early == 0
				if (steps[0].Cause == routing.CauseCanceled) != callers || callers && !errors.Is(err, context.DeadlineExceeded) && err != errOwn {
					t.Errorf("%v early: %v, %+v", early, err, steps)
				}
				if n := r.Health(1).Failures; callers && n != 0 {
					t.Errorf("%d failures", n)
				}
			})
		}
	}
}

// lateContext ends later than its deadline is.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }
