package ratelimit

// part returns the part of s in its lane, and makes it and the spread if they
// are missing. All lanes are locked. The first lane knows every spread, the
// others those they have a part of.
func (m *Memory) part(s *stop) *part {
	if s.spread = m.shards[s.base()].spreads[s.owner]; s.spread == nil {
		s.spread = new(spread)
		m.shards[s.base()].know(s.owner, s.spread)
	}
	if s.spread.parts[s.lane] == nil {
		s.spread.parts[s.lane] = new(part)
		m.shards[s.lock].know(s.owner, s.spread)
	}
	return s.spread.parts[s.lane]
}

func (s *shard) know(o owner, sp *spread) {
	if s.spreads == nil {
		s.spreads = make(map[owner]*spread)
	}
	s.spreads[o] = sp
}

// reserve counts buckets that are about to be made, some of them for tags,
// unless they are too many.
func (m *Memory) reserve(buckets, tags int64) bool {
	if buckets == 0 {
		return true
	}
	if tags > 0 && m.tags.Add(tags) > m.maxTags {
		m.tags.Add(-tags)
		return false
	}
	if m.buckets.Add(buckets) > m.maxBuckets && m.maxBuckets != 0 {
		m.forget(buckets, tags)
		return false
	}
	return true
}

// forget counts buckets that are no more.
func (m *Memory) forget(buckets, tags int64) {
	if buckets != 0 {
		m.buckets.Add(-buckets)
		m.tags.Add(-tags)
	}
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

// Sweep forgets every bucket that has nothing in its window and no open lease.
// It locks a small part at a time.
func (m *Memory) Sweep() {
	t, _ := m.clock.read()
	for base := 0; base < len(m.shards); {
		shared := base >= callerShards
		m.lock(base, shared)
		m.sweep(base, t)
		m.unlock(base, shared)
		base += m.width(shared)
	}
}

// width is the number of locks of a shard.
func (m *Memory) width(shared bool) int {
	if shared {
		return m.lanes.n
	}
	return 1
}

// sweepIfDue sweeps a locked shard that has grown, or has not been swept for
// long.
func (m *Memory) sweepIfDue(base int, t int64) {
	s := &m.shards[base]
	if len(s.accounts)+len(s.spreads) > s.sweepAt || t-s.swept > sweepTicks {
		m.sweep(base, t)
	}
}

// sweep forgets what is idle in a locked shard.
func (m *Memory) sweep(base int, t int64) {
	s := &m.shards[base]
	before := len(s.accounts) + len(s.spreads)
	follow := t-m.followed.Load() < followTicks
	for o, a := range s.accounts {
		left, gone := a.sweep(t, follow)
		switch {
		case left == nil:
			delete(s.accounts, o)
		case left != a:
			s.accounts[o] = left
		}
		if o.key == KeyRequestTag {
			m.forget(gone, gone)
		} else {
			m.forget(gone, 0)
		}
	}
	for o, sp := range s.spreads {
		gone, empty := sp.sweep(t, follow)
		m.forget(gone, 0)
		for lane := 0; empty && lane < m.lanes.n; lane++ {
			delete(m.shards[base+lane].spreads, o)
		}
	}
	after := len(s.accounts) + len(s.spreads)
	s.swept = t
	s.sweepAt = max(2*after, smallShard)
	if before > 4*s.sweepAt {
		s.accounts = smaller(s.accounts) // a map never shrinks by itself
	}
}

func smaller(accounts map[owner]*account) map[owner]*account {
	m := make(map[owner]*account, len(accounts))
	for o, a := range accounts {
		m[o] = a
	}
	return m
}

// sweep forgets the places that are idle in every part, and says how many, and
// whether none is left.
func (s *spread) sweep(t int64, follow bool) (gone int64, empty bool) {
	empty = true
	for place, known := range s.known {
		switch {
		case !known:
		case s.idle(uint8(place), t, follow):
			s.known[place] = false
			gone++
			for _, p := range s.parts {
				if p != nil {
					p.windows[place], p.shares[place] = window{}, share{}
				}
			}
		default:
			empty = false
		}
	}
	return gone, empty
}

func (s *spread) idle(place uint8, t int64, follow bool) bool {
	for _, p := range s.parts {
		if p != nil && !p.windows[place].idle(slotAt(place, t), follow) {
			return false
		}
	}
	return true
}
