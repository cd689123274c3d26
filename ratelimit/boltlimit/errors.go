package boltlimit

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// The errors of this package, for errors.Is. Others come from the file system.
var (
	// ErrInUse: another process, or another Keeper here, has the file open.
	ErrInUse = errors.New("boltlimit: file is in use by another process")
	// ErrDamaged: the file is not one that this package has written, or not
	// any more. Restore a copy, or remove the file and start with nothing
	// counted.
	ErrDamaged = errors.New("boltlimit: file is damaged")
	// ErrClosed: the Keeper is closed already.
	ErrClosed = errors.New("boltlimit: closed")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// guarded runs what reads or writes through bbolt's memory map, where damage
// shows as a panic or as a memory fault.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	return f()
}
