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

// reserve counts the buckets that must be made for c, unless they are too many.
func (m *Memory) reserve(c *call, seats []seat) bool {
	var buckets int64
	for i := range c.stops {
		s := &c.stops[i]
		n := c.missing(s, seats)
		if n > 0 && s.owner.key == KeyRequestTag && !m.room.take(s.owner.service, n) {
			m.unreserve(c, seats, i)
			return false
		}
		buckets += n
	}
	if buckets > 0 && m.buckets.Add(buckets) > m.maxBuckets && m.maxBuckets != 0 {
		m.buckets.Add(-buckets)
		m.unreserve(c, seats, len(c.stops))
		return false
	}
	return true
}

// unreserve takes back what reserve has counted for the tags of the first stops.
func (m *Memory) unreserve(c *call, seats []seat, stops int) {
	for i := range stops {
		if s := &c.stops[i]; s.owner.key == KeyRequestTag {
			if n := c.missing(s, seats); n > 0 {
				m.room.add(s.owner.service, -n)
			}
		}
	}
}

// forget counts buckets of o that are no more.
func (m *Memory) forget(o *owner, buckets int64) {
	if buckets == 0 {
		return
	}
	m.buckets.Add(-buckets)
	if o.key == KeyRequestTag {
		m.room.add(o.service, -buckets)
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
	m.room.forget()
	for base := 0; base < len(m.shards); {
		shared := base >= callerShards
		m.lock(base, shared)
		m.sweep(base, t)
		m.foresee(base)
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
		m.forget(&o, gone)
	}
	for o, sp := range s.spreads {
		gone, empty := sp.sweep(t, follow)
		m.forget(&o, gone)
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

// foresee notes when the buckets of callers and tags in a locked shard, which
// has just been swept, will be idle.
func (m *Memory) foresee(base int) {
	for o, a := range m.shards[base].accounts {
		for ; a != nil; a = a.next {
			if a.leases == 0 && a.place != concurrentPlace {
				m.room.falls(o, (a.newestUsed()+slots+1)*periodAt(a.place).ticks())
			}
		}
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
