//go:build !race

package ratelimit_test

const (
	usualArrivals = 1_000_000
	poolAllocs    = 0
)
