package routing

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shardBits = 6
	shardKeys = 256 // 64 shards of 256 keys: the 16,384 of Snapshot

	// never is before every reading of the clock: the end of a cooldown that
	// never was.
	never = time.Duration(math.MinInt64)
)

// marks remember the keys that have failed. A healthy destination has no mark,
// so the usual request reads one nil pointer per destination and writes nothing.
type marks struct {
	rule   coolRule
	shards [1 << shardBits]shard
}

type shard struct {
	mu    sync.Mutex                       // held to change anything here
	byKey atomic.Pointer[map[uint64]*mark] // replaced, never changed
}

// A mark is written under its shard's mutex and read without it.
type mark struct {
	failures atomic.Int32 // in a row
	until    atomic.Int64 // end of the cooldown, a Duration since the epoch
	rounds   int32        // cooldowns by threshold since the last success
	last     time.Duration
}

// coolRule is the automaton's constants.
type coolRule struct {
	base, longest time.Duration
	threshold     int
	maxRetryAfter time.Duration
}

func (m *marks) shard(key uint64) *shard {
	// Fibonacci hashing: keys may be small and consecutive.
	return &m.shards[key*0x9E3779B97F4A7C15>>(64-shardBits)]
}

func (m *marks) find(key uint64) *mark {
	byKey := m.shard(key).byKey.Load()
	if byKey == nil {
		return nil
	}
	return (*byKey)[key]
}

// success sets the count and the doubling back.
func (m *marks) success(key uint64) {
	k := m.find(key)
	if k == nil || k.failures.Load() == 0 {
		return
	}
	s := m.shard(key)
	s.mu.Lock()
	k.failures.Store(0)
	k.rounds = 0
	s.mu.Unlock()
}

// failure counts one, and returns the length of the cooldown it began or
// prolonged, 0 if it did neither.
func (m *marks) failure(key uint64, now, retryAfter time.Duration) time.Duration {
	if key == 0 {
		return 0
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.take(key)
	k.last = now
	if n := k.failures.Load(); n < math.MaxInt32 {
		k.failures.Store(n + 1)
	}
	if m.rule.base <= 0 {
		return 0
	}
	until := time.Duration(k.until.Load())
	cool := min(max(retryAfter, 0), m.rule.maxRetryAfter)
	if int(k.failures.Load()) >= m.rule.threshold && until <= now {
		cool = max(cool, m.rule.length(k.rounds))
		k.rounds = min(k.rounds+1, 62)
	}
	if end := later(now, cool); cool > 0 && end > until {
		k.until.Store(int64(end))
		return cool
	}
	return 0
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

// take returns the mark of key, making room for a new one. s.mu is held.
func (s *shard) take(key uint64) *mark {
	old := s.byKey.Load()
	if old != nil {
		if k := (*old)[key]; k != nil {
			return k
		}
	}
	grown := make(map[uint64]*mark)
	if old != nil {
		for key, k := range *old {
			grown[key] = k
		}
		if len(grown) >= shardKeys {
			delete(grown, oldest(grown))
		}
	}
	k := new(mark)
	k.until.Store(int64(never))
	grown[key] = k
	s.byKey.Store(&grown)
	return k
}

// oldest returns the key whose last failure is oldest; the smallest of several.
func oldest(byKey map[uint64]*mark) uint64 {
	var found uint64
	var mark *mark
	for key, k := range byKey {
		if mark == nil || k.last < mark.last || k.last == mark.last && key < found {
			found, mark = key, k
		}
	}
	return found
}

// later adds without overflow; d is not negative.
func later(t, d time.Duration) time.Duration {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
