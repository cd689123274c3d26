package ratelimit

import "sync/atomic"

// Memory counts in this process. Every [Limiter] has one. It is also a [Store]
// that several limiters of one process can share. All its methods may be called
// from any number of goroutines.
type Memory struct {
	clock       clock
	chargeAfter bool
	maxBuckets  int64
	buckets     atomic.Int64
	swept       atomic.Int64 // tick of the last Sweep for want of room
	shards      [shardCount]shard
}

// NewMemory returns a memory with nothing counted. Of opts it reads Now,
// ChargeAfter, MaxBuckets and MaxTagBuckets.
func NewMemory(opts *Options) *Memory {
	m := &Memory{chargeAfter: opts.chargeAfter(), maxBuckets: opts.maxBuckets()}
	m.swept.Store(-1)
	m.clock.start(opts.now())
	for i := range m.shards {
		m.shards[i].sweepAt = smallShard
	}
	return m
}

// Len returns the number of buckets kept.
func (m *Memory) Len() int { return int(m.buckets.Load()) }

// Sweep forgets every bucket that has nothing in its window and no open lease,
// and locks a small part at a time.
func (m *Memory) Sweep() {
	t, _ := m.clock.read()
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		m.buckets.Add(-s.sweep(t))
		s.mu.Unlock()
	}
}

func (m *Memory) used(b Bucket) (used int64) {
	if !b.valid() {
		return 0
	}
	t, _ := m.clock.read()
	s := &m.shards[b.shard()]
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[b.owner()]; a != nil && a[b.place()] != nil {
		w := a[b.place()]
		w.advance(b.slot(t))
		used = w.used
	}
	return used
}
