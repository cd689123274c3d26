package ratelimit_test

import (
	"runtime"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// TestLanes holds a limiter with many lanes to the laws, in which every call
// goes another lane than the one before: a single goroutine alone would stay in
// the lane of its processor.
func TestLanes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	ratelimittest.TestLimiter(t, openLanes)
}

// TestStoreLanes does so with a memory that is a store.
func TestStoreLanes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	ratelimittest.TestStore(t, func(o ratelimittest.StoreOptions) ratelimit.Store {
		m := ratelimit.NewMemory(&ratelimit.Options{Now: o.Now})
		m.CrossLanes()
		return m
	})
}

func openLanes(opts *ratelimit.Options) *ratelimit.Limiter {
	l := ratelimit.New(opts)
	l.Memory().CrossLanes()
	return l
}
