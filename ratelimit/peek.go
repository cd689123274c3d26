package ratelimit

import (
	"context"
	"time"
)

// Standing is how one ask stands.
type Standing struct {
	Ask       Ask
	Used      int64 // what the bucket holds
	Remaining int64 // what its limit leaves, at least 0
}

// Peek appends to into how every ask stands, and returns the verdict that Admit
// would give, but for Verdict.Full: whether there is room for one more bucket is
// known when it is made. It takes nothing.
//
// With Options.Store it asks [Store.Used], once. When it is the store that has
// no room, RetryAfter is one slot of the period, with no promise: counts do not
// tell when they fall. While the store is away, what is used and remains is
// what this process has used and would still admit.
func (l *Limiter) Peek(ctx context.Context, asks []Ask, into []Standing) (Verdict, []Standing) {
	first := len(into)
	for _, a := range asks {
		used, remaining := l.Usage(a.Bucket, a.Limit)
		into = append(into, Standing{a, used, remaining})
	}
	s := l.shared
	if s == nil || !asksStore(asks) {
		return l.memory.peek(asks), into
	}
	if !s.look(ctx, into[first:]) {
		var buf [MaxAsks]Ask
		for i, a := range s.bounded(asks, buf[:0]) {
			if s.whenAway == Deny && a.Bucket.Dimension != Concurrent {
				a.Limit = 0
			}
			into[first+i].Remaining = remains(a.Limit, into[first+i].Used)
		}
		return s.peekAlone(asks), into
	}
	own := l.memory.peek(asks)
	if !own.OK {
		return own, into
	}
	v := s.foretell(into[first:])
	v.Shadow = worse(own.Shadow, v.Shadow)
	return v, into
}

// look puts into all what the store holds, and reports whether it could be
// asked.
func (s *shared) look(ctx context.Context, all []Standing) bool {
	if !s.presence.claim(s.now()) {
		return false
	}
	var buckets []Bucket
	for i := range all {
		if b := all[i].Ask.Bucket; b.Dimension != Concurrent {
			buckets = append(buckets, b)
		}
	}
	used := make([]int64, len(buckets))
	if err := s.store.used(ctx, buckets, used); err != nil {
		s.presence.failed(s.now(), err)
		return false
	}
	s.presence.answered(s.now())
	for i := range all {
		st := &all[i]
		if st.Ask.Bucket.Dimension != Concurrent {
			st.Used, used = max(used[0], 0), used[1:]
			st.Remaining = remains(st.Ask.Limit, st.Used)
		}
	}
	return true
}

// foretell returns what a store that holds what all say would answer.
func (s *shared) foretell(all []Standing) Verdict {
	v := Verdict{OK: true}
	if a, over := s.firstOver(all, false); over {
		v = Verdict{Blocked: a, RetryAfter: slotOf(a)}
	}
	if a, over := s.firstOver(all, true); over {
		v.Shadow = &Verdict{Blocked: a, RetryAfter: slotOf(a)}
	}
	return v
}

// firstOver returns the ask that would block, of those that are shadows or of
// the others: one that is over, or one of a group if every group is over for
// its dimension (ruling R7).
func (s *shared) firstOver(all []Standing, shadow bool) (Ask, bool) {
	for i := range all {
		a := &all[i].Ask
		if a.Shadow != shadow || !s.isOver(&all[i]) {
			continue
		}
		if !a.Shared || s.allGroupsOver(all, a) {
			return *a, true
		}
	}
	return Ask{}, false
}

// allGroupsOver reports whether every group that all has on the dimension of a
// is over.
func (s *shared) allGroupsOver(all []Standing, a *Ask) bool {
	for i := range all {
		b := &all[i].Ask
		if !b.Shared || b.Shadow != a.Shadow || b.Bucket.Dimension != a.Bucket.Dimension {
			continue
		}
		over := false
		for j := range all {
			c := &all[j]
			over = over || c.Ask.Shadow == a.Shadow && sameGroup(b, &c.Ask) && s.isOver(c)
		}
		if !over {
			return false
		}
	}
	return true
}

// isOver reports whether what st wants does not fit into what the store holds.
// What is counted here alone is not looked at.
func (s *shared) isOver(st *Standing) bool {
	return st.Ask.Bucket.Dimension != Concurrent && st.Ask.over(st.Used, st.Ask.After || s.chargeAfter && st.Ask.Bucket.Dimension == Tokens)
}

func slotOf(a Ask) time.Duration { return a.Bucket.Period.Duration() / slots }
