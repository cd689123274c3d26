package ratelimit_test

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// TestStoreSlow holds the oracle of stores to the laws of stores.
func TestStoreSlow(t *testing.T) {
	ratelimittest.TestStore(t, func(o ratelimittest.StoreOptions) ratelimit.Store { return ratelimittest.NewSlow(o) })
}

func TestStoreMemory(t *testing.T) {
	ratelimittest.TestStore(t, func(o ratelimittest.StoreOptions) ratelimit.Store {
		return ratelimit.NewMemory(&ratelimit.Options{Now: o.Now})
	})
}

// TestTogether holds limiters that share a store to theirs.
func TestTogether(t *testing.T) {
	ratelimittest.TestShared(t, ratelimit.New)
}
