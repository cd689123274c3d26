package ratelimit

import "time"

// call is one admission under way. It locks the shards of all its asks in
// ascending order, looks, takes and unlocks: while it takes it holds every lock,
// so that all calls happen one after the other, and as all climb in the same
// order, none waits for another in a circle.
//
// It goes one of two ways. The quick one locks one lane of each shared shard,
// and either takes or gives up without a trace. The exact one locks all lanes,
// and decides whatever there is to decide.
type call struct {
	asks        []Ask
	stops       []stop // the asks by owner, in the order of their locks
	holds       []hold // to be filled, one of each ask
	taken       int    // how many were
	kept        bool   // a lease holds what is taken
	peek        bool   // take nothing
	chargeAfter bool

	tick int64
	at   time.Duration // the reading behind tick
}

// usualStops is the number of owners that most calls have at most.
const usualStops = 6

// stop is where the asks of one owner are decided.
type stop struct {
	owner    owner
	from, to int32 // asks[from:to]
	base     int32 // first lock of the shard
	lane     int32
	account  *account // one of the two, if there is anything yet
	spread   *spread
}

// sort puts the asks, by owner, in the order of their locks into stops.
func (m *Memory) sort(asks []Ask, stops []stop) []stop {
	lane := int32(m.lanes.pick())
	for i := 0; i < len(asks); {
		s := stop{owner: asks[i].Bucket.owner(), from: int32(i)}
		shared := s.owner.shared()
		if shared {
			s.lane = lane
		}
		for ; i < len(asks) && asks[i].Bucket.owner() == s.owner; i++ {
			if shared && asks[i].Limit < wholeLimit {
				s.lane = 0
			}
		}
		s.to = int32(i)
		s.base = int32(m.shard(&s.owner))
		stops = append(stops, s)
		for at := len(stops) - 1; at > 0 && stops[at-1].lock() > s.lock(); at-- {
			stops[at-1], stops[at] = s, stops[at-1]
		}
	}
	return stops
}

// lock returns the index of the one lock that the quick way takes.
func (s *stop) lock() int { return int(s.base + s.lane) }

// after reports whether a is charged when the call is settled.
func (c *call) after(a *Ask) bool {
	return a.After || c.chargeAfter && a.Bucket.Dimension == Tokens
}

// wants returns what an admitted ask takes at once.
func (c *call) wants(a *Ask) int64 {
	if c.after(a) {
		return 0
	}
	return a.amount()
}

// take takes n from the window of h, which belongs to s, and fills in the rest
// of h.
func (m *Memory) take(c *call, s *stop, h *hold, ask int32, n int64) {
	h.spread, h.shard, h.lane, h.ask = s.spread, int32(s.lock()), uint8(s.lane), int16(ask)
	if h.place == concurrentPlace && !c.kept {
		n = 0 // nobody would say when the call ends
	}
	h.slot, h.amount = h.window.take(slotAt(h.place, c.tick), n)
	if c.kept {
		h.window.leases++
	}
	m.shards[h.shard].tally[dimensionAt(h.place)-Requests].took(h.amount, c.kept)
}
