package ratelimit

import "math"

// exact decides a call on everything that is counted, with all lanes locked.
func (m *Memory) exact(c *call) Verdict {
	var usual [MaxAsks]seat
	seats := usual[:]
	if len(c.asks) > len(seats) {
		seats = make([]seat, len(c.asks))
	}
	seats = seats[:len(c.asks)]
	m.climb(c)
	defer m.descend(c)
	c.seat(seats)
	v := c.judge(seats, false)
	if c.shadowed() {
		if s := c.judge(seats, true); !s.OK {
			v.Shadow = &s
		}
	}
	if !v.OK || c.peek {
		return v
	}
	if !m.reserve(c, seats) && (!c.skipShadows(seats) || !m.reserve(c, seats)) {
		return Verdict{Blocked: c.asks[0], Full: true}
	}
	for i := range c.stops {
		m.enter(c, seats, &c.stops[i])
	}
	return v
}

// climb locks all shards, sweeps those that are due, and finds what is there.
func (m *Memory) climb(c *call) {
	for i := range c.stops {
		s := &c.stops[i]
		if i == 0 || c.stops[i-1].base() != s.base() {
			m.lock(int(s.base()), s.shared)
			m.sweepIfDue(int(s.base()), c.tick)
		}
		sh := &m.shards[s.base()]
		s.account, s.spread = sh.accounts[s.owner], sh.spreads[s.owner]
	}
}

func (m *Memory) descend(c *call) {
	for i := len(c.stops) - 1; i >= 0; i-- {
		s := &c.stops[i]
		if i == 0 || c.stops[i-1].base() != s.base() {
			m.unlock(int(s.base()), s.shared)
		}
	}
}

// used returns what the bucket in a place of s holds in slot.
func (s *stop) used(place uint8, slot int64) int64 {
	if s.spread != nil {
		return s.spread.used(place, slot)
	}
	w := s.account.at(place)
	if w == nil {
		return 0
	}
	w.advance(slot)
	return w.used
}

// missing returns how many buckets must be made for the asks of s.
func (c *call) missing(s *stop, seats []seat) (buckets int64) {
	for i := s.from; i < s.to; i++ {
		if !seats[i].skip && !s.knows(c.asks[i].Bucket.place()) {
			buckets++
		}
	}
	return buckets
}

func (s *stop) knows(place uint8) bool {
	if s.spread != nil {
		return s.spread.known[place]
	}
	return s.account.at(place) != nil
}

// enter takes what the asks of s want, and makes what is missing for that.
func (m *Memory) enter(c *call, seats []seat, s *stop) {
	for i := int(s.from); i < int(s.to); i++ {
		if seats[i].skip {
			continue
		}
		h := &c.holds[c.taken]
		c.taken++
		h.place = c.asks[i].Bucket.place()
		if s.shared {
			h.window = &m.part(s).windows[h.place]
			s.spread.known[h.place] = true
		} else {
			h.window = m.open(s, h.place)
		}
		c.take(&m.shards[s.lock], s, h, int32(i), min(seats[i].amount, math.MaxInt64-seats[i].used))
		if s.shared {
			s.spread.divide(h.place, c.limit(i))
		}
	}
}

// limit returns the limit to divide for the bucket of ask i: shadows do not
// count, unless nothing else does.
func (c *call) limit(i int) int64 {
	for j := i; j < len(c.asks); j++ {
		if c.asks[j].Bucket == c.asks[i].Bucket && !c.asks[j].Shadow {
			return c.asks[j].Limit
		}
	}
	return c.asks[i].Limit
}
