package boltstore

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/modelward/modelward/catalog"
)

// The errors of this package, for errors.Is. Others come from the file system.
var (
	// ErrInUse: another process, or another Store here, has the file open.
	ErrInUse = errors.New("boltstore: file is in use by another process")
	// ErrDamaged: the file is not one that this package has written, or not
	// any more. Restore a copy.
	ErrDamaged = errors.New("boltstore: file is damaged")
	// ErrUnknownOutcome: a write failed in such a way that the commit may be
	// on disk or not. Open the file again to find out.
	ErrUnknownOutcome = fmt.Errorf("boltstore: %w", catalog.ErrUnknownOutcome)
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// guarded runs what reads or writes through bbolt's memory map, where damage
// shows as a panic or as a memory fault.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case callerPanic:
			panic(p.value)
		default:
			err = damaged("%v", p)
		}
	}()
	return f()
}

// callerPanic carries a panic of the caller's own function out of guarded.
type callerPanic struct{ value any }

// passOn panics again with what was recovered from a caller's function.
func passOn(recovered any) {
	if recovered != nil { // nil: the goroutine ends
		panic(callerPanic{recovered})
	}
}
