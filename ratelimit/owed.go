package ratelimit

import (
	"sync"
	"sync/atomic"
)

const (
	maxOwed     = 1024 // buckets
	owedPerTrip = 128  // buckets told in one Settle
)

// owed is what calls used beyond their reservations and the store has not
// heard of, by bucket.
type owed struct {
	buckets    atomic.Int64 // len of beyond, to be read without mu
	unheard    atomic.Uint64
	unreturned atomic.Uint64

	mu     sync.Mutex
	beyond map[Bucket]int64
}

// keep keeps of settled, which the store may not have heard of, what was used
// beyond. What was used less is not told twice: it leaves by itself.
func (o *owed) keep(settled []Settled) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range settled {
		s := &settled[i]
		known, ok := o.beyond[s.Bucket]
		switch {
		case s.Used < s.Amount:
			o.unreturned.Add(1)
		case s.Used == s.Amount:
		case !ok && len(o.beyond) >= maxOwed:
			o.unheard.Add(1)
		default:
			if o.beyond == nil {
				o.beyond = make(map[Bucket]int64)
			}
			o.beyond[s.Bucket] = addSaturating(known, s.Used-s.Amount)
		}
	}
	o.buckets.Store(int64(len(o.beyond)))
}

// pick takes some of what is owed, and appends it to settled.
func (o *owed) pick(settled []Settled) []Settled {
	if o.buckets.Load() == 0 {
		return settled
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	picked := 0
	for b, n := range o.beyond {
		if picked++; picked > owedPerTrip {
			break
		}
		settled = append(settled, Settled{Taken: Taken{Bucket: b}, Used: n})
		delete(o.beyond, b)
	}
	o.buckets.Store(int64(len(o.beyond)))
	return settled
}
