package routing

import (
	"context"

	"go.uber.org/zap"
)

// An outcome is an attempt that is over.
type outcome struct {
	failure *Failure // what another attempt may follow; nil if none may
	err     error    // for the caller, if no other attempt follows
	ends    bool     // the request ends with it
	at      moment
}

// finish says what became of an attempt whose Try returned err at now, fills in
// its step, and takes it as evidence of health, once.
func (r *Router) finish(ctx context.Context, a *Attempt, err error, now moment, step *Step) outcome {
	passed := a.limits.finish(now.real)
	step.Index, step.Destination, step.Action = a.Index, a.Destination.Name, a.Action
	step.Status, step.Committed, step.Latency = a.Status, a.Committed(), max(now.clock-a.began, 0)
	o := outcome{at: now, ends: true}
	var row Row
	if err != nil {
		row = r.judge(ctx, err, passed, &o, step)
		o.ends = o.failure == nil || step.Committed || row.Action == TellCaller
	}
	if a.race != nil && !a.race.settle(a, o.ends) {
		return r.supersede(a, err, &o, step)
	}
	switch key := a.Destination.Key; {
	case err == nil:
		if !step.Committed && r.Observes() {
			r.observe(key, step.Latency)
		}
		r.marks.success(key, now.clock)
	case o.failure != nil && row.Cools:
		if cool := r.marks.failure(key, now.clock, o.failure, row); cool > 0 {
			if line := r.log.Check(zap.WarnLevel, "routing: destination cools"); line != nil {
				line.Write(zap.String("destination", a.Destination.Name), zap.Uint64("key", key),
					zap.String("cause", string(o.failure.Cause)), zap.Int("status", o.failure.Status), zap.Duration("for", cool))
			}
		}
	case a.settles():
		r.marks.release(key)
	}
	return o
}

// judge fills in what the error means and returns the Row that follows; passed
// is the limit that passed, if one did.
func (r *Router) judge(ctx context.Context, err error, passed Cause, o *outcome, step *Step) Row {
	if _, ok := err.(*PanicError); ok {
		// Whatever the value wraps, a Failure too: a panic is a panic.
		step.Err, step.Cause, o.err = err, CausePanic, err
		return Row{}
	}
	f, err := r.failureOf(err)
	switch {
	case f == nil && ctx.Err() != nil && isContextError(err):
		f = hungUp(ctx, Failure{}, err)
		err = f
	case f == nil && passed != "" && isContextError(err):
		f = timedOut(passed, Failure{}, err)
		err = f
	case f == nil:
		step.Err, step.Cause, o.err = err, CauseAborted, err
		if ctx.Err() != nil {
			step.Cause = CauseCanceled
		}
		return Row{}
	case ctx.Err() != nil:
		f = hungUp(ctx, *f, err)
		err = f
	case passed != "" && f.Status < 300:
		f = timedOut(passed, *f, err)
		err = f
	}
	o.failure, o.err = f, err
	step.Err, step.Cause, step.Class, step.ErrorCode = err, f.Cause, f.Class, f.ErrorCode
	if f.Status != 0 {
		step.Status = f.Status
	}
	return r.row(f.Cause)
}
