package routing

import (
	"cmp"
	"slices"
	"time"
)

// Health is what a Router knows of one Key.
//
// Only failures whose [Row] says Cools count, before Commit and after it;
// everything else, a caller's hang-up above all, is neutral. Failures in a row
// at or above Options.FailureThreshold make the Key cool for Options.Cooldown,
// and for twice as long each further time. While it cools, more failures add to
// the count only. A Retry-After cools at once, up to Options.MaxRetryAfter. A
// success sets count and doubling back. The end of a cooldown never moves
// earlier, not even by a success: that may be the answer to a request sent
// before the trouble began (ruling R29).
type Health struct {
	Key      uint64
	Failures int       // in a row, since the last success
	Cooling  bool      // now
	Until    time.Time // end of the latest cooldown; zero if there was none
}

// Health returns what is known of key now. A key never seen failing is the zero
// Health but for its Key.
func (r *Router) Health(key uint64) Health {
	m := r.marks.find(key)
	if m == nil {
		return Health{Key: key}
	}
	return r.healthOf(key, m)
}

// Snapshot returns the Health of every remembered key, by ascending Key. Keys
// are remembered from their first failure on, at most 16,384 of them; beyond
// that, those whose last failure is oldest are forgotten.
func (r *Router) Snapshot() []Health {
	var all []Health
	for i := range r.marks.shards {
		if byKey := r.marks.shards[i].byKey.Load(); byKey != nil {
			for key, m := range *byKey {
				all = append(all, r.healthOf(key, m))
			}
		}
	}
	slices.SortFunc(all, func(a, b Health) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

func (r *Router) healthOf(key uint64, m *mark) Health {
	h := Health{Key: key, Failures: int(m.failures.Load())}
	if until := time.Duration(m.until.Load()); until != never {
		h.Until = r.epoch.Add(until)
		h.Cooling = until > r.clock()
	}
	return h
}

// A view is one moment of health, for one plan. It reads the clock only if some
// destination has ever cooled.
type view struct {
	router *Router
	now    time.Duration
	timed  bool
}

func (v *view) cooling(key uint64) bool {
	m := v.router.marks.find(key)
	if m == nil {
		return false
	}
	until := time.Duration(m.until.Load())
	if until == never {
		return false
	}
	if !v.timed {
		v.now, v.timed = v.router.clock(), true
	}
	return until > v.now
}
