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
	if err == nil && a.limits.late() {
		err = context.DeadlineExceeded // nothing of that answer reached the caller
	}
	step.Index, step.Destination, step.Action = a.Index, a.to.Name, a.Action
	step.Status, step.Committed, step.Latency = a.Status, a.Committed(), max(now.clock-a.began, 0)
	o := outcome{at: now, ends: true}
	var row Row
	if err != nil {
		row = r.judge(ctx, a, err, passed, &o, step)
		o.ends = o.failure == nil || step.Committed || row.Action == TellCaller
	}
	if a.race != nil && !a.race.settle(a, o.ends, err != nil && step.Cause != CausePanic) {
		return r.supersede(a, err, &o, step)
	}
	switch key := a.to.Key; {
	case err == nil:
		if !step.Committed && r.Observes() {
			r.observe(key, step.Latency)
		}
		r.marks.success(key, now.clock)
	case o.failure != nil && row.Cools:
		if cool := r.marks.failure(key, now.clock, o.failure, row); cool > 0 {
			if line := r.log.Check(zap.WarnLevel, "routing: destination cools"); line != nil {
				line.Write(zap.String("destination", a.to.Name), zap.Uint64("key", key),
					zap.String("cause", string(o.failure.Cause)), zap.Int("status", o.failure.Status), zap.Duration("for", cool))
			}
		}
	case a.settles():
		r.marks.release(key)
	}
	return o
}

// pastDeadline reports whether the caller's deadline has passed at now. Its timer
// may be late: a connection that keeps the deadline by the clock fails before.
func (r *Router) pastDeadline(ctx context.Context, now moment) bool {
	end, ok := ctx.Deadline()
	return ok && !r.started.Add(now.real).Before(end)
}

// judge fills in what the error means and returns the Row that follows; passed
// is the limit that passed, if one did.
func (r *Router) judge(ctx context.Context, a *Attempt, err error, passed Cause, o *outcome, step *Step) Row {
	f, err := r.read(err)
	if _, ok := err.(*PanicError); ok {
		step.Err, step.Cause, o.err = err, CausePanic, err
		return Row{}
	}
	gone := ctx.Err() != nil || r.pastDeadline(ctx, o.at)
	switch {
	case f == nil && gone && isContextError(err):
		f = hungUp(ctx, Failure{}, err)
		err = f
	case f == nil && passed != "" && (isContextError(err) || a.limits.late()):
		f = timedOut(passed, Failure{}, err)
		err = f
	case f == nil:
		step.Err, step.Cause, o.err = err, CauseAborted, err
		if gone {
			step.Cause = CauseCanceled
		}
		return Row{}
	case gone:
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
