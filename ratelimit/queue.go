package ratelimit

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// queues are the calls that wait, by the bucket they wait for. In a queue the
// callers take turns, and of each caller the call that came first goes first.
// Only the first call of a queue, its head, asks again; the others sleep until
// they are the head.
type queues struct {
	mu      sync.Mutex
	waiting int            // calls in all queues
	came    uint64         // calls that ever waited
	of      map[uint64]int // calls in all queues, by caller
	by      [64][]*queue

	// marked has a bit for every place of by with a queue. It is changed
	// under mu, and read without it to see that nobody waits.
	marked atomic.Uint64
}

// queue holds the calls that wait for one bucket. It is never empty.
type queue struct {
	bucket Bucket
	lines  []*line // in the order of their turns
}

// line holds the waiting calls of one caller, in the order they came. It is
// never empty.
type line struct {
	caller uint64
	calls  []*waiter
}

// waiter is one waiting call.
type waiter struct {
	caller uint64
	came   uint64        // its place among all calls that ever waited
	wake   chan struct{} // room for one: a head that is woken twice asks once
	in     *queue        // under mu of the queues
	led    []Bucket      // the queues it has been the head of, likewise
	out    bool          // has to give its place to another, likewise
}

// any reports whether somebody may wait for a bucket in m.
func (q *queues) any(m marks) bool { return marks(q.marked.Load())&m != 0 }

// join adds a call of caller that waits for b. When most calls wait already, one
// of the caller who has most of them goes; join returns nil if that is this one.
func (q *queues) join(caller uint64, b Bucket, most int) *waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting >= most && !q.makePlace(caller) {
		return nil
	}
	if q.of == nil {
		q.of = make(map[uint64]int)
	}
	q.of[caller]++
	q.waiting++
	q.came++
	w := &waiter{caller: caller, came: q.came, wake: make(chan struct{}, 1)}
	q.add(w, b)
	return w
}

// move has w, which turned out to wait for b, wait there. What came before it
// of the same caller stays before it.
func (q *queues) move(w *waiter, b Bucket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.in.bucket != b {
		q.remove(w, false)
		q.add(w, b)
	}
}

// leave ends the waiting of w. If it was served, the turn is the next caller's.
func (q *queues) leave(w *waiter, served bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !w.out {
		q.count(w)
	}
	q.remove(w, served)
}

// count notes that w waits no longer. mu is held.
func (q *queues) count(w *waiter) {
	q.waiting--
	if q.of[w.caller]--; q.of[w.caller] == 0 {
		delete(q.of, w.caller)
	}
}

// makePlace sends away the call that came last of the caller who has most calls
// waiting, unless caller would then have as many. mu is held.
func (q *queues) makePlace(caller uint64) bool {
	most := caller
	for c, n := range q.of {
		if n > q.of[most] || n == q.of[most] && c < most && most != caller {
			most = c
		}
	}
	if q.of[most] <= q.of[caller]+1 {
		return false
	}
	var last *waiter
	for i := range q.by {
		for _, in := range q.by[i] {
			if i := in.line(most); i >= 0 {
				for _, w := range in.lines[i].calls {
					if !w.out && (last == nil || w.came > last.came) {
						last = w
					}
				}
			}
		}
	}
	last.out = true
	q.count(last)
	last.nudge()
	return true
}

// isOut reports whether w has to give its place to another.
func (q *queues) isOut(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return w.out
}

// returned wakes the heads of the queues for buckets in m, because something
// came back to one of them.
func (q *queues) returned(m marks) {
	if !q.any(m) {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for left := m; left != 0; left &= left - 1 {
		for _, in := range q.by[bits.TrailingZeros64(uint64(left))] {
			in.head().nudge()
		}
	}
}

func (q *queues) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// add puts w into the queue for b. A caller who has no call there yet has the
// last turn. mu is held.
func (q *queues) add(w *waiter, b Bucket) {
	in := q.find(b)
	if in == nil {
		in = &queue{bucket: b}
		place := q.place(b)
		*place = append(*place, in)
		q.marked.Or(uint64(b.mark()))
	}
	w.in = in
	i := in.line(w.caller)
	if i < 0 {
		i = len(in.lines)
		in.lines = append(in.lines, &line{caller: w.caller})
	}
	l := in.lines[i]
	at := len(l.calls)
	for at > 0 && l.calls[at-1].came > w.came {
		at--
	}
	l.calls = slices.Insert(l.calls, at, w)
	if in.head() == w {
		w.nudge()
	}
}

// remove takes w out of its queue, and wakes the head that comes after it. mu
// is held.
func (q *queues) remove(w *waiter, served bool) {
	in := w.in
	led := in.head() == w
	i := in.line(w.caller)
	l := in.lines[i]
	at := slices.Index(l.calls, w)
	l.calls = slices.Delete(l.calls, at, at+1)
	if served || len(l.calls) == 0 {
		in.lines = slices.Delete(in.lines, i, i+1)
		if len(l.calls) > 0 {
			in.lines = append(in.lines, l)
		}
	}
	switch {
	case len(in.lines) == 0:
		place := q.place(in.bucket)
		at := slices.Index(*place, in)
		*place = slices.Delete(*place, at, at+1)
		if len(*place) == 0 {
			q.marked.And(^uint64(in.bucket.mark()))
		}
	case led:
		in.head().nudge()
	}
}

// find returns the queue for b, nil if nobody waits for it. mu is held.
func (q *queues) find(b Bucket) *queue {
	for _, in := range *q.place(b) {
		if in.bucket == b {
			return in
		}
	}
	return nil
}

func (q *queues) place(b Bucket) *[]*queue { return &q.by[bits.TrailingZeros64(uint64(b.mark()))] }

func (in *queue) head() *waiter { return in.lines[0].calls[0] }

// line returns the index of the line of caller, -1 if there is none.
func (in *queue) line(caller uint64) int {
	return slices.IndexFunc(in.lines, func(l *line) bool { return l.caller == caller })
}

// nudge has w ask again.
func (w *waiter) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
