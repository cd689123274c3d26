package routing

import (
	"context"
	"runtime/debug"
	"sync/atomic"
)

// The actions of an Attempt and its Step (spec §4.3).
const (
	InitialAttempt = "INITIAL_ATTEMPT" // the first of the request
	Fallback       = "FALLBACK"        // the first at another destination
	Retry          = "RETRY"           // one more at the same destination
)

// A Try makes one attempt. It returns nil for success, a *[Failure], wrapped or
// not, for an attempt that failed, and any other error to stop the request.
//
// It must return soon after ctx is done: Do waits for it. ctx ends when the
// caller's does and when a limit passes; then context.Cause(ctx) is a *Failure
// that names the limit. What Try returns after that becomes such a Failure, a
// provider's own error status (300 and up) and errors of Try's own excepted.
type Try func(ctx context.Context, a *Attempt) error

// An Attempt is handed to a Try. Its methods may be called from any goroutine;
// once Try has returned they do nothing of consequence.
type Attempt struct {
	// Index counts the attempts of the request from 0.
	Index int

	// Destination is where to send.
	Destination Destination

	// Action is InitialAttempt, Fallback or Retry.
	Action string

	// Status may be set by Try, before it returns nil, to the provider's HTTP
	// status, for the Step. Default 0: not known.
	Status int

	committed atomic.Bool
	limits    *limits // nil: no limit is set
}

// Commit says that content is about to reach the caller: nothing will be tried
// after this attempt, whatever happens. The first-token, attempt and total
// limits end here and the idle limit begins.
//
// It reports whether content may reach the caller. That is false for an attempt
// whose Try has returned, and for one that another attempt of the same request
// came before: such a one must hand nothing on and return. Calls after the
// first say the same as the first.
func (a *Attempt) Commit() bool {
	if a.committed.Swap(true) {
		return true
	}
	if a.limits != nil {
		a.limits.commit()
	}
	return true
}

// Progress says that bytes came from the provider, or that waiting for them
// begins: after Commit it begins the idle limit anew. It allocates nothing.
func (a *Attempt) Progress() {
	if a.limits != nil {
		a.limits.progress()
	}
}

// Hold says that it is not the provider that is waited for: the idle limit
// stands still until the next Progress, so that a slow caller is not taken for
// a silent provider. It allocates nothing.
func (a *Attempt) Hold() {
	if a.limits != nil {
		a.limits.hold()
	}
}

// Committed reports whether Commit was called.
func (a *Attempt) Committed() bool { return a.committed.Load() }

// run calls try. Whatever way try ends, no timer is left behind.
func (a *Attempt) run(ctx context.Context, try Try) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		if a.limits != nil {
			a.limits.end()
		}
	}()
	return try(ctx, a)
}
