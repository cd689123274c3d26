package ratelimit

import "time"

// admit takes the amount of every ask, or nothing, and adds what it took to
// lease, which may be nil.
func (m *Memory) admit(asks []Ask, lease *Lease) Verdict {
	for {
		v := m.try(asks, lease)
		if !v.Full || !m.makeRoom() {
			return v
		}
	}
}

func (m *Memory) try(asks []Ask, lease *Lease) Verdict {
	if len(asks) == 0 {
		return Verdict{OK: true}
	}
	kept := lease != nil
	if !kept {
		lease = new(Lease)
	}
	c := call{chargeAfter: m.chargeAfter, asks: asks, holds: lease.room(len(asks))}
	c.tick, c.at = m.clock.read()
	over, missing := c.climb(m)
	v := Verdict{OK: true}
	if over {
		v = c.judge()
	}
	if v.OK && missing > 0 && !m.reserve(missing) {
		v = Verdict{Blocked: asks[0], Full: true, RetryAfter: tick}
	}
	c.descend(m, v.OK, kept)
	if v.OK && kept {
		lease.keep(m, len(asks))
	}
	return v
}

// call is one Admit under way. It climbs through the shards in ascending
// order, locking and looking, and descends, taking and unlocking. At the top
// it holds every lock, so all calls happen one after the other; and as all
// climb in the same order, none waits for another in a circle.
type call struct {
	chargeAfter bool
	asks        []Ask
	holds       []hold // one for each ask, sorted by shard
	tick        int64
	at          time.Duration // the reading behind tick
}

// climb locks every shard and fills the holds. It reports whether an ask does
// not fit, and how many windows must be made.
func (c *call) climb(m *Memory) (over bool, missing int64) {
	holds := c.holds
	for i := range c.asks {
		h := hold{shard: c.asks[i].Bucket.shard(), ask: int32(i)}
		at := i
		for at > 0 && holds[at-1].shard > h.shard {
			holds[at] = holds[at-1]
			at--
		}
		holds[at] = h
	}
	var known *account
	for i := range holds {
		h := &holds[i]
		b := &c.asks[h.ask].Bucket
		if i == 0 || holds[i-1].shard != h.shard {
			m.lock(h.shard, c.tick)
			known = m.shards[h.shard].accounts[b.owner()]
		} else if c.asks[holds[i-1].ask].Bucket.owner() != b.owner() {
			known = m.shards[h.shard].accounts[b.owner()]
		}
		if b.valid() {
			h.place, h.slot = b.place(), b.slot(c.tick)
			if known != nil {
				h.window = known[h.place]
			}
			if h.window == nil {
				missing++
			} else {
				h.window.advance(h.slot)
			}
		}
		h.over = c.over(holds[:i], h)
		over = over || h.over
	}
	return over, missing
}

// over reports whether h does not fit on top of what its window holds and of
// what earlier holds of the same call want of the same bucket.
func (c *call) over(earlier []hold, h *hold) bool {
	a := &c.asks[h.ask]
	var used int64
	if h.window != nil {
		used = h.window.used
	}
	for i := len(earlier) - 1; i >= 0 && earlier[i].shard == h.shard; i-- {
		if e := &c.asks[earlier[i].ask]; e.Bucket == a.Bucket {
			used = addSaturating(used, c.wants(e))
		}
	}
	return a.over(used, c.chargeAfter)
}

// wants returns what an admitted ask takes at once.
func (c *call) wants(a *Ask) int64 {
	if c.chargeAfter && a.Bucket.Dimension == Tokens {
		return 0
	}
	return a.amount()
}

// descend unlocks every shard in descending order; if the call is admitted it
// takes from the windows on the way.
func (c *call) descend(m *Memory, take, kept bool) {
	holds := c.holds
	for i := len(holds) - 1; i >= 0; i-- {
		h := &holds[i]
		if take {
			c.take(m, h)
			if kept {
				h.window.leases++
			}
		}
		if i == 0 || holds[i-1].shard != h.shard {
			m.shards[h.shard].mu.Unlock()
		}
	}
}

// take takes what h wants, making its window if there is none.
func (c *call) take(m *Memory, h *hold) {
	a := &c.asks[h.ask]
	if h.window == nil {
		h.window = m.window(h, &a.Bucket)
	}
	h.slot = h.window.last
	h.amount = h.window.take(c.wants(a))
}

// wait returns how long the ask of h, which does not fit, must wait.
func (c *call) wait(h *hold) wait {
	a := &c.asks[h.ask]
	w := wait{ask: a, forever: a.disabled()}
	if w.forever {
		return w
	}
	var used, want int64
	if h.window != nil {
		used = h.window.used
	}
	for i := range c.asks[:h.ask+1] {
		if c.asks[i].Bucket == a.Bucket {
			want = addSaturating(want, c.wants(&c.asks[i]))
		}
	}
	// Charged afterwards, a token is admitted as if it wanted one.
	want = max(want, 1)
	if want > a.Limit || h.window == nil {
		w.forever = true
		return w
	}
	begins := h.window.last + h.window.slotsUntil(used-(a.Limit-want))
	slot := a.Bucket.slot(c.tick)
	length := time.Duration(a.Bucket.Period.ticks()) * tick
	w.delay = time.Duration(begins-slot)*length - (c.at - time.Duration(slot)*length)
	return w
}

// hold returns the hold of ask i.
func (c *call) hold(i int) *hold {
	for j := range c.holds {
		if int(c.holds[j].ask) == i {
			return &c.holds[j]
		}
	}
	return nil // cannot be: every ask has a hold
}
