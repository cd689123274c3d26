package routing

import (
	"context"
	"time"
)

// A Step is what became of one attempt.
type Step struct {
	Index       int    // from 0, in the order made
	Destination string // its name
	Action      string // InitialAttempt, Fallback, Retry or HedgeAttempt
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
// A destination that by now has a probe out, or does not let the request in, is
// passed over; if that leaves nobody, or the plan was made with all out, all are
// tried in order (ruling R29).
//
// try runs on the calling goroutine, and Do returns when it does. Only what
// [Options.Hedge] adds runs on another, and Do waits for that too.
func (r *Router) Do(ctx context.Context, p *Plan, try Try) ([]Step, error) {
	if p == nil || p.n == 0 {
		return nil, ErrNoDestination
	}
	if ctx.Err() != nil {
		return nil, hungUp(ctx, Failure{}, nil)
	}
	if r.retry.retries > 0 {
		r.retry.budget.earn()
	}
	if r.hedge.on {
		r.hedge.budget.earn()
	}
	now := r.moment()
	w := walk{phases: r.phases(p, now.real), allOut: p.allOut}
	if r.waiting.limit > 0 {
		if err := r.awaitRecovery(ctx, p, &w, &now); err != nil {
			return nil, err
		}
	}
	// One allocation serves the request that succeeds at once.
	one := new(struct {
		attempt Attempt
		steps   [1]Step
	})
	w.steps = one.steps[:0]
	err := r.walk(ctx, p, try, &w, &one.attempt, now)
	if len(w.steps) == 0 {
		// Nobody wanted it. That must not lock the caller out.
		w.left, w.allOut = 0, true
		err = r.walk(ctx, p, try, &w, &one.attempt, now)
	}
	return w.steps, err
}

// A walk is how far a request has come.
type walk struct {
	phases phases
	steps  []Step
	left   uint16 // bits of the destinations in the plan that are left out
	allOut bool   // all are: none is passed over
}

// step appends a Step to be filled in.
func (w *walk) step() *Step {
	w.steps = append(w.steps, Step{})
	return &w.steps[len(w.steps)-1]
}

// another returns an Attempt for what follows the first: a goroutine left over
// from an earlier attempt must not commit a later one. The second brings room
// for its step.
func (w *walk) another() *Attempt {
	if len(w.steps) > 1 {
		return new(Attempt)
	}
	two := new(struct {
		attempt Attempt
		steps   [2]Step
	})
	w.steps = append(two.steps[:0], w.steps...)
	return &two.attempt
}

// walk tries the destinations that are not left out.
func (r *Router) walk(ctx context.Context, p *Plan, try Try, w *walk, a *Attempt, now moment) error {
	var last error
	for i := range int(p.n) {
		if w.left&(1<<i) != 0 {
			continue
		}
		if last != nil {
			if left, ok := w.phases.left(now.real); ok && left <= 0 {
				return timedOut(CauseTimeoutTotal, Failure{}, last)
			}
		}
		d := p.config.at(p.order[i])
		var pauses *waits // nil until first needed
		for again := false; ; again = true {
			claimed := r.marks.claim(d.Key, now.clock, p.lot())
			if !claimed && !w.allOut {
				break
			}
			if len(w.steps) > 0 {
				a = w.another()
			}
			a.Index, a.Action = len(w.steps), action(len(w.steps), again)
			a.send(d, claimed)
			var made outcome
			if after, ok := r.hedgeAfter(a, p); ok {
				made, now = r.hedged(ctx, p, try, w, a, i, now, after)
			} else {
				err := a.run(r.begin(ctx, a, &w.phases, now), try)
				now = r.moment()
				made = r.finish(ctx, a, err, now, w.step())
			}
			if made.ends {
				return made.err
			}
			last = made.err
			if r.attempts > 0 && len(w.steps) >= r.attempts {
				return last
			}
			if made.failure == nil || !r.mayRetry(made.failure) {
				break
			}
			if pauses == nil {
				pauses = r.retry.waits(p.Draw)
			}
			pauses.retryAfter = made.failure.RetryAfter
			wait := pauses.NextBackOff()
			if !r.mayWait(ctx, wait, d.Key, now, &w.phases) {
				break
			}
			if pause(ctx, wait) != nil {
				return hungUp(ctx, Failure{}, last)
			}
			now = r.moment()
		}
	}
	return last
}

// begin puts an attempt under its limits and returns its context.
func (r *Router) begin(ctx context.Context, a *Attempt, ph *phases, now moment) context.Context {
	a.began = now.clock
	a.limits.start(ctx, r, ph, now.real)
	if a.race == nil && ph.Timeouts == (Timeouts{}) {
		return ctx // nothing of ours will end it
	}
	return &a.limits
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
