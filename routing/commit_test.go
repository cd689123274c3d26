package routing_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
)

// An answer in one piece that is there a moment after the limit passed is still
// content: nothing else is tried.
func TestLateCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: limit, Idle: limit}})
		p := r.Plan(three(), routing.Request{})
		var left *routing.Attempt
		steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
			<-ctx.Done()
			for range 2 {
				if !a.Commit() {
					t.Error("told no")
				}
			}
			a.Progress()
			left = a
			return ctx.Err()
		})
		if len(steps) != 1 || !steps[0].Committed || causeOf(err) != routing.CauseTimeoutAttempt {
			t.Fatalf("%v, %+v", err, steps)
		}
		left.Progress() // after the end: nothing
		left.Commit()
	})
}

// A stream that begins after the limit passed does not begin: its rest could not
// be read. Whatever Try makes of that, the next destination is tried.
func TestLateStream(t *testing.T) {
	for _, watched := range []bool{false, true} {
		for _, says := range []error{nil, errOwn, context.Canceled, &routing.Failure{Cause: routing.CauseReset}} {
			for name, limits := range map[routing.Cause]routing.Timeouts{
				routing.CauseTimeoutFirstToken: {FirstToken: limit},
				routing.CauseTimeoutAttempt:    {Attempt: limit},
			} {
				synctest.Test(t, func(t *testing.T) {
					r := routing.New(&routing.Options{Timeouts: limits})
					p := r.Plan(three(), routing.Request{Stream: true})
					steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
						if a.Index > 0 {
							if !a.Commit() {
								t.Error("the fallback may not")
							}
							return nil
						}
						if watched {
							<-ctx.Done()
						} else {
							time.Sleep(limit)
						}
						for range 2 {
							if a.Commit() || a.Committed() {
								t.Error("the late one may")
							}
						}
						return says
					})
					if err != nil || len(steps) != 2 || steps[0].Cause != name || steps[0].Committed || !steps[1].Committed {
						t.Errorf("watched %t, %v: %v, %+v", watched, says, err, steps)
					}
				})
			}
		}
	}
}

// A second Commit changes nothing: it is no progress.
func TestCommitTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Idle: limit}})
		p := r.Plan(three(), routing.Request{Stream: true})
		began := time.Now()
		_, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
			a.Commit()
			time.Sleep(limit / 2)
			if !a.Commit() {
				t.Error("told no")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(began); causeOf(err) != routing.CauseTimeoutIdle || took != limit {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// A goroutine left over from an earlier attempt cannot commit a later one.
func TestLeftOverCommit(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{Stream: true})
	var earlier *routing.Attempt
	steps, err := r.Do(t.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
		if earlier == nil {
			earlier = a
		} else {
			earlier.Commit()
		}
		if a.Index < 2 {
			return &routing.Failure{Status: 503}
		}
		return nil
	})
	if err != nil || len(steps) != 3 || steps[2].Committed {
		t.Fatalf("%v, %+v", err, steps)
	}
}
