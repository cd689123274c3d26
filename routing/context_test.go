package routing_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
)

type contextKey struct{}

// within runs check inside an attempt of a stream, under a limit for the first
// token, and returns what Do says.
func within(t *testing.T, ctx context.Context, check func(context.Context, *routing.Attempt) error) error {
	t.Helper()
	r := routing.New(&routing.Options{Timeouts: routing.Timeouts{FirstToken: limit, Idle: 2 * limit, Attempt: -1, Total: -1}})
	c := three()
	c.Fallbacks = nil
	p := r.Plan(c, routing.Request{Stream: true})
	_, err := r.Do(ctx, &p, check)
	return err
}

// An attempt's context passes on what is the caller's.
func TestContextIsTheCallers(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(context.WithValue(t.Context(), contextKey{}, "value"), deadline)
	defer cancel()
	err := within(t, ctx, func(ctx context.Context, _ *routing.Attempt) error {
		if v := ctx.Value(contextKey{}); v != "value" {
			t.Errorf("value %v", v)
		}
		if at, ok := ctx.Deadline(); !ok || !at.Equal(deadline) {
			t.Errorf("deadline %v, %t", at, ok)
		}
		if ctx.Err() != nil || context.Cause(ctx) != nil {
			t.Errorf("ended with %v", ctx.Err())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// However the end of an attempt's context is learnt, the reason is the same:
// by asking, by waiting, through a context made from it, through AfterFunc.
func TestContextEnds(t *testing.T) {
	gone := errors.New("gone")
	child := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		return context.WithValue(ctx, contextKey{}, 1), cancel
	}
	watch := map[string]func(ctx context.Context) error{
		"Done": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"Err": func(ctx context.Context) error {
			for ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			return ctx.Err()
		},
		"child": func(ctx context.Context) error {
			ctx, cancel := child(ctx)
			defer cancel()
			<-ctx.Done()
			return ctx.Err()
		},
		"AfterFunc": func(ctx context.Context) error {
			done := make(chan struct{})
			context.AfterFunc(ctx, func() { close(done) })
			<-done
			return ctx.Err()
		},
	}
	for name, learn := range watch {
		t.Run(name+"/limit", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := within(t, t.Context(), func(ctx context.Context, _ *routing.Attempt) error {
					if err := learn(ctx); err != context.DeadlineExceeded {
						t.Errorf("%v", err)
					}
					if cause := context.Cause(ctx); cause != context.DeadlineExceeded {
						t.Errorf("cause %v", cause)
					}
					return ctx.Err()
				})
				if took := time.Since(began); causeOf(err) != routing.CauseTimeoutFirstToken || took != limit {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
		t.Run(name+"/hang-up", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(limit/2, func() { cancel(gone) })
				began := time.Now()
				err := within(t, ctx, func(ctx context.Context, _ *routing.Attempt) error {
					if err := learn(ctx); err != context.Canceled {
						t.Errorf("%v", err)
					}
					if cause := context.Cause(ctx); cause != gone {
						t.Errorf("cause %v", cause)
					}
					return ctx.Err()
				})
				if took := time.Since(began); causeOf(err) != routing.CauseCanceled || took < limit/2 || took > limit/2+time.Millisecond {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

// A hang-up shows at once to whoever asks, on the same goroutine too.
func TestHangUpShowsAtOnce(t *testing.T) {
	for _, watched := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		within(t, ctx, func(ctx context.Context, _ *routing.Attempt) error {
			if watched {
				ctx.Done()
			}
			cancel()
			if ctx.Err() != context.Canceled {
				t.Errorf("watched %t: %v", watched, ctx.Err())
			}
			return nil
		})
	}
}

// When Try has returned its context has ended, and so have those made from it.
// A timer that was set for it does nothing to a later attempt.
func TestContextIsOverWithTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{Timeouts: routing.Timeouts{FirstToken: limit, Idle: -1, Attempt: -1, Total: -1}})
		p := r.Plan(three(), routing.Request{Stream: true})
		var earlier, child context.Context
		cancel := func() {}
		defer func() { cancel() }()
		steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
			if a.Index == 0 {
				earlier = ctx
				child, cancel = context.WithCancel(ctx)
				wait(ctx, limit-e)
				return &routing.Failure{Status: 503}
			}
			if earlier.Err() != context.Canceled {
				t.Errorf("the earlier context: %v", earlier.Err())
			}
			<-earlier.Done()
			<-child.Done()
			fired := make(chan struct{})
			if stop := context.AfterFunc(earlier, func() { close(fired) }); stop() {
				t.Error("stopped what had begun")
			}
			<-fired
			return wait(ctx, limit-e) // beyond the earlier one's limit
		})
		if err != nil || len(steps) != 2 {
			t.Fatalf("%v, %+v", err, steps)
		}
	})
}

// AfterFunc gives back what it can.
func TestAfterFuncStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		within(t, t.Context(), func(ctx context.Context, _ *routing.Attempt) error {
			stop := context.AfterFunc(ctx, func() { t.Error("ran") })
			if !stop() || stop() {
				t.Error("stop should say yes once")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		synctest.Wait()
	})
}

// A context made from an attempt's costs no goroutine.
func TestChildrenNeedNoGoroutine(t *testing.T) {
	within(t, t.Context(), func(ctx context.Context, _ *routing.Attempt) error {
		before := runtime.NumGoroutine()
		for range 50 {
			_, cancel := context.WithCancel(ctx)
			defer cancel()
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, %d before", n, before)
		}
		return nil
	})
}

// The idle limit takes over whatever was watched before content.
func TestLimitsChangeHands(t *testing.T) {
	for i := range 8 {
		watched, progress, idle := i&1 != 0, i&2 != 0, limit/2
		if i&4 != 0 {
			idle = 3 * limit
		}
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{Timeouts: routing.Timeouts{FirstToken: limit, Idle: idle, Attempt: -1, Total: -1}})
			p := r.Plan(three(), routing.Request{Stream: true})
			began := time.Now()
			_, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
				if watched {
					ctx.Done()
				}
				time.Sleep(limit / 4)
				a.Commit()
				if progress {
					time.Sleep(idle - e)
					if ctx.Err() != nil {
						t.Errorf("ended with %v before its time", ctx.Err())
					}
					a.Progress()
				}
				<-ctx.Done()
				return ctx.Err()
			})
			want := limit/4 + idle
			if progress {
				want += idle - e
			}
			if took := time.Since(began); causeOf(err) != routing.CauseTimeoutIdle || took != want {
				t.Errorf("watched %t, idle %v: %v after %v", watched, idle, err, took)
			}
		})
	}
}

// Whoever looks after Try has returned, for the first time or not, finds all
// over, and changes nothing.
func TestLateLook(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{Stream: true})
	looks := map[string]func(context.Context, *routing.Attempt) bool{
		"Done":      func(ctx context.Context, _ *routing.Attempt) bool { <-ctx.Done(); return true },
		"Err":       func(ctx context.Context, _ *routing.Attempt) bool { return ctx.Err() == context.Canceled },
		"Commit":    func(_ context.Context, a *routing.Attempt) bool { return !a.Commit() },
		"Committed": func(_ context.Context, a *routing.Attempt) bool { return !a.Committed() },
		"AfterFunc": func(ctx context.Context, _ *routing.Attempt) bool {
			done := make(chan struct{})
			context.AfterFunc(ctx, func() { close(done) })
			<-done
			return true
		},
		"child": func(ctx context.Context, _ *routing.Attempt) bool {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			return ctx.Err() == context.Canceled
		},
	}
	for name, look := range looks {
		for _, looked := range []bool{false, true} {
			var left *routing.Attempt
			var leftCtx context.Context
			steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
				left, leftCtx = a, ctx
				if looked {
					ctx.Done()
				}
				return nil
			})
			left.Progress()
			left.Hold()
			if !look(leftCtx, left) || err != nil || steps[0].Committed {
				t.Errorf("%s, looked before %t: %v, %+v", name, looked, err, steps)
			}
		}
	}
}

// A limit that passed while nobody looked has passed.
func TestLimitThatNobodySaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := within(t, t.Context(), func(context.Context, *routing.Attempt) error {
			time.Sleep(limit + e)
			return &routing.Failure{Cause: routing.CauseReset}
		})
		if causeOf(err) != routing.CauseTimeoutFirstToken || time.Since(began) != limit+e {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
