package routing

import "time"

// Seen is what a Router has seen of its destinations, for a [Strategy] that
// wants to know. It is for one plan, and knows latencies and headroom only if
// the Router keeps them (Options.Observe). The zero Seen has seen nothing. Its
// methods may be called from any goroutine, allocate nothing, and take
// microseconds at most.
type Seen struct {
	router *Router
	lot    uint64
	now    time.Duration
}

// Latency returns the usual time to the first content of key, or to the whole
// answer where that comes at once: an average in which the latest answers weigh
// most. ok is false if there was no answer in the last five minutes.
func (s Seen) Latency(key uint64) (usual time.Duration, ok bool) {
	if s.router == nil || s.router.observed == nil {
		return 0, false
	}
	return s.router.observed.latency(key, s.now)
}

// Headroom returns what the provider behind key has said is left, counted on
// to now: a part whose Reset has passed is whole again. ok is false if it has
// said nothing that still holds; what came without a Reset holds for a minute.
func (s Seen) Headroom(key uint64) (h Headroom, ok bool) {
	if s.router == nil || s.router.observed == nil {
		return Headroom{}, false
	}
	return s.router.observed.headroom(key, s.now)
}

// Cooling reports whether this plan should do without key, as the Router will
// see to it: see [Health].
func (s Seen) Cooling(key uint64) bool {
	v := s.view()
	return v != nil && v.out(key)
}

func (s Seen) view() *view {
	if s.router == nil {
		return nil
	}
	return &view{router: s.router, lot: s.lot, now: s.now, timed: true}
}
