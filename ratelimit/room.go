package ratelimit

import (
	"math"
	"sync"
	"time"
)

// room keeps account of how many buckets there are, so that there are never
// more than there may be. The tags of each service are counted apart: whoever
// invents values for one service is in the way of nobody at another.
type room struct {
	mu   sync.Mutex
	of   map[uint64]*tagRoom // by service; missing is empty
	tags int64               // the most that one service may have

	next int64 // tick at which the first bucket of all falls idle, at the last Sweep
	full uint64
}

// tagRoom is how many buckets the tags of one service have.
type tagRoom struct {
	kept int64
	next int64 // as in room, of these
}

// take counts n more buckets for tags of a service, unless they are too many.
func (r *room) take(service uint64, n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.of[service]
	if t == nil {
		if n > r.tags {
			return false
		}
		if r.of == nil {
			r.of = make(map[uint64]*tagRoom)
		}
		t = new(tagRoom)
		r.of[service] = t
	}
	if t.kept+n > r.tags {
		return false
	}
	t.kept += n
	return true
}

// add changes the number of buckets for tags of a service, whatever is allowed.
func (r *room) add(service uint64, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.of[service]
	if t == nil {
		if r.of == nil {
			r.of = make(map[uint64]*tagRoom)
		}
		t = new(tagRoom)
		r.of[service] = t
	}
	if t.kept += n; t.kept <= 0 {
		delete(r.of, service)
	}
}

// forget begins to look for the next bucket that falls idle.
func (r *room) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = math.MaxInt64
	for _, t := range r.of {
		t.next = math.MaxInt64
	}
}

// falls notes that a bucket of o will be idle from tick at on.
func (r *room) falls(o owner, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = min(r.next, at)
	if t := r.of[o.service]; t != nil && o.key == KeyRequestTag {
		t.next = min(t.next, at)
	}
}

// refuse counts a call that there is no bucket for, and returns how long after
// now the first one falls idle that is in its way, if nobody uses it before.
func (r *room) refuse(c *call) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full++
	next := r.next
	for i := range c.stops {
		if s := &c.stops[i]; s.owner.key == KeyRequestTag {
			if t := r.of[s.owner.service]; t != nil && t.kept >= r.tags {
				next = t.next
			}
		}
	}
	if next == 0 || next == math.MaxInt64 {
		return tick // nobody knows
	}
	return max(time.Duration(next-c.tick)*tick-(c.at-time.Duration(c.tick)*tick), tick)
}

// refused returns how many calls there was no bucket for.
func (r *room) refused() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}
