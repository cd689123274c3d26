package ratelimit

import (
	"context"
	"time"
)

// Wait is Admit for a call that would rather wait than be refused. Callers
// whose calls wait for the same bucket (Verdict.Blocked) take turns, and each
// caller's calls go in the order they came; caller is any number that tells
// them apart. A call for a bucket that others wait for stands behind them, even
// if it would fit. Calls that do not wait, and those of other processes, may
// overtake it.
//
// Wait returns when the call is admitted, or with the last refusal
//
//   - at once, when waiting does not help: Verdict.Disabled, Full or Away;
//   - at once, when ctx ends before RetryAfter has passed, or when
//     Options.MaxWaiting calls wait already, none of a caller with more of them;
//   - when its place is given to another caller, who has fewer;
//   - when ctx ends.
//
// A call that has not had its turn is refused for the bucket that it waits
// for, with a RetryAfter that promises nothing.
//
// The first call for a bucket asks again when RetryAfter has passed, or when
// something is given back to it in this process, and at least once a second
// when that may not tell the whole story: with Options.Store, when calls under
// way are limited, or for a caller in several groups. Wait sleeps in real time, whatever Options.Now
// says. It runs no goroutine, and if the call is admitted at once and nobody
// waits for its buckets it costs what Admit does.
func (l *Limiter) Wait(ctx context.Context, caller uint64, asks []Ask, lease *Lease) Verdict {
	ahead, behind := l.memory.queues.ahead(caller, asks)
	if !behind {
		v := l.Admit(ctx, asks, lease)
		if !v.worthWaiting() || tooLate(ctx, v) {
			return v
		}
		return l.wait(ctx, caller, asks, lease, v)
	}
	v := l.glance(asks)
	switch {
	case v.OK:
		v = Verdict{}
	case !v.worthWaiting() || tooLate(ctx, v):
		return v
	}
	v.Blocked = ahead
	v.RetryAfter = max(v.RetryAfter, tick)
	return l.wait(ctx, caller, asks, lease, v)
}

// wait waits for the bucket that v, the refusal until now, was blocked by.
func (l *Limiter) wait(ctx context.Context, caller uint64, asks []Ask, lease *Lease, v Verdict) Verdict {
	if ctx.Err() != nil {
		return v
	}
	q := &l.memory.queues
	w := q.join(caller, v.Blocked.Bucket, l.maxWaiting)
	if w == nil {
		return v
	}
	defer func() { q.leave(w, v.OK) }()
	timer := time.NewTimer(l.pause(asks, &v))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-timer.C:
		}
		if ctx.Err() != nil || q.isOut(w) {
			return v
		}
		if !q.turn(w, asks) {
			if manyGroups(asks) {
				timer.Reset(tick)
			}
			continue // becoming the head wakes
		}
		v = l.Admit(ctx, asks, lease)
		if !v.worthWaiting() || tooLate(ctx, v) {
			return v
		}
		q.move(w, v.Blocked.Bucket)
		timer.Reset(l.pause(asks, &v))
	}
}

// glance returns what Admit would say as far as this process knows, and takes
// nothing.
func (l *Limiter) glance(asks []Ask) Verdict {
	if s := l.shared; s != nil && s.presence.isAway() && asksStore(asks) {
		return s.peekAlone(asks)
	}
	return l.memory.peek(asks)
}

// pause returns how long the head of a queue sleeps after v.
func (l *Limiter) pause(asks []Ask, v *Verdict) time.Duration {
	wait := v.RetryAfter
	if l.shared != nil || v.Blocked.Bucket.Dimension == Concurrent || otherGroup(asks, &v.Blocked) {
		wait = min(wait, tick)
	}
	if wait <= 0 {
		return tick
	}
	return wait
}

// otherGroup reports whether asks may be admitted without room for a, because
// there is room for another group.
func otherGroup(asks []Ask, a *Ask) bool {
	if !a.Shared {
		return false
	}
	for i := range asks {
		if b := &asks[i]; b.Shared && !b.Shadow && b.Bucket.Dimension == a.Bucket.Dimension && !sameGroup(a, b) {
			return true
		}
	}
	return false
}

// worthWaiting reports whether v is a refusal that time may heal.
func (v *Verdict) worthWaiting() bool { return !v.OK && !v.Disabled && !v.Full && !v.Away }

// tooLate reports whether ctx will have ended when v lets the call pass. Nobody
// knows when a call under way ends.
func tooLate(ctx context.Context, v Verdict) bool {
	if v.Blocked.Bucket.Dimension == Concurrent {
		return false
	}
	end, ok := ctx.Deadline()
	return ok && time.Until(end) < v.RetryAfter
}

// manyGroups reports whether asks has several groups for one dimension.
func manyGroups(asks []Ask) bool {
	for i := range asks {
		if otherGroup(asks, &asks[i]) {
			return true
		}
	}
	return false
}
