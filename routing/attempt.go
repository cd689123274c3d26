package routing

import (
	"context"
	"runtime/debug"
	"time"
)

// The actions of an Attempt and its Step (spec §4.3).
const (
	InitialAttempt = "INITIAL_ATTEMPT" // the first of the request
	Fallback       = "FALLBACK"        // the first at another destination
	Retry          = "RETRY"           // one more at the same destination
	HedgeAttempt   = "HEDGE"           // beside the first, at another destination
)

// A Try makes one attempt. It returns nil for success, a *[Failure], wrapped or
// not, for an attempt that failed, and any other error to stop the request.
//
// It must return soon after ctx is done: Do waits for it. ctx ends when the
// caller's does, when a limit passes, and when another attempt won (see
// [Hedge]); ctx.Err() is context.DeadlineExceeded for a limit and
// context.Canceled else, and what context.Cause says of the caller's context it
// says of ctx. What Try returns after a limit passed becomes a *Failure that
// names the limit, a provider's own error status (300 and up) and errors of
// Try's own excepted.
//
// With [Options.Hedge] two calls of one request may run at once.
type Try func(ctx context.Context, a *Attempt) error

// An Attempt is handed to a Try. Its methods may be called from any goroutine;
// once Try has returned they do nothing of consequence.
type Attempt struct {
	// Index counts the attempts of the request from 0.
	Index int

	// Destination is where to send. Writing to it changes nothing.
	Destination Destination

	// Action is InitialAttempt, Fallback, Retry or HedgeAttempt.
	Action string

	// Status may be set by Try, before it returns nil, to the provider's HTTP
	// status, for the Step. Default 0: not known.
	Status int

	to     *Destination  // the Config's, which Try cannot change
	began  time.Duration // on the Router's clock
	limits limits
	race   *race // nil: there is no other attempt beside this one
}

// Commit says that content is about to reach the caller: nothing will be tried
// after this attempt, whatever happens. The first-token, attempt and total
// limits end here and the idle limit begins.
//
// It reports whether content may reach the caller. That is false for an attempt
// whose Try has returned, for one that another attempt of the same request came
// before, and for one of a stream (Request.Stream) whose limit has passed: such a
// one must hand nothing on and return. It has failed then, whatever Try returns.
// An answer in one piece may come late. Calls after the first say the same as the
// first.
func (a *Attempt) Commit() bool {
	if !a.enter() {
		return a.Committed()
	}
	if r := a.limits.router; r != nil {
		r.noteCommit(a)
	}
	return true
}

// noteCommit takes content as evidence as soon as it is there: of latency, and
// that a destination on probation answers. A long stream would otherwise keep
// everybody else waiting for its end.
func (r *Router) noteCommit(a *Attempt) {
	key := a.to.Key
	if r.Observes() {
		r.observe(key, max(r.clock()-a.began, 0))
	}
	if k := r.marks.find(key); k != nil && k.tripped.Load() {
		if now := r.clock(); r.marks.state(k, now) == HalfOpen && a.settles() {
			r.marks.success(key, now)
		}
	}
}

// enter makes a the attempt that is committed, unless it is already, or it is
// too late.
func (a *Attempt) enter() bool {
	if a.race != nil {
		return a.race.commit(a)
	}
	return a.limits.commit()
}

// Progress says that bytes came from the provider, or that waiting for them
// begins: after Commit it begins the idle limit anew. It allocates nothing.
func (a *Attempt) Progress() { a.limits.progress() }

// Hold says that it is not the provider that is waited for: the idle limit
// stands still until the next Progress, so that a slow caller is not taken for
// a silent provider. It allocates nothing.
func (a *Attempt) Hold() { a.limits.hold() }

// Committed reports whether Commit was called and said yes.
func (a *Attempt) Committed() bool { return a.limits.state.Load()&committed != 0 }

// send says where a goes, and whether it has claimed that.
func (a *Attempt) send(d *Destination, claimed bool) {
	a.to, a.Destination, a.limits.claimed = d, *d, claimed
}

// run calls try. Whatever way try ends, nothing is left behind that waits.
func (a *Attempt) run(ctx context.Context, try Try) (err error) {
	returned := false
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		} else if !returned {
			a.abandon() // runtime.Goexit: nothing after this runs
		}
	}()
	err = try(ctx, a)
	returned = true
	return err
}

// settles reports whether health has yet to hear of a, which it will now.
func (a *Attempt) settles() bool {
	return a.limits.claimed && a.limits.state.Or(settled)&settled == 0
}

// abandon gives back what a holds.
func (a *Attempt) abandon() {
	a.limits.finish(never)
	if a.race != nil {
		a.race.settle(a, true, false)
	}
	if a.settles() {
		a.limits.router.marks.release(a.to.Key)
	}
}
