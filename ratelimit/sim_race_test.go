//go:build race

package ratelimit_test

// usualArrivals is less than elsewhere: one goroutine has no one to race with.
const usualArrivals = 200_000
