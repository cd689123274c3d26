package ratelimit

// lock locks a shard for a call at tick t, and sweeps it if that is due. The
// caller holds no window of this shard yet.
func (m *Memory) lock(shard uint16, t int64) {
	s := &m.shards[shard]
	s.mu.Lock()
	if len(s.accounts) > s.sweepAt || t-s.swept > sweepTicks {
		m.buckets.Add(-s.sweep(t))
	}
}

// window makes the window of b, which was reserved, or returns the one that
// another ask of the same call has just made. The shard is locked.
func (m *Memory) window(h *hold, b *Bucket) *window {
	s := &m.shards[h.shard]
	if s.accounts == nil {
		s.accounts = make(map[owner]*account)
	}
	a := s.accounts[b.owner()]
	if a == nil {
		a = new(account)
		s.accounts[b.owner()] = a
	}
	if a[h.place] != nil {
		m.buckets.Add(-1) // reserved twice
	} else {
		a[h.place] = &window{last: h.slot}
	}
	return a[h.place]
}

// reserve counts n buckets that are about to be made, unless they are too
// many.
func (m *Memory) reserve(n int64) bool {
	if m.buckets.Add(n) <= m.maxBuckets || m.maxBuckets == 0 {
		return true
	}
	m.buckets.Add(-n)
	return false
}

// makeRoom sweeps all shards, at most once a tick, and reports whether it did.
func (m *Memory) makeRoom() bool {
	t, _ := m.clock.read()
	swept := m.swept.Load()
	if t <= swept || !m.swept.CompareAndSwap(swept, t) {
		return false
	}
	m.Sweep()
	return true
}
