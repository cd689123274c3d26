package ratelimittest

import (
	"math"
	"math/big"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// slotsPerPeriod is the grain of the window that Model and the limiter share.
const slotsPerPeriod = 64

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

// Held is what one admitted call holds in a Model.
type Held struct {
	entries []*entry
}

// Used returns the sum of what was taken from b and still counts at now.
func (m *Model) Used(b ratelimit.Bucket, now time.Duration) *big.Int {
	sum := new(big.Int)
	slot := b.Period.Duration() / slotsPerPeriod
	for _, e := range m.taken {
		if e.bucket != b {
			continue
		}
		// Its whole slot must be a period old.
		leaves := e.at/slot*slot + slot + b.Period.Duration()
		if now < leaves {
			sum.Add(sum, big.NewInt(e.amount))
		}
	}
	return sum
}

// Admit takes what asks want at now, and reports whether it did.
func (m *Model) Admit(asks []ratelimit.Ask, now time.Duration) (*Held, bool) {
	if !m.Fits(asks, now) {
		return nil, false
	}
	held := new(Held)
	for _, a := range asks {
		held.entries = append(held.entries, m.take(a.Bucket, m.wants(a), now))
	}
	return held, true
}

// Fits reports whether asks, no two for one bucket, would be admitted at now.
func (m *Model) Fits(asks []ratelimit.Ask, now time.Duration) bool {
	type group struct {
		id        uint64
		dimension ratelimit.Dimension
	}
	over := make(map[group]bool)
	for _, a := range asks {
		fits := m.fits(a, now)
		if !a.Shared {
			if !fits {
				return false
			}
			continue
		}
		g := group{a.Bucket.Principal, a.Bucket.Dimension}
		over[g] = over[g] || !fits
	}
	for _, d := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
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

func (m *Model) fits(a ratelimit.Ask, now time.Duration) bool {
	if a.Limit <= 0 {
		return false
	}
	want := big.NewInt(min(max(a.Amount, 1), a.Limit))
	if m.ChargeAfter && a.Bucket.Dimension == ratelimit.Tokens {
		want.SetInt64(1)
	}
	return want.Add(want, m.Used(a.Bucket, now)).Cmp(big.NewInt(a.Limit)) <= 0
}

// RetryAfter searches for how long after now asks would be admitted, trying
// every moment at which something may leave a window. It is negative if none
// of them helps.
func (m *Model) RetryAfter(asks []ratelimit.Ask, now time.Duration) time.Duration {
	best := time.Duration(-1)
	for _, p := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
		slot := p.Duration() / slotsPerPeriod
		for next := now/slot*slot + slot; next <= now+2*slot+p.Duration(); next += slot {
			if m.Fits(asks, next) {
				if best < 0 || next-now < best {
					best = next - now
				}
				break
			}
		}
	}
	return best
}

// Settle puts what was really used in the place of what was reserved.
func (m *Model) Settle(h *Held, tokens int64, now time.Duration) {
	for _, e := range h.entries {
		if e.bucket.Dimension != ratelimit.Tokens {
			continue
		}
		if more := max(tokens, 0) - e.amount; more > 0 {
			m.take(e.bucket, more, now)
		} else {
			e.amount += more
		}
	}
}

// Release gives everything back.
func (m *Model) Release(h *Held) {
	for _, e := range h.entries {
		e.amount = 0
	}
}

func (m *Model) wants(a ratelimit.Ask) int64 {
	if m.ChargeAfter && a.Bucket.Dimension == ratelimit.Tokens {
		return 0
	}
	return min(max(a.Amount, 1), max(a.Limit, 0))
}

// take writes down that amount was taken from b. No window holds more than
// 2^63-1.
func (m *Model) take(b ratelimit.Bucket, amount int64, now time.Duration) *entry {
	room := new(big.Int).Sub(big.NewInt(math.MaxInt64), m.Used(b, now))
	e := &entry{bucket: b, at: now, amount: min(amount, room.Int64())}
	m.taken = append(m.taken, e)
	return e
}
