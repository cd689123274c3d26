//go:build unix

package parquetlog_test

import "syscall"

// processorTime returns the nanoseconds that the process has computed so far.
func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
