//go:build unix

package parquetlog

import (
	"errors"
	"os"
	"syscall"
)

// ignoreUnsupported forgets that some file systems cannot flush a folder.
func ignoreUnsupported(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// lock takes the folder for this process alone, as long as the file is open.
func lock(f *os.File) error {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another sink has it open")
	}
	return nil
}

// unlock gives the folder free at once. Closing the file alone would not, while a program that is just being started has
// it open as well.
func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
