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

// A PanicError holds what a Try or a Strategy panicked with. It is neutral
// evidence: nobody's health changes by it, and nothing is tried after it.
type PanicError struct {
	Value any    // the value given to panic
	Stack []byte // the stack of the panicking goroutine, for people
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("routing: panic: %v", e.Value)
}

// Unwrap returns the value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
