package ratelimit

import (
	"math/rand/v2"
	"runtime"
)

// NewScattered returns a limiter of four lanes whose calls change lanes at
// random, as if each ran on another processor.
func NewScattered(opts *Options) *Limiter {
	l := New(opts)
	l.memory = NewScatteredMemory(opts)
	if l.shared != nil {
		l.shared.memory = l.memory
	}
	return l
}

// NewScatteredMemory does so for a memory alone.
func NewScatteredMemory(opts *Options) *Memory {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	m := NewMemory(opts)
	m.lanes.pick = func() int { return rand.IntN(4) }
	return m
}
