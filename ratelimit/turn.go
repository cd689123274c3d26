package ratelimit

import "slices"

// ahead returns the first of asks for a bucket that others wait for already, so
// that a new call has to stand behind them. A caller with several groups stands
// behind those of a group only if others wait for every one (ruling R7), or if a
// call of the same caller does for one.
func (q *queues) ahead(caller uint64, asks []Ask) (a Ask, ok bool) {
	if q.marked.Load() == 0 {
		return Ask{}, false
	}
	var m marks
	for i := range asks {
		m |= asks[i].Bucket.mark()
	}
	if !q.any(m) {
		return Ask{}, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range asks {
		if a := &asks[i]; !a.Shadow {
			if in := q.find(a.Bucket); in != nil && in.line(caller) >= 0 {
				return *a, true
			}
		}
	}
	return q.behind(asks, nil)
}

// turn reports whether w, whose call is for asks, may ask again: it is the head
// of its queue, or the first of its caller and with a group that nobody else
// waits for. A head that has to stand in another line first is moved there.
func (q *queues) turn(w *waiter, asks []Ask) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.in.head() != w {
		_, behind := q.behind(asks, w)
		return !behind && w.in.lines[w.in.line(w.caller)].calls[0] == w
	}
	if !slices.Contains(w.led, w.in.bucket) {
		w.led = append(w.led, w.in.bucket)
	}
	if b, ok := q.elsewhere(w, asks); ok {
		q.remove(w, false)
		q.add(w, b)
		return false
	}
	return true
}

// elsewhere returns the bucket for which w, the head of its queue, has to wait
// before it asks: one for which a call of the same caller waits that came
// earlier, or one whose head came earlier while w has never been the head there.
// So nobody overtakes those who wait for a bucket by waiting for another one,
// and because a call has to be the head of a queue only once, no two send each
// other to and fro. mu is held.
func (q *queues) elsewhere(w *waiter, asks []Ask) (Bucket, bool) {
	for i := range asks {
		a := &asks[i]
		if !q.isAhead(a, w) {
			continue
		}
		in := q.find(a.Bucket)
		if i := in.line(w.caller); i >= 0 && in.lines[i].calls[0].came < w.came {
			return a.Bucket, true
		}
		if in.head().came < w.came && !slices.Contains(w.led, a.Bucket) && (!a.Shared || q.aheadInAll(asks, a.Bucket.Dimension, w)) {
			return a.Bucket, true
		}
	}
	return Bucket{}, false
}

// behind returns the first of asks that other calls than w wait for, and those
// come first. mu is held.
func (q *queues) behind(asks []Ask, w *waiter) (a Ask, ok bool) {
	for i := range asks {
		switch a := &asks[i]; {
		case !q.isAhead(a, w):
		case !a.Shared || q.aheadInAll(asks, a.Bucket.Dimension, w):
			return *a, true
		}
	}
	return Ask{}, false
}

// isAhead reports whether a call other than w comes first for a. mu is held.
func (q *queues) isAhead(a *Ask, w *waiter) bool {
	if a.Shadow {
		return false
	}
	in := q.find(a.Bucket)
	return in != nil && in.head() != w
}

// aheadInAll reports whether calls other than w come first for each of the
// groups that asks have on d. mu is held.
func (q *queues) aheadInAll(asks []Ask, d Dimension, w *waiter) bool {
	for i := range asks {
		a := &asks[i]
		if !a.Shared || a.Shadow || a.Bucket.Dimension != d {
			continue
		}
		if !slices.ContainsFunc(asks, func(b Ask) bool { return sameGroup(a, &b) && q.isAhead(&b, w) }) {
			return false
		}
	}
	return true
}
