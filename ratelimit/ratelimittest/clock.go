package ratelimittest

import (
	"sync"
	"time"
)

// Clock tells the time it was set to. The zero Clock stands at its start. It may be used by many goroutines.
type Clock struct {
	mu    sync.Mutex
	since time.Duration
}

// Now returns the time of c, for ratelimit.Options.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC).Add(c.since)
}

// Set sets c to d after its start; d may be anything.
func (c *Clock) Set(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = d
}

// Advance sets c forward by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since += d
}
