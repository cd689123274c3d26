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
	buckets, tags := c.missing(seats)
	if !m.reserve(buckets, tags) {
		return Verdict{Blocked: c.asks[0], Full: true, RetryAfter: tick}
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

// seat is how one ask stands.
type seat struct {
	stop   int   // index of its stop
	used   int64 // what its bucket holds
	amount int64 // what the call takes from it
	over   bool  // does not fit
	again  bool  // an ask before it is for the same bucket
}

// seat looks at every ask. All shards are locked.
func (c *call) seat(seats []seat) {
	for i := range c.stops {
		s := &c.stops[i]
		for j := s.from; j < s.to; j++ {
			a := &c.asks[j]
			seats[j] = seat{stop: i, amount: c.wants(a)}
			if place := a.Bucket.place(); a.Bucket.valid() {
				seats[j].used = s.used(place, slotAt(place, c.tick))
			}
		}
	}
	for i := range seats {
		a := &c.asks[i]
		seats[i].over = a.over(seats[i].used, c.after(a))
	}
	if c.repeats() {
		for i := range seats {
			seats[i].amount, seats[i].again = c.most(i)
		}
	}
}

// repeats reports whether two asks may be for one bucket.
func (c *call) repeats() bool {
	for i := range c.stops {
		if c.again(i) {
			return true
		}
		s, seen := &c.stops[i], 0
		for j := s.from; j < s.to; j++ {
			place := 1 << c.asks[j].Bucket.place()
			if seen&place != 0 {
				return true
			}
			seen |= place
		}
	}
	return false
}

// most returns what the call takes from the bucket of ask i: the largest amount
// of its asks for that bucket, where shadows count only if all are shadows.
// Again says that an ask before i is for the same bucket.
func (c *call) most(i int) (most int64, again bool) {
	shadow := true
	for j := range c.asks {
		a := &c.asks[j]
		if a.Bucket != c.asks[i].Bucket {
			continue
		}
		again = again || j < i
		switch {
		case shadow && !a.Shadow:
			shadow, most = false, c.wants(a)
		case shadow == a.Shadow:
			most = max(most, c.wants(a))
		}
	}
	return most, again
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

// missing returns how many buckets must be made, and how many of them are for
// tags.
func (c *call) missing(seats []seat) (buckets, tags int64) {
	for i := range c.stops {
		s := &c.stops[i]
		for j := int(s.from); j < int(s.to); j++ {
			place := c.asks[j].Bucket.place()
			if s.knows(place) || seats[j].again {
				continue
			}
			buckets++
			if s.owner.key == KeyRequestTag {
				tags++
			}
		}
	}
	return buckets, tags
}

func (s *stop) knows(place uint8) bool {
	if s.spread != nil {
		return s.spread.known[place]
	}
	return s.account.at(place) != nil
}

// enter takes what the asks of s want, and makes what is missing for that.
func (m *Memory) enter(c *call, seats []seat, s *stop) {
	var p *part
	if s.shared {
		p = m.part(s)
	}
	for i := int(s.from); i < int(s.to); i++ {
		if seats[i].again {
			continue
		}
		h := &c.holds[c.taken]
		c.taken++
		h.place = c.asks[i].Bucket.place()
		if p != nil {
			h.window = &p.windows[h.place]
			s.spread.known[h.place] = true
		} else {
			h.window = m.open(s, h.place)
		}
		c.take(&m.shards[s.lock], s, h, int32(i), min(seats[i].amount, math.MaxInt64-seats[i].used))
		if p != nil {
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
