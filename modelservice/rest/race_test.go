//go:build race

package rest_test

// every is of how many hostile requests one is sent.
const every = 7
