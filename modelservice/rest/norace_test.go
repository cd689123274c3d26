//go:build !race

package rest_test

// every is of how many hostile requests one is sent: all of them, unless the race
// detector, to which they are much alike, slows each one down.
const every = 1
