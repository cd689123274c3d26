package routing

import (
	"math"
	"sync/atomic"
	"time"
)

// never is before every reading of the clock: a moment that has not been.
const never = time.Duration(math.MinInt64)

// over is the end of a cooldown that a success has ended, and with it whatever
// the clock may say later. What follows it, a ramp, does not end with it.
const over = never + 1

// marks are the automata of Health. A key that has not failed has no mark, so
// the usual request reads one nil pointer per destination and writes nothing.
type marks struct {
	keyed[mark]
	rule coolRule
}

// A mark is written under its shard's mutex and read without it. What is read
// half old and half new is asked again under the mutex where that matters, in
// claim.
type mark struct {
	failures atomic.Int32 // in a row
	until    atomic.Int64 // end of the cooldown, a Duration since the epoch; never, or over
	tripped  atomic.Bool  // half-open comes after it
	probe    atomic.Int64 // when the probe that is out lapses; never: none is
	ramp     atomic.Int64 // when ramping began; never: it did not
	rounds   int32        // cooldowns by threshold or probe since the last success
	last     time.Duration
}

// coolRule is the automaton's constants.
type coolRule struct {
	base, longest time.Duration
	threshold     int
	maxRetryAfter time.Duration
	ramp          time.Duration
	most          time.Duration // no cooldown is longer
}

// ahead reports whether end is still to come. What lies further off than it can
// be, at most so far, does not count: somebody has set the clock back since.
// Goroutines that read the clock at about the same time may differ by slack.
func ahead(end, now, most time.Duration) bool {
	const slack = time.Second
	return end > now && end <= later(now, later(most, slack))
}

// cools returns the end of the cooldown of k, and whether it is still to come.
func (m *marks) cools(k *mark, now time.Duration) (end time.Duration, ok bool) {
	end = time.Duration(k.until.Load())
	return end, ahead(end, now, m.rule.most)
}

// state says where k stands. It does not read the clock before k has cooled for
// the first time: until is never, and any now will do.
func (m *marks) state(k *mark, now time.Duration) State {
	if until, cools := m.cools(k, now); until == never {
		return Closed
	} else if cools {
		return Open
	}
	if k.tripped.Load() {
		return HalfOpen
	}
	if began := time.Duration(k.ramp.Load()); began != never && ahead(later(began, m.rule.ramp), now, m.rule.ramp) {
		return Ramping
	}
	return Closed
}

// probing reports whether a probe is out. It is asked of a half-open mark.
func (m *marks) probing(k *mark, now time.Duration) bool {
	return ahead(time.Duration(k.probe.Load()), now, m.rule.longest)
}

// claim says that an attempt is about to begin, and reports whether it may now:
// not while another is the probe of a half-open key, nor for the lots that a
// ramping key does not let in yet. An open key says yes: the plan has decided.
// After true exactly one of success, failure and release follows.
func (m *marks) claim(key uint64, now time.Duration, lot uint64) bool {
	k := m.find(key)
	if k == nil {
		return true
	}
	switch m.state(k, now) {
	case Ramping:
		return m.rule.letsIn(key, lot, now-time.Duration(k.ramp.Load()))
	case HalfOpen:
	default:
		return true
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.state(k, now) != HalfOpen {
		return true // decided in between, by the answer to another
	}
	if m.probing(k, now) {
		return false
	}
	k.probe.Store(int64(later(now, m.rule.longest)))
	return true
}

// release takes a claim back: there is no evidence. It lets the next one probe.
func (m *marks) release(key uint64) {
	k := m.find(key)
	if k == nil || time.Duration(k.probe.Load()) == never {
		return
	}
	s := m.shard(key)
	s.mu.Lock()
	k.probe.Store(int64(never))
	s.mu.Unlock()
}

// success sets the count and the doubling back, and ends a half-open state. A
// cooldown that goes on it does not touch, one that is past it forgets.
func (m *marks) success(key uint64, now time.Duration) {
	k := m.find(key)
	if k == nil {
		return
	}
	until := time.Duration(k.until.Load())
	if k.failures.Load() == 0 && !k.tripped.Load() && (until <= over || until > now) {
		return
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m.state(k, now) {
	case HalfOpen:
		ended := never
		if m.rule.ramp > 0 {
			k.ramp.Store(int64(now))
			ended = over
		}
		k.tripped.Store(false)
		k.probe.Store(int64(never))
		k.until.Store(int64(ended))
	case Closed:
		k.until.Store(int64(never))
	}
	k.failures.Store(0)
	k.rounds = 0
}

// failure counts f if its row says so, and returns the length of the cooldown it
// began or prolonged, 0 if it did neither.
func (m *marks) failure(key uint64, now time.Duration, f *Failure, row Row) time.Duration {
	if key == 0 {
		return 0
	}
	if !row.Cools {
		m.release(key)
		return 0
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(key)
	if k == nil {
		k = newMark()
		s.add(key, k, func(k *mark) time.Duration { return k.last })
	}
	k.last = now
	if n := k.failures.Load(); n < math.MaxInt32 {
		k.failures.Store(n + 1)
	}
	if m.rule.base <= 0 {
		return 0
	}
	cool, state := max(row.CoolFor, 0), m.state(k, now)
	if row.RetryAfter {
		cool = max(cool, min(f.RetryAfter, m.rule.maxRetryAfter))
	}
	trips := state == HalfOpen || state != Open && int(k.failures.Load()) >= m.rule.threshold
	if trips {
		cool = max(cool, m.rule.length(k.rounds))
		k.rounds = min(k.rounds+1, 62)
	}
	end := later(now, cool)
	if until, cools := m.cools(k, now); cool <= 0 || cools && end <= until {
		return 0
	}
	k.until.Store(int64(end)) // first: who reads without the mutex sees Open from here on
	k.ramp.Store(int64(never))
	k.probe.Store(int64(never))
	if trips {
		k.tripped.Store(true)
	}
	return cool
}

func newMark() *mark {
	k := new(mark)
	k.until.Store(int64(never))
	k.probe.Store(int64(never))
	k.ramp.Store(int64(never))
	return k
}

// length is base·2^rounds, at most longest.
func (c coolRule) length(rounds int32) time.Duration {
	d := c.base
	for range rounds {
		if d >= c.longest/2 {
			return c.longest
		}
		d *= 2
	}
	return d
}

// later adds without overflow; d is not negative.
func later(t, d time.Duration) time.Duration {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
