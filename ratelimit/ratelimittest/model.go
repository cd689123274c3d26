package ratelimittest

import (
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// slotsPerPeriod is the grain of the window that Model and the limiter share.
const slotsPerPeriod = 60

// Model is the slow and obvious limiter: a list of everything ever taken, and
// sums of arbitrary size. Times are since the limiter was made. It is for one
// goroutine.
type Model struct {
	ChargeAfter bool
	taken       []*entry
}

type entry struct {
	bucket ratelimit.Bucket
	at     time.Duration
	amount int64
}

// Held is what one admitted call holds in a Model, an entry a bucket.
type Held struct {
	entries []*entry
}

// Used returns the sum of what was taken from b and still counts at now. Calls
// under way count until they are closed, however long that takes.
func (m *Model) Used(b ratelimit.Bucket, now time.Duration) *big.Int {
	sum := new(big.Int)
	for _, e := range m.taken {
		if e.bucket == b && (b.Dimension == ratelimit.Concurrent || now < leaves(b.Period, e.at)) {
			sum.Add(sum, big.NewInt(e.amount))
		}
	}
	return sum
}

// leaves returns when what was taken at a time counts no more: its whole slot
// must be a period old.
func leaves(p ratelimit.Period, at time.Duration) time.Duration {
	slot := p.Duration() / slotsPerPeriod
	return at/slot*slot + slot + p.Duration()
}

// Admit takes what asks want at now, and reports whether it did.
func (m *Model) Admit(asks []ratelimit.Ask, now time.Duration) (*Held, bool) {
	if !m.Fits(asks, now) {
		return nil, false
	}
	held := new(Held)
	for i, a := range asks {
		first := slices.IndexFunc(asks, func(b ratelimit.Ask) bool { return b.Bucket == a.Bucket })
		if first == i {
			held.entries = append(held.entries, m.take(a.Bucket, m.wants(asks, a.Bucket), now))
		}
	}
	return held, true
}

// Fits reports whether asks would be admitted at now. Shadow asks have no say.
func (m *Model) Fits(asks []ratelimit.Ask, now time.Duration) bool { return m.decide(asks, false, now) }

// ShadowFits reports whether they would be if the shadow asks alone had a say.
func (m *Model) ShadowFits(asks []ratelimit.Ask, now time.Duration) bool {
	return m.decide(asks, true, now)
}

func (m *Model) decide(asks []ratelimit.Ask, shadow bool, now time.Duration) bool {
	type group struct {
		service, id uint64
		dimension   ratelimit.Dimension
	}
	over := make(map[group]bool)
	for _, a := range asks {
		if a.Shadow != shadow {
			continue
		}
		fits := m.fits(a, now)
		if !a.Shared {
			if !fits {
				return false
			}
			continue
		}
		g := group{a.Bucket.Service, a.Bucket.Principal, a.Bucket.Dimension}
		over[g] = over[g] || !fits
	}
	for _, d := range dimensions {
		limited, free := 0, 0
		for g, isOver := range over {
			if g.dimension == d {
				limited++
				if !isOver {
					free++
				}
			}
		}
		if limited > 0 && free == 0 {
			return false
		}
	}
	return true
}

// fits reports whether a, alone, would be admitted at now.
func (m *Model) fits(a ratelimit.Ask, now time.Duration) bool {
	if a.Limit <= 0 {
		return false
	}
	want := big.NewInt(1)
	if !m.after(a) {
		want.SetInt64(amount(a))
	}
	return want.Add(want, m.Used(a.Bucket, now)).Cmp(big.NewInt(a.Limit)) <= 0
}

// amount returns what a may really take.
func amount(a ratelimit.Ask) int64 { return min(max(a.Amount, 1), max(a.Limit, 0)) }

// never reports whether asks do not even fit when nothing is used.
func (m *Model) never(asks []ratelimit.Ask, shadow bool) bool {
	idle := Model{ChargeAfter: m.ChargeAfter}
	return !idle.decide(asks, shadow, 0)
}

// retryAfter searches for how long after now asks would be admitted, trying
// every moment at which something leaves a window. It is 0 if they would be at
// once, and negative if time does not help.
func (m *Model) retryAfter(asks []ratelimit.Ask, shadow bool, now time.Duration) time.Duration {
	moments := []time.Duration{now}
	for _, e := range m.taken {
		if e.bucket.Dimension != ratelimit.Concurrent {
			moments = append(moments, leaves(e.bucket.Period, e.at))
		}
	}
	slices.Sort(moments)
	for _, at := range slices.Compact(moments) {
		if at >= now && m.decide(asks, shadow, at) {
			return at - now
		}
	}
	return -1
}

// Settle puts what was really used in the place of what was reserved. What is
// under way is so no more.
func (m *Model) Settle(h *Held, tokens int64, now time.Duration) {
	for _, e := range h.entries {
		switch e.bucket.Dimension {
		case ratelimit.Concurrent:
			e.amount = 0
		case ratelimit.Tokens:
			m.settle(e, max(tokens, 0), now)
		}
	}
}

// Release gives everything back.
func (m *Model) Release(h *Held) {
	for _, e := range h.entries {
		e.amount = 0
	}
}

func (m *Model) settle(e *entry, used int64, now time.Duration) {
	if more := used - e.amount; more > 0 {
		m.take(e.bucket, more, now)
	} else {
		e.amount = used
	}
}

// wants returns what an admitted call takes from b: the largest amount of its
// asks for b. Asks in the shadow are only looked at if there are no others, for
// they change nothing for those.
func (m *Model) wants(asks []ratelimit.Ask, b ratelimit.Bucket) int64 {
	enforced := slices.ContainsFunc(asks, func(a ratelimit.Ask) bool { return a.Bucket == b && !a.Shadow })
	var most int64
	for _, a := range asks {
		if a.Bucket == b && a.Shadow != enforced && !m.after(a) {
			most = max(most, amount(a))
		}
	}
	return most
}

// after reports whether a is charged when the call settles.
func (m *Model) after(a ratelimit.Ask) bool {
	return a.After || m.ChargeAfter && a.Bucket.Dimension == ratelimit.Tokens
}

// take writes down that amount was taken from b. No window holds more than
// 2^63-1.
func (m *Model) take(b ratelimit.Bucket, amount int64, now time.Duration) *entry {
	room := new(big.Int).Sub(big.NewInt(math.MaxInt64), m.Used(b, now))
	e := &entry{bucket: b, at: now, amount: min(amount, room.Int64())}
	m.taken = append(m.taken, e)
	return e
}
