package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"
)

// A Failure is the error by which a Try says that its attempt failed and why.
// It may be wrapped.
type Failure struct {
	// Cause decides what follows. Default "": what Status stands for, and
	// CauseReset when that is 0 too.
	Cause Cause

	// Status is the provider's HTTP status. Default 0: there was none.
	Status int

	// ErrorCode is the provider's own error code, for the Step. Default "".
	ErrorCode string

	// RetryAfter is how long the provider wants to be left alone, see
	// [ParseRetryAfter]. Default 0: it did not say. Negative is 0.
	RetryAfter time.Duration

	// Class says whether the request may have been processed. Default "":
	// what the Cause's Row says.
	Class Class

	// Err is the reason beneath. Default nil.
	Err error
}

// Error returns "routing: ", the cause, the status if any, and Err.
func (f *Failure) Error() string {
	if f == nil {
		return "routing: failure"
	}
	s := "routing: " + string(f.cause())
	if f.Status != 0 {
		s += " (status " + strconv.Itoa(f.Status) + ")"
	}
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error {
	if f == nil {
		return nil
	}
	return f.Err
}

func (f *Failure) cause() Cause {
	if f.Cause != "" {
		return f.Cause
	}
	if f.Status == 0 {
		return CauseReset
	}
	if c := CauseOfStatus(f.Status); c != "" {
		return c
	}
	return CauseMalformed
}

func (f *Failure) class(r *Router) Class {
	if f.Class != "" {
		return f.Class
	}
	cause := f.cause()
	if cause == CauseServerError && (f.Status == 503 || f.Status == 529) {
		return ClassRefused
	}
	return r.row(cause).Class
}

// failureOf finds the Failure in err, complete in cause and class, and the
// error to return for it: err itself when nothing was missing.
func (r *Router) failureOf(err error) (*Failure, error) {
	f, ok := err.(*Failure)
	if !ok {
		if f, ok = unwrapFailure(err); !ok {
			return nil, err
		}
	}
	if f == nil {
		// A nil *Failure in an error: someone failed and did not say how.
		f = new(Failure)
		err = f
	}
	if f.Cause != "" && f.Class != "" && f.RetryAfter >= 0 {
		return f, err
	}
	full := *f
	full.Cause, full.Class, full.RetryAfter = f.cause(), f.class(r), max(f.RetryAfter, 0)
	if err != error(f) {
		full.Err = err // keeps the wrapping within reach of errors.Is
	}
	return &full, &full
}

func unwrapFailure(err error) (f *Failure, ok bool) {
	ok = errors.As(err, &f)
	return f, ok
}

// read is failureOf for an error that may be anything. One that panics when it is
// asked what it is, as a nil *url.Error in an error does, is a *PanicError.
func (r *Router) read(err error) (f *Failure, known error) {
	defer func() {
		if v := recover(); v != nil {
			f, known = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if p, ok := err.(*PanicError); ok && p != nil {
		return nil, err // whatever the value wraps, a Failure too: a panic is a panic
	}
	errors.Is(err, errNone) // whoever gets it may look everywhere
	return r.failureOf(err)
}

// hungUp is the failure of a request whose caller is gone. Whatever err was, it
// was seen through a cancelled context.
func hungUp(ctx context.Context, f Failure, err error) *Failure {
	reason := ctx.Err()
	if reason == nil {
		reason = context.DeadlineExceeded // its timer has yet to say so
	}
	if err == nil {
		err = cmp.Or(context.Cause(ctx), reason)
	}
	if !is(err, reason) {
		err = fmt.Errorf("%w: %w", reason, err)
	}
	return &Failure{Cause: CauseCanceled, Status: f.Status, ErrorCode: f.ErrorCode, Class: cmp.Or(f.Class, ClassUncertain), Err: err}
}

// timedOut is the failure of an attempt that the named limit ended.
func timedOut(phase Cause, f Failure, err error) *Failure {
	if is(err, context.Canceled) {
		// Cancelling is how the limit works. Passing that on would look like
		// the caller's doing.
		err = context.DeadlineExceeded
	}
	return &Failure{Cause: phase, Status: f.Status, ErrorCode: f.ErrorCode, Class: cmp.Or(f.Class, ClassUncertain), Err: err}
}
