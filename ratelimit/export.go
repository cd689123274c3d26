package ratelimit

import (
	"iter"
	"time"
)

// Count is what was taken from a bucket in one slot and still counts.
type Count struct {
	Bucket Bucket
	At     time.Time // when the slot began, by the clock of Options.Now
	Amount int64     // 0 or more
}

// Export yields what is counted, bucket by bucket, the oldest slot of each
// first: what [Memory.Import] needs to go on counting in another process. Calls
// under way are not in it, but what they have taken is. Buckets with nothing in
// them are left out.
//
// With changed it yields only the buckets that something was taken from or
// given back to since the last Export with changed; one that nothing is left in
// is a Count of 0 then. So only one program can follow the changes, and a loop
// over them that is broken off has lost the rest.
//
// Export may run beside calls: it locks a small part at a time, and yields with
// nothing locked.
func (m *Memory) Export(changed bool) iter.Seq[Count] {
	return func(yield func(Count) bool) {
		if changed {
			t, _ := m.clock.read()
			m.followed.Store(t)
		}
		var counts []Count
		for base := 0; base < len(m.shards); {
			shared := base >= callerShards
			counts = m.export(counts[:0], base, shared, changed)
			for _, c := range counts {
				if !yield(c) {
					return
				}
			}
			base += m.width(shared)
		}
	}
}

// export appends the counts of one shard.
func (m *Memory) export(into []Count, base int, shared, changed bool) []Count {
	m.lock(base, shared)
	defer m.unlock(base, shared)
	t, wall := m.clock.wall()
	for o, a := range m.shards[base].accounts {
		for ; a != nil; a = a.next {
			into = appendCounts(into, o, a.place, t, wall, changed, &a.window)
		}
	}
	for o, s := range m.shards[base].spreads {
		for place, known := range s.known {
			if known {
				into = appendCounts(into, o, uint8(place), t, wall, changed, s.windows(place)...)
			}
		}
	}
	return into
}

// windows returns the windows of all parts in a place.
func (s *spread) windows(place int) []*window {
	var all []*window
	for _, p := range s.parts {
		if p != nil {
			all = append(all, &p.windows[place])
		}
	}
	return all
}

// appendCounts appends what the windows of one bucket hold at tick t, whose
// slot of a minute began at wall.
func appendCounts(into []Count, o owner, place uint8, t int64, wall time.Time, changed bool, windows ...*window) []Count {
	if place == concurrentPlace {
		return into
	}
	dirty := false
	now := slotAt(place, t)
	for _, w := range windows {
		w.advance(now)
		dirty = dirty || w.changed
		if changed {
			w.changed = false
		}
	}
	if changed && !dirty {
		return into
	}
	c := Count{Bucket: Bucket{o.service, o.principal, o.key, periodAt(place), dimensionAt(place)}}
	length := c.Bucket.Period.Duration() / slots
	begins := wall.Add(-time.Duration(t-now*c.Bucket.Period.ticks()) * tick)
	found := false
	for age := int64(slots); age >= 0; age-- {
		c.Amount = 0
		for _, w := range windows {
			c.Amount = addSaturating(c.Amount, w.in(now-age))
		}
		if c.Amount > 0 {
			c.At = begins.Add(-time.Duration(age) * length)
			into, found = append(into, c), true
		}
	}
	if changed && !found {
		c.At = begins
		into = append(into, c)
	}
	return into
}

// Import adds counts that another Memory has exported, whatever the limits on
// buckets are. What would have left its
// window by now is skipped; what seems to come from the future, because the
// clock was set back meanwhile, counts as taken now. So a limit is never
// forgiven, and nobody is locked out for more than a period and a slot.
func (m *Memory) Import(counts iter.Seq[Count]) {
	for c := range counts {
		if c.Bucket.valid() && c.Bucket.Dimension != Concurrent && c.Amount > 0 {
			m.importOne(&c)
		}
	}
}

func (m *Memory) importOne(c *Count) {
	at := stop{owner: c.Bucket.owner()}
	at.lock, at.shared = m.shard(&at.owner), at.owner.shared()
	m.lock(int(at.lock), at.shared)
	defer m.unlock(int(at.lock), at.shared)
	sh := &m.shards[at.lock]
	at.account, at.spread = sh.accounts[at.owner], sh.spreads[at.owner]
	t, wall := m.clock.wall()
	place := c.Bucket.place()
	now := slotAt(place, t)
	length := c.Bucket.Period.Duration() / slots
	begins := wall.Add(-time.Duration(t-now*c.Bucket.Period.ticks()) * tick)
	age := int64(0)
	if before := begins.Sub(c.At); before > 0 {
		age = int64(before / length)
	}
	if age > slots {
		return
	}
	m.charge(&at, place, now-age, c.Amount)
}
