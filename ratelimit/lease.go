package ratelimit

import "math"

// Lease is what one admitted call holds. The zero Lease holds nothing; a value
// may live in the caller's request state and is filled by [Limiter.Admit].
// It must not be copied while open, and belongs to one goroutine at a time.
//
// An open lease keeps its buckets in memory, so each must be closed once,
// whatever happened, by Settle or Release. The first of these calls counts and
// any later one does nothing.
type Lease struct {
	memory *Memory
	lane   uint8 // of its last call
	calls  uint8 // it has been used for, modulo 256
	n      int
	first  [MaxAsks]hold
	more   []hold  // instead of first, once that is too small
	remote *remote // what Options.Store took; nil without one
	beside *Lease  // what another limiter has admitted, closed with this one
}

// hold is what was taken for one ask of an admitted call.
type hold struct {
	window *window
	spread *spread // that the window is a part of, nil for a caller's
	slot   int64   // when it was taken
	amount int64   // what was taken
	ask    int32
	lock   int16 // of the shard
	place  uint8
	lane   uint8
}

// Settle closes le: the call happened and really used tokens, below 0 counting
// as 0. In every bucket of tokens the real number takes the place of what was
// reserved. What was reserved too much is given back to the slot it was taken
// from; what was used beyond is charged now. Requests stay counted, and the
// call is under way no longer.
func (le *Lease) Settle(tokens int64) {
	if le.Open() {
		le.close(max(tokens, 0), false)
	}
}

// Release closes le: the call never happened, and everything is given back.
func (le *Lease) Release() {
	if le.Open() {
		le.close(0, true)
	}
}

// Open reports whether le holds something to settle.
func (le *Lease) Open() bool { return le != nil && le.memory != nil }

// close settles or releases in memory first, then in the store, and wakes
// those who wait for what came back.
func (le *Lease) close(tokens int64, release bool) {
	m := le.memory
	returned := le.closeMemory(tokens, release)
	if r := le.remote; r != nil {
		le.remote = nil
		r.close(tokens, release)
	}
	m.queues.returned(returned)
	if next := le.beside; next != nil {
		le.beside = nil
		next.close(tokens, release)
	}
}

// undo gives back everything as if the call had never been asked for. Nobody
// is woken, for nothing came back that was there before.
func (le *Lease) undo() { le.closeMemory(0, true) }

// closeMemory settles or releases every hold under its lock, one shard after
// the other, and forgets them. It returns the marks of the owners to whom
// something came back.
func (le *Lease) closeMemory(tokens int64, release bool) (returned marks) {
	m, holds := le.memory, le.holds()
	beyond := false
	for i := range holds {
		h := &holds[i]
		s := &m.shards[h.lock]
		if i == 0 || holds[i-1].lock != h.lock {
			s.mu.Lock()
		}
		used := h.used(tokens, release)
		if used < h.amount {
			returned |= m.mark(int(h.lock))
		}
		if m.settle(s, h, used) {
			h.window.leases--
			h.window = nil
		} else {
			beyond = true
		}
		if i == len(holds)-1 || holds[i+1].lock != h.lock {
			s.mu.Unlock()
		}
	}
	for i := range holds {
		if h := &holds[i]; beyond && h.window != nil {
			m.overdraw(h, tokens-h.amount)
			h.window = nil
		}
	}
	le.memory, le.n, le.more = nil, 0, nil
	return returned
}

// used is how much of what h took stays taken, or comes on top.
func (h *hold) used(tokens int64, release bool) int64 {
	switch d := dimensionAt(h.place); {
	case release || d == Concurrent:
		return 0
	case d == Tokens:
		return tokens
	}
	return h.amount
}

// settle puts used in the place of what h took, and reports whether it could:
// what does not fit into a share has to be charged with all lanes locked. The
// shard is locked.
func (m *Memory) settle(s *shard, h *hold, used int64) bool {
	t := &s.tally[dimensionAt(h.place)-Requests]
	if used <= h.amount {
		if used < h.amount {
			h.window.giveBack(h.slot, h.amount-used)
		}
		t.closed(h.amount, used)
		return true
	}
	t.closed(h.amount, h.amount)
	tick, _ := m.clock.read()
	slot, more := slotAt(h.place, tick), used-h.amount
	h.window.advance(slot)
	if h.spread != nil && more > h.spread.parts[h.lane].shares[h.place].room-h.window.used {
		return false
	}
	_, more = h.window.take(slot, more)
	t.Excess += more
	return true
}

// overdraw charges more than is left in a share, and shares out anew what is
// left in all.
func (m *Memory) overdraw(h *hold, more int64) {
	base := int(h.lock) - int(h.lane)
	m.lock(base, true)
	defer m.unlock(base, true)
	tick, _ := m.clock.read()
	slot := slotAt(h.place, tick)
	used := h.spread.used(h.place, slot)
	_, more = h.window.take(slot, min(more, math.MaxInt64-used))
	m.shards[h.lock].tally[Tokens-Requests].Excess += more
	h.window.leases--
	h.spread.used(h.place, slot)
	h.spread.divide(h.place, h.spread.parts[h.lane].shares[h.place].limit)
}

// holds returns what le holds.
func (le *Lease) holds() []hold {
	if le.more != nil {
		return le.more[:le.n]
	}
	return le.first[:le.n]
}

// room returns k holds to be filled behind those of le. They are le's once
// keep has counted them.
func (le *Lease) room(k int) []hold {
	if le.more == nil && k <= len(le.first)-le.n {
		return le.first[le.n : le.n+k]
	}
	if k > len(le.more)-le.n {
		grown := make([]hold, le.n+k)
		copy(grown, le.holds())
		le.more = grown
	}
	return le.more[le.n : le.n+k]
}

// keep makes the k holds that room returned le's own.
func (le *Lease) keep(m *Memory, k int) {
	if k > 0 {
		le.memory = m
		le.n += k
	}
}
