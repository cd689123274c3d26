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
	lock     int32 // the one that the quick way takes
	lane     int32
	shared   bool     // in the shared band
	account  *account // one of the two, if there is anything yet
	spread   *spread
}

// base returns the first lock of the shard.
func (s *stop) base() int32 { return s.lock - s.lane }

// run is asks of one owner and the lock that they need, in one number that sorts
// by the lock: moving it is quicker than moving a stop.
type run uint64

const (
	askBits = 27
	maxAsks = 1<<askBits - 1 // in a call
)

func newRun(lock int32, from, to int) run {
	return run(lock)<<(2*askBits) | run(from)<<askBits | run(to)
}

func (r run) lock() int32 { return int32(r >> (2 * askBits)) }
func (r run) from() int   { return int(r >> askBits & maxAsks) }
func (r run) to() int     { return int(r & maxAsks) }

// sort puts the asks, by owner, in the order of their locks into stops. Lane is
// the one that calls of this processor go.
func (m *Memory) sort(asks []Ask, lane int32, stops []stop) []stop {
	var usual [usualStops]run
	runs := usual[:0]
	for i := 0; i < len(asks); {
		from, first := i, &asks[i].Bucket
		o := first.owner()
		lock := m.shard(&o)
		own := lane
		for ; i < len(asks) && first.sameOwner(&asks[i].Bucket); i++ {
			if asks[i].Limit < wholeLimit {
				own = 0
			}
		}
		if o.shared() {
			lock += own
		}
		r := newRun(lock, from, i)
		runs = append(runs, r)
		for at := len(runs) - 1; at > 0 && runs[at-1] > r; at-- {
			runs[at-1], runs[at] = r, runs[at-1]
		}
	}
	if len(runs) > cap(stops) {
		stops = make([]stop, 0, len(runs))
	}
	stops = stops[:len(runs)]
	for i, r := range runs {
		s := &stops[i]
		s.from, s.to = int32(r.from()), int32(r.to())
		s.owner = asks[s.from].Bucket.owner()
		s.lock, s.lane, s.shared = r.lock(), 0, s.owner.shared()
		if s.shared {
			s.lane = (s.lock - callerShards) & int32(m.lanes.n-1)
		}
	}
	return stops
}

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

// take takes n from the window of h, which belongs to s in sh, and fills in the
// rest of h.
func (c *call) take(sh *shard, s *stop, h *hold, ask int32, n int64) {
	h.spread, h.lock, h.lane, h.ask = s.spread, int16(s.lock), uint8(s.lane), ask
	if h.place == concurrentPlace && !c.kept {
		n = 0 // nobody would say when the call ends
	}
	h.slot, h.amount = h.window.take(slotAt(h.place, c.tick), n)
	if c.kept {
		h.window.leases++
	}
	sh.tally[dimensionAt(h.place)-Requests].took(h.amount, c.kept)
}
