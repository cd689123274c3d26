package routing

import (
	"slices"
	"sync"
	"time"
)

const (
	latencyHolds  = 5 * time.Minute // then a destination counts as unknown
	headroomHolds = time.Minute     // where the provider did not say for how long

	recent   = 64 // latencies kept per key, for usual
	enough   = 20 // of them, before usual says anything
	everyNth = 8  // usual is worked out anew after so many
)

// observed are latencies and headroom per key. A Router that nothing asks about
// them has none.
type observed struct {
	keyed[observation]
	router *Router
}

// An observation is what was seen of one key.
type observation struct {
	mu       sync.Mutex
	count    int           // latencies so far
	average  time.Duration // of them; each new one weighs an eighth
	recent   [recent]time.Duration
	p95      time.Duration // of recent, 0: not enough yet
	last     time.Duration // when the latest was seen
	headroom Headroom
	told     time.Duration // when headroom was; never: it was not
	made     time.Duration // orders what is forgotten
}

// of returns the observation of key, a new one if need be.
func (o *observed) of(key uint64, now time.Duration) *observation {
	if found := o.find(key); found != nil {
		return found
	}
	s := o.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(key)
	if found == nil {
		found = &observation{told: never, last: never, made: now}
		s.add(key, found, func(of *observation) time.Duration { return of.made })
	}
	return found
}

// observe takes note of the time to the first content of an attempt, or to the
// whole answer.
func (r *Router) observe(key uint64, latency time.Duration) {
	if r.observed == nil || key == 0 {
		return
	}
	now := r.clock()
	o := r.observed.of(key, now)
	latency = max(latency, 0)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == 0 || now-o.last > latencyHolds {
		o.average = latency
	} else {
		o.average += (latency - o.average) / 8
	}
	o.recent[o.count%recent] = latency
	o.count++
	o.last = now
	if o.count >= enough && (o.count-enough)%everyNth == 0 {
		o.p95 = percentile95(o.recent, min(o.count, recent))
	}
}

// percentile95 is the smallest of the first n that 95 percent of them do not
// exceed. list is a copy.
func percentile95(list [recent]time.Duration, n int) time.Duration {
	slices.Sort(list[:n])
	return list[(95*n+99)/100-1]
}

// usual returns the time within which 95 percent of the latest answers of key
// began to come. ok is false before 20 were seen.
func (r *Router) usual(key uint64) (p95 time.Duration, ok bool) {
	if r.observed == nil {
		return 0, false
	}
	o := r.observed.find(key)
	if o == nil {
		return 0, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.p95, o.count >= enough
}

// Observes reports whether latencies and headroom are kept: Options.Observe, or
// something that needs them, asked for it. Reading [HeadroomOf] an answer is
// idle otherwise.
func (r *Router) Observes() bool { return r.observed != nil }

func (o *observed) latency(key uint64, now time.Duration) (time.Duration, bool) {
	of := o.find(key)
	if of == nil {
		return 0, false
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	if of.count == 0 || now-of.last > latencyHolds {
		return 0, false
	}
	return of.average, true
}

func (o *observed) headroom(key uint64, now time.Duration) (Headroom, bool) {
	of := o.find(key)
	if of == nil {
		return Headroom{}, false
	}
	of.mu.Lock()
	h, told := of.headroom, of.told
	of.mu.Unlock()
	if told == never {
		return Headroom{}, false
	}
	age := max(now-told, 0)
	h.Requests, h.Tokens = h.Requests.after(age), h.Tokens.after(age)
	return h, h.Requests.Known || h.Tokens.Known
}

// Headroom takes note of what the provider says is left, see [HeadroomOf]. It
// does nothing if the Router does not observe.
func (a *Attempt) Headroom(h Headroom) {
	if a.limits.router == nil {
		return // of an Attempt that no Router made
	}
	o := a.limits.router.observed
	if o == nil || a.to.Key == 0 || !h.Requests.Known && !h.Tokens.Known {
		return
	}
	now := o.router.clock()
	of := o.of(a.to.Key, now)
	of.mu.Lock()
	of.headroom, of.told = h.sane(), now
	of.mu.Unlock()
}
