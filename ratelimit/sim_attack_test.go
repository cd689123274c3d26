package ratelimit_test

import (
	"math/rand/v2"
	"time"
)

// arrival is one call of an attack: how long after the one before, on which
// key, how much it reserves and what it really uses.
type arrival struct {
	wait   time.Duration
	late   time.Duration // how far the call's reading of the clock lies back
	key    int
	amount int64
	used   int64 // below 0: released
	hold   bool  // stays open for as many arrivals as there are flights
	storm  bool  // all that is open closes first
}

// attack draws the next arrival into a, which is that of before.
type attack struct {
	name string
	next func(s *sim, a *arrival)
}

var attacks = []attack{
	{"edges", edges},
	{"ramp", ramp},
	{"idles", idles},
	{"storms", storms},
	{"excess", excess},
	{"late", lateReadings},
}

// hammer is ten times the limit of every key, evenly, using what it reserves.
func hammer(s *sim, a *arrival) {
	if a.key++; a.key >= len(s.keys) {
		a.key = 0
		a.wait = s.period / time.Duration(10*s.keys[0].ledger.limit)
	} else {
		a.wait = 0
	}
	a.amount, a.used = 1, 1
}

// edges bursts around the ends of slots and periods, to the nanosecond.
func edges(s *sim, a *arrival) {
	a.wait, a.key, a.amount = 0, s.rand.IntN(len(s.keys)), 1
	if s.rand.IntN(int(2*s.keys[a.key].ledger.limit)+2) == 0 {
		unit := s.slot
		if s.rand.IntN(3) == 0 {
			unit = s.period
		}
		to := (s.now/unit + 1) * unit // the next edge
		a.wait = max(to-s.now+time.Duration(s.rand.IntN(3)-1), 0)
		if s.rand.IntN(4) == 0 {
			a.wait = unit + time.Duration(s.rand.IntN(3)-1)
		}
	}
	a.used = a.amount
}

// ramp comes faster and faster, and begins anew.
func ramp(s *sim, a *arrival) {
	if a.wait = a.wait * 63 / 64; a.wait < s.period/1_000_000 {
		a.wait = s.period / 2
	}
	a.key = s.rand.IntN(len(s.keys))
	a.amount = 1 + s.rand.Int64N(3)
	a.used = a.amount
}

// idles is a burst on one key, and a silence.
func idles(s *sim, a *arrival) {
	a.wait = 0
	if s.rand.IntN(int(3*s.keys[a.key].ledger.limit)) == 0 {
		a.key = s.rand.IntN(len(s.keys))
		a.wait = time.Duration(s.rand.Int64N(int64(3 * s.period)))
	}
	a.amount = 1 + s.rand.Int64N(s.keys[a.key].ledger.limit)
	a.used = s.rand.Int64N(a.amount + 1)
}

// storms has calls run for long and end all at once, most with less than they
// reserved.
func storms(s *sim, a *arrival) {
	a.wait = time.Duration(s.rand.Int64N(int64(s.slot)))
	a.key = s.rand.IntN(len(s.keys))
	a.amount = 1 + s.rand.Int64N(1+s.keys[a.key].ledger.limit/4)
	a.used = s.rand.Int64N(a.amount+2) - 1
	a.hold = true
	a.storm = s.rand.IntN(50) == 0
}

// excess uses more than it reserves, now and then far more than there is.
func excess(s *sim, a *arrival) {
	a.wait = time.Duration(s.rand.Int64N(int64(s.slot) * 2))
	a.key = s.rand.IntN(len(s.keys))
	limit := s.keys[a.key].ledger.limit
	a.amount = 1 + s.rand.Int64N(1+limit/8)
	a.used = s.rand.Int64N(2*a.amount + 1)
	if s.rand.IntN(200) == 0 {
		a.used = limit * 3
	}
	a.hold = s.rand.IntN(2) == 0
}

// lateReadings has calls read the clock and sleep before they decide.
func lateReadings(s *sim, a *arrival) {
	edges(s, a)
	a.late = time.Duration(s.rand.Int64N(int64(time.Minute)))
	if s.rand.IntN(3) == 0 {
		a.late = 0
	}
	a.hold = s.rand.IntN(4) == 0
	a.used = s.rand.Int64N(a.amount + 2)
}

// mixed is a little of everything.
func mixed(s *sim, a *arrival) {
	a.late, a.hold, a.storm = 0, false, false
	attacks[s.rand.IntN(len(attacks))].next(s, a)
}

// pattern is what the search breeds: arrivals on one key, again and again.
type pattern [24]arrival

// mutate changes a few arrivals of p for some that lie about edges.
func (p *pattern) mutate(s *sim) {
	limit := s.keys[0].ledger.limit
	for range 1 + s.rand.IntN(3) {
		g := &p[s.rand.IntN(len(p))]
		*g = arrival{amount: 1 + s.rand.Int64N(limit), hold: s.rand.IntN(2) == 0}
		g.used = s.rand.Int64N(g.amount + 1)
		if s.rand.IntN(2) == 0 {
			g.amount, g.used = 1, 1
		}
		if s.rand.IntN(4) == 0 {
			g.late = time.Duration(s.rand.Int64N(int64(time.Minute)))
		}
		switch s.rand.IntN(5) {
		case 0, 1:
			g.wait = 0
		case 2:
			g.wait = s.slot*time.Duration(s.rand.IntN(4)) + time.Duration(s.rand.IntN(3))
		case 3:
			g.wait = s.period/time.Duration(1+s.rand.IntN(4)) - time.Duration(s.rand.IntN(3))
		default:
			g.wait = time.Duration(s.rand.Int64N(int64(s.period)))
		}
	}
}

// search climbs towards patterns that get more out of a key in an interval of
// one period, and among those towards such that get more in all.
func (s *sim) search(arrivals int64) {
	var best, next pattern
	for i := range best {
		best[i].amount, best[i].used = 1, 1
	}
	var most int64
	for s.played < arrivals && !s.failed {
		next = best
		next.mutate(s)
		s.fresh(0, s.keys[0].ledger.limit)
		s.most = 0
		before := s.admitted
		for range 6 {
			for i := range next {
				s.play(&next[i])
			}
		}
		s.closeAll()
		if got := s.most*1_000 + s.admitted - before; got >= most {
			best, most = next, got
		}
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5eed)) }
