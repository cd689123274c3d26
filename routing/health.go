package routing

import (
	"cmp"
	"slices"
	"time"
)

// A State is where the automaton of a Key stands, see [Health].
type State string

// The states.
const (
	Closed   State = "closed"    // in use
	Open     State = "open"      // cooling: plans leave it out
	HalfOpen State = "half_open" // has cooled; one attempt, the probe, finds out
	Ramping  State = "ramping"   // the probe came back well; a growing share of requests is let in
)

// Health is what a Router knows of one Key: the state of an automaton (ruling
// R29).
//
//	state      failure                        success                 end of its time
//	Closed     the threshold's in a row:      Closed                  -
//	           Open; else Closed
//	Open       Open, one more in a row        Open                    HalfOpen, or Closed after a
//	                                                                  Retry-After or CoolFor alone
//	HalfOpen   Open, for twice as long        Ramping; Closed if      -
//	                                          there is no ramp
//	Ramping    as Closed                      Ramping                 Closed
//
// The threshold is Options.FailureThreshold. Open lasts Options.Cooldown, and
// twice as long each further time. A failure with a Retry-After, up to
// Options.MaxRetryAfter, or with a [Row] that has CoolFor, makes any state Open
// at once, or longer. A success sets count and doubling back. Ramping lasts
// Options.Ramp; it is the draw that is let in or not, of a session
// (Request.Affinity) the session.
//
// Only failures whose Row says Cools count, before Commit and after it; all
// others, a caller's hang-up above all, are neutral. In HalfOpen one attempt at
// a time is let through; if it ends neutrally the next one is the probe, and so
// it is if it has not reported within the longest cooldown. Any attempt's
// answer counts, not the probe's alone: one that began before the trouble may
// end the state, and if it ends neutrally a second probe may be let through.
//
// The end of a cooldown never moves earlier, not even by a success: that may be
// the answer to a request sent before the trouble began.
type Health struct {
	Key      uint64
	State    State
	Probing  bool      // HalfOpen, and the probe is out
	Failures int       // in a row, since the last success
	Cooling  bool      // Open
	Until    time.Time // end of the latest cooldown; zero if there was none, or a success came after it
}

// Health returns what is known of key now. A key never seen failing is Closed.
func (r *Router) Health(key uint64) Health {
	k := r.marks.find(key)
	if k == nil {
		return Health{Key: key, State: Closed}
	}
	return r.healthOf(key, k, r.clock())
}

// Snapshot returns the Health of every remembered key, by ascending Key. Keys
// are remembered from their first failure on, at most 16,384 of them; beyond
// that, those whose last failure is oldest are forgotten.
func (r *Router) Snapshot() []Health {
	var all []Health
	now := r.clock()
	for i := range r.marks.shards {
		if byKey := r.marks.shards[i].byKey.Load(); byKey != nil {
			for key, k := range *byKey {
				all = append(all, r.healthOf(key, k, now))
			}
		}
	}
	slices.SortFunc(all, func(a, b Health) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

func (r *Router) healthOf(key uint64, k *mark, now time.Duration) Health {
	h := Health{Key: key, State: r.marks.state(k, now), Failures: int(k.failures.Load())}
	h.Cooling = h.State == Open
	h.Probing = h.State == HalfOpen && r.marks.probing(k, now)
	if until := time.Duration(k.until.Load()); until > over {
		h.Until = r.epoch.Add(until)
	}
	return h
}

// recovery reports whether all destinations of p are Open, and how long until
// the first is not.
func (r *Router) recovery(p *Plan, now time.Duration) (wait time.Duration, all bool) {
	for _, i := range p.order[:p.n] {
		k := r.marks.find(p.config.at(i).Key)
		if k == nil {
			return 0, false
		}
		until, cools := r.marks.cools(k, now)
		if !cools {
			return 0, false
		}
		if !all || until-now < wait {
			wait, all = until-now, true
		}
	}
	return wait, all
}

// A view is one moment of health, for one plan. It reads the clock only if some
// destination has ever cooled.
type view struct {
	router *Router
	lot    uint64
	now    time.Duration
	timed  bool
}

// out reports whether the plan should do without key: it is Open, or HalfOpen
// with its probe out, or Ramping and not yet for this lot.
func (v *view) out(key uint64) bool {
	m := &v.router.marks
	k := m.find(key)
	if k == nil || time.Duration(k.until.Load()) == never {
		return false
	}
	if !v.timed {
		v.now, v.timed = v.router.clock(), true
	}
	switch m.state(k, v.now) {
	case Open:
		return true
	case HalfOpen:
		return m.probing(k, v.now)
	case Ramping:
		return !m.rule.letsIn(key, v.lot, v.now-time.Duration(k.ramp.Load()))
	default:
		return false
	}
}
