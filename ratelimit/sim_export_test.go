package ratelimit

import "sync/atomic"

// CrossLanes has every call go another lane than the one before, most of the
// time.
func (m *Memory) CrossLanes() {
	var calls atomic.Uint64
	m.lanes.pick = func() int { return int(calls.Add(1) * 0x9e3779b97f4a7c15 >> 61 % uint64(m.lanes.n)) }
}
