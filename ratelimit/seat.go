package ratelimit

// seat is how one ask stands.
type seat struct {
	stop   int   // index of its stop
	used   int64 // what its bucket holds
	amount int64 // what the call takes from it
	over   bool  // does not fit
	skip   bool  // takes nothing, as another ask does it or there is no bucket for it
}

// seat looks at every ask. All shards are locked.
func (c *call) seat(seats []seat) {
	for i := range c.stops {
		s := &c.stops[i]
		for j := s.from; j < s.to; j++ {
			a := &c.asks[j]
			seats[j] = seat{stop: i, amount: c.wants(a)}
			if a.Bucket.valid() {
				place := a.Bucket.place()
				seats[j].used = s.used(place, slotAt(place, c.tick))
			} else {
				seats[j].skip = true
			}
		}
	}
	for i := range seats {
		a := &c.asks[i]
		seats[i].over = a.over(seats[i].used, c.after(a))
	}
	if c.repeats() {
		for i := range seats {
			amount, again := c.most(i)
			seats[i].amount, seats[i].skip = amount, again || seats[i].skip
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

// skipShadows leaves out the shadow asks whose buckets would have to be made,
// and reports whether there are any: a shadow refuses nothing, for want of room
// neither.
func (c *call) skipShadows(seats []seat) (skipped bool) {
	for i := range c.asks {
		a := &c.asks[i]
		if a.Shadow && !seats[i].skip && !c.stops[seats[i].stop].knows(a.Bucket.place()) && !c.enforces(a.Bucket) {
			seats[i].skip, skipped = true, true
		}
	}
	return skipped
}

// enforces reports whether an ask for b is no shadow.
func (c *call) enforces(b Bucket) bool {
	for i := range c.asks {
		if !c.asks[i].Shadow && c.asks[i].Bucket == b {
			return true
		}
	}
	return false
}
