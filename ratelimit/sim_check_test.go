package ratelimit_test

import "time"

// ledger checks one bucket in constant time: what was charged to it and when,
// newest last, and two sums. Of what it holds, narrow counts what is at most a
// period old: after an admission no more than the limit. Wide counts also what
// is at most a slot older: where that leaves room, nobody is refused.
type ledger struct {
	limit        int64
	period, slot time.Duration
	charges      []charge // a ring, its length a power of two
	wideFrom     uint64   // the first that wide counts
	narrowFrom   uint64
	end          uint64
	wide, narrow int64
}

type charge struct {
	at     time.Duration
	amount int64
}

// open empties g for a bucket.
func (g *ledger) open(limit int64, period time.Duration) {
	if g.charges == nil {
		g.charges = make([]charge, 1<<8)
	}
	*g = ledger{limit: limit, period: period, slot: period / simSlots, charges: g.charges}
}

func (g *ledger) at(n uint64) *charge { return &g.charges[n&uint64(len(g.charges)-1)] }

// advance drops what is too old at now.
func (g *ledger) advance(now time.Duration) {
	for ; g.narrowFrom < g.end && now-g.at(g.narrowFrom).at > g.period; g.narrowFrom++ {
		g.narrow -= g.at(g.narrowFrom).amount
	}
	for ; g.wideFrom < g.end && now-g.at(g.wideFrom).at > g.period+g.slot; g.wideFrom++ {
		g.wide -= g.at(g.wideFrom).amount
	}
}

// fits reports whether n must be admitted, and whether it may be.
func (g *ledger) fits(n int64) (must, may bool) {
	return g.wide+n <= g.limit, g.narrow+n <= g.limit
}

// charge writes down n at now, and returns the name of what it wrote.
func (g *ledger) charge(now time.Duration, n int64) uint64 {
	g.narrow += n
	g.wide += n
	if g.end > g.narrowFrom && g.at(g.end-1).at == now {
		g.at(g.end - 1).amount += n
		return g.end - 1
	}
	if g.end-g.wideFrom == uint64(len(g.charges)) {
		grown := make([]charge, 2*len(g.charges))
		for i := g.wideFrom; i < g.end; i++ {
			grown[i&uint64(len(grown)-1)] = *g.at(i)
		}
		g.charges = grown
	}
	*g.at(g.end) = charge{now, n}
	g.end++
	return g.end - 1
}

// giveBack takes n off what charge wrote under name.
func (g *ledger) giveBack(name uint64, n int64) {
	if name >= g.wideFrom {
		g.at(name).amount -= n
		g.wide -= n
	}
	if name >= g.narrowFrom {
		g.narrow -= n
	}
}
