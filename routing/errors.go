package routing

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoDestination says that the plan was empty, so nothing was tried.
var ErrNoDestination = errors.New("routing: no destination")

// An InvalidError says which field of a Config breaks which rule.
type InvalidError struct {
	Field  string // as in spec §3.2, for example "destinations[1].traffic_percentage"
	Reason string // what is wrong with it, without the field's name
}

func (e *InvalidError) Error() string {
	return "routing: invalid " + e.Field + ": " + e.Reason
}

// A PanicError holds what a Try or a Strategy panicked with, or the error of a
// Try that cannot be unwrapped. It is neutral evidence: nobody's health changes
// by it, and nothing is tried after it.
type PanicError struct {
	Value any    // the value given to panic
	Stack []byte // the stack of the panicking goroutine, for people
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("routing: panic: %v", e.Value)
}

// Unwrap returns the value if it is an error, else nil. It is nil, too, for one
// that panics when asked what it is.
func (e *PanicError) Unwrap() error {
	if err, ok := e.Value.(error); ok && sound(err) {
		return err
	}
	return nil
}

// errNone is in no error, so that whoever looks for it looks everywhere.
var errNone = errors.New("routing: none")

// sound reports whether err, and all beneath it, can be asked what it is.
func sound(err error) (ok bool) {
	defer func() { ok = recover() == nil }()
	errors.Is(err, errNone)
	return
}

// is is errors.Is, and false where that panics.
func is(err, target error) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return errors.Is(err, target)
}

func isContextError(err error) bool {
	return is(err, context.Canceled) || is(err, context.DeadlineExceeded)
}
