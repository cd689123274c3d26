package ratelimit

// lock locks a shard for a call at tick t, and sweeps it if that is due. The
// caller holds no window of this shard yet.
func (l *Limiter) lock(shard uint16, t int64) {
	s := &l.shards[shard]
	s.mu.Lock()
	if len(s.accounts) > s.sweepAt || t-s.swept > sweepTicks {
		l.buckets.Add(-s.sweep(t))
	}
}

// window makes the window of b, which was reserved, or returns the one that
// another ask of the same call has just made. The shard is locked.
func (l *Limiter) window(h *hold, b *Bucket) *window {
	s := &l.shards[h.shard]
	if s.accounts == nil {
		s.accounts = make(map[owner]*account)
	}
	a := s.accounts[b.owner()]
	if a == nil {
		a = new(account)
		s.accounts[b.owner()] = a
	}
	if a[h.place] != nil {
		l.buckets.Add(-1) // reserved twice
	} else {
		a[h.place] = &window{last: h.slot}
	}
	return a[h.place]
}

// reserve counts n buckets that are about to be made, unless they are too
// many.
func (l *Limiter) reserve(n int64) bool {
	if l.buckets.Add(n) <= l.maxBuckets || l.maxBuckets == 0 {
		return true
	}
	l.buckets.Add(-n)
	return false
}

// makeRoom sweeps all shards, at most once a tick, and reports whether it did.
func (l *Limiter) makeRoom() bool {
	t, _ := l.clock.read()
	swept := l.swept.Load()
	if t <= swept || !l.swept.CompareAndSwap(swept, t) {
		return false
	}
	l.Sweep()
	return true
}
