//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package inferencelog

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder takes the folder for this sink. The system gives it back when the file is closed or the process ends.
func lockFolder(root *os.Root) (*os.File, error) {
	f, err := root.OpenFile("lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			err = ErrFolderInUse
		default:
			err = &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
		f.Close()
		return nil, err
	}
}
