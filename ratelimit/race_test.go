//go:build race

package ratelimit_test

const (
	// usualArrivals is less than elsewhere: one goroutine has no one to race
	// with.
	usualArrivals = 200_000

	// poolAllocs is what a call may allocate because the race detector has
	// every sync.Pool drop some of what is put into it.
	poolAllocs = 2
)
