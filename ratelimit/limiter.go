package ratelimit

import (
	"sync/atomic"
)

// Limiter counts. Make one with [New]; all its methods may be called from any
// number of goroutines. It runs nothing in the background.
type Limiter struct {
	clock       clock
	chargeAfter bool
	maxBuckets  int64
	buckets     atomic.Int64
	swept       atomic.Int64 // tick of the last Sweep for want of room
	answers     answers      // what services usually answer
	shards      [shardCount]shard
}

// New returns a limiter with nothing counted.
func New(opts *Options) *Limiter {
	l := &Limiter{chargeAfter: opts.chargeAfter(), maxBuckets: opts.maxBuckets()}
	l.swept.Store(-1)
	l.clock.start(opts.now())
	for i := range l.shards {
		l.shards[i].sweepAt = smallShard
	}
	return l
}

// Usage returns how much of b is used, and how much of limit remains, at
// least 0. It changes nothing.
func (l *Limiter) Usage(b Bucket, limit int64) (used, remaining int64) {
	if !b.valid() {
		return 0, 0
	}
	t, _ := l.clock.read()
	s := &l.shards[b.shard()]
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[b.owner()]; a != nil && a[b.place()] != nil {
		w := a[b.place()]
		w.advance(b.slot(t))
		used = w.used
	}
	return used, max(limit, 0) - min(used, max(limit, 0))
}

// Len returns the number of buckets kept.
func (l *Limiter) Len() int { return int(l.buckets.Load()) }

// Sweep forgets every bucket that has nothing in its window and no open lease.
// The limiter does so by itself, little by little, as calls come; a program
// may call Sweep after a peak. It locks a small part at a time.
func (l *Limiter) Sweep() {
	t, _ := l.clock.read()
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		l.buckets.Add(-s.sweep(t))
		s.mu.Unlock()
	}
}
