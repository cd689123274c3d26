//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package segments

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock of f, which the system gives back when f is closed or the process ends.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrLocked
		default:
			return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
	}
}
