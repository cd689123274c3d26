package ratelimit

// Lease is what one admitted call holds. The zero Lease holds nothing; a value
// may live in the caller's request state and is filled by [Limiter.Admit].
// It must not be copied while open, and belongs to one goroutine at a time.
//
// An open lease keeps its buckets in memory, so each must be closed once,
// whatever happened, by Settle or Release. The first of these calls counts and
// any later one does nothing.
type Lease struct {
	memory *Memory
	n      int
	first  [MaxAsks]hold
	more   []hold // instead of first, once that is too small
}

// hold is one ask of an admitted call.
type hold struct {
	window *window
	slot   int64 // when it was taken
	amount int64 // what was taken
	ask    int32 // index into the asks, while being admitted
	shard  uint16
	place  uint8
	over   bool // did not fit, while being admitted
}

// Settle closes le: the call happened and really used tokens, below 0 counting
// as 0. In every bucket of tokens the real number takes the place of what was
// reserved. What was reserved too much is given back to the slot it was taken
// from; what was used beyond is charged now. Requests stay counted.
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

// close settles or releases every hold under its lock, one shard after the
// other, and forgets them.
func (le *Lease) close(tokens int64, release bool) {
	m, holds := le.memory, le.holds()
	for i := range holds {
		h := &holds[i]
		s := &m.shards[h.shard]
		if i == 0 || holds[i-1].shard != h.shard {
			s.mu.Lock()
		}
		switch {
		case release:
			h.window.giveBack(h.slot, h.amount)
		case isTokens(h.place):
			m.settle(h, tokens)
		}
		h.window.leases--
		h.window = nil
		if i == len(holds)-1 || holds[i+1].shard != h.shard {
			s.mu.Unlock()
		}
	}
	le.memory, le.n, le.more = nil, 0, nil
}

// settle puts used in the place of what h reserved. The shard is locked.
func (m *Memory) settle(h *hold, used int64) {
	if used <= h.amount {
		h.window.giveBack(h.slot, h.amount-used)
		return
	}
	t, _ := m.clock.read()
	h.window.advance(slotAt(h.place, t))
	h.window.take(used - h.amount)
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
	le.memory = m
	le.n += k
}
