package ratelimit

import (
	"context"
	"math"
)

// Take implements [Store].
func (m *Memory) Take(_ context.Context, asks []Ask, taken []Taken) (Verdict, error) {
	for i := range asks {
		taken[i] = Taken{Bucket: asks[i].Bucket}
	}
	if len(asks) == 0 {
		return Verdict{OK: true}, nil
	}
	holds := make([]hold, len(asks))
	c := call{asks: asks, stops: m.sort(asks, int32(m.lanes.pick()), nil), holds: holds}
	v := m.decide(&c)
	for _, h := range holds[:c.taken] {
		taken[h.ask].Slot, taken[h.ask].Amount = h.slot, h.amount
	}
	return v, nil
}

// Settle implements [Store].
func (m *Memory) Settle(_ context.Context, settled []Settled) error {
	for i := range settled {
		if s := &settled[i]; s.Bucket.valid() && s.Bucket.Dimension != Concurrent {
			m.correct(s)
			m.queues.returned(s.Bucket.mark())
		}
	}
	return nil
}

// Used implements [Store].
func (m *Memory) Used(_ context.Context, buckets []Bucket, used []int64) error {
	for i, b := range buckets {
		used[i] = m.used(b)
	}
	return nil
}

// correct settles one bucket.
func (m *Memory) correct(s *Settled) {
	amount, used := max(s.Amount, 0), max(s.Used, 0)
	at := stop{owner: s.Bucket.owner()}
	at.lock, at.shared = m.shard(&at.owner), at.owner.shared()
	m.lock(int(at.lock), at.shared)
	defer m.unlock(int(at.lock), at.shared)
	sh := &m.shards[at.lock]
	at.account, at.spread = sh.accounts[at.owner], sh.spreads[at.owner]
	place := s.Bucket.place()
	if used <= amount {
		at.giveBack(place, s.Slot, amount-used)
		return
	}
	tick, _ := m.clock.read()
	m.charge(&at, place, slotAt(place, tick), used-amount)
}

// giveBack removes up to n that was taken in slot, from whatever part has it.
func (s *stop) giveBack(place uint8, slot, n int64) {
	if s.spread == nil {
		if w := s.account.at(place); w != nil {
			w.giveBack(slot, n)
		}
		return
	}
	for _, p := range s.spread.parts {
		if p != nil {
			part := min(n, p.windows[place].in(slot))
			p.windows[place].giveBack(slot, part)
			n -= part
		}
	}
}

// charge takes n in slot, whether it fits or not, and makes what is missing for
// that. All lanes are locked.
func (m *Memory) charge(s *stop, place uint8, slot, n int64) {
	if !s.knows(place) {
		m.buckets.Add(1)
		if s.owner.key == KeyRequestTag {
			m.room.add(s.owner.service, 1)
		}
	}
	n = min(n, math.MaxInt64-s.used(place, slot))
	if !s.shared {
		m.open(s, place).take(slot, n)
		return
	}
	p := m.part(s)
	s.spread.known[place] = true
	p.windows[place].take(slot, n)
	s.spread.divide(place, p.shares[place].limit)
}
