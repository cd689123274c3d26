package routing

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"
)

// A Step is what became of one attempt.
type Step struct {
	Index       int    // from 0, in the order made
	Destination string // its name
	Action      string // InitialAttempt, Fallback or Retry
	Status      int    // the provider's HTTP status; 0: none, or not known
	ErrorCode   string // the provider's own, from the Failure
	Cause       Cause  // "" is success
	Class       Class  // "" is success, or an error of Try's own
	Committed   bool   // content reached the caller
	Latency     time.Duration
	Err         error // what Do made of Try's error; nil is success
}

// Do runs p: it calls try for one destination after the other until one
// succeeds, the failure is for the caller, content has been committed, or
// nothing is left. It returns a Step for every attempt made, and nil or the
// error of the last one:
//
//   - a *[Failure], complete in Cause and Class, for an attempt that failed, a
//     limit that passed (ruling R32) or a caller that hung up; errors.As finds
//     it, try's own wrapping may be around it;
//   - try's error as it is, if it is not a Failure;
//   - a *[PanicError] if try panicked;
//   - [ErrNoDestination], and no steps, for an empty plan.
//
// try runs on the calling goroutine, and Do returns when it does.
func (r *Router) Do(ctx context.Context, p *Plan, try Try) ([]Step, error) {
	if p == nil || p.n == 0 {
		return nil, ErrNoDestination
	}
	if ctx.Err() != nil {
		return nil, hungUp(ctx, Failure{}, nil)
	}
	r.retry.earn()
	ph := r.phases(p)

	// One allocation serves the request that succeeds at once. Later attempts
	// get their own: a goroutine left over from an earlier one must not commit
	// a later one.
	one := new(struct {
		attempt Attempt
		steps   [1]Step
	})
	steps := one.steps[:0]
	a := &one.attempt

	var last error
	for i := range int(p.n) {
		var pauses *waits // nil until first needed
		for again := false; ; again = true {
			if len(steps) > 0 {
				a = new(Attempt)
			}
			a.Index, a.Destination, a.Action = len(steps), *p.config.at(p.order[i]), action(len(steps), again)
			actx := ctx
			if !ph.none() {
				actx = ph.start(ctx, a)
			}
			began := r.clock()
			err := a.run(actx, try)
			now := r.clock()

			steps = append(steps, Step{
				Index: a.Index, Destination: a.Destination.Name, Action: a.Action,
				Status: a.Status, Committed: a.Committed(), Latency: max(now-began, 0),
			})
			if err == nil {
				r.marks.success(a.Destination.Key)
				return steps, nil
			}
			f, err := r.judge(ctx, a, err, &steps[len(steps)-1], now)
			if f == nil || a.Committed() || f.Cause.Row().Action == TellCaller {
				return steps, err
			}
			last = err

			if !r.retry.allows(f) {
				break
			}
			if pauses == nil {
				pauses = r.retry.waits(p.Draw)
			}
			pauses.retryAfter = f.RetryAfter
			wait := pauses.NextBackOff()
			if !r.mayWait(wait, a.Destination.Key, now, &ph) {
				break
			}
			if pause(ctx, wait) != nil {
				return steps, hungUp(ctx, Failure{}, last)
			}
		}
		if left, ok := ph.left(); ok && left <= 0 {
			return steps, timedOut(CauseTimeoutTotal, Failure{}, last)
		}
	}
	return steps, last
}

func action(made int, again bool) string {
	switch {
	case again:
		return Retry
	case made == 0:
		return InitialAttempt
	default:
		return Fallback
	}
}

// judge fills in what the error means, and takes it as evidence of health. It
// returns the Failure, nil if err stops the request, and the error to return.
func (r *Router) judge(ctx context.Context, a *Attempt, err error, step *Step, now time.Duration) (*Failure, error) {
	if _, ok := err.(*PanicError); ok {
		// Whatever the value wraps, a Failure too: a panic is a panic.
		step.Err, step.Cause = err, CausePanic
		return nil, err
	}
	f, err := failureOf(err)
	expired := a.expiredPhase()
	switch {
	case f == nil && expired != "" && isContextError(err) && ctx.Err() == nil:
		f = timedOut(expired, Failure{}, err)
		err = f
	case f == nil:
		step.Err, step.Cause = err, CauseAborted
		if ctx.Err() != nil {
			step.Cause = CauseCanceled
		}
		return nil, err
	case ctx.Err() != nil:
		f = hungUp(ctx, *f, err)
		err = f
	case expired != "" && f.Status < 300:
		f = timedOut(expired, *f, err)
		err = f
	}
	step.Err, step.Cause, step.Class, step.ErrorCode = err, f.Cause, f.Class, f.ErrorCode
	if f.Status != 0 {
		step.Status = f.Status
	}
	row := f.Cause.Row()
	if !row.Cools {
		return f, err
	}
	retryAfter := f.RetryAfter
	if !row.RetryAfter {
		retryAfter = 0
	}
	if cool := r.marks.failure(a.Destination.Key, now, retryAfter); cool > 0 {
		if line := r.log.Check(zap.WarnLevel, "routing: destination cools"); line != nil {
			line.Write(zap.String("destination", a.Destination.Name), zap.Uint64("key", a.Destination.Key),
				zap.String("cause", string(f.Cause)), zap.Int("status", f.Status), zap.Duration("for", cool))
		}
	}
	return f, err
}

// mayWait reports whether a retry after wait makes sense, and pays for it.
func (r *Router) mayWait(wait time.Duration, key uint64, now time.Duration, ph *phases) bool {
	if wait == backoff.Stop {
		return false
	}
	if left, ok := ph.left(); ok && wait >= left {
		return false
	}
	if m := r.marks.find(key); m != nil && time.Duration(m.until.Load()) > later(now, wait) {
		return false // it would still be cooling
	}
	return r.retry.spend()
}
