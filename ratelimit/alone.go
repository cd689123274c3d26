package ratelimit

// admitAlone decides without the store, which is away.
func (s *shared) admitAlone(asks []Ask, lease *Lease) Verdict {
	if v, denied := s.denied(asks); denied {
		return v
	}
	var buf [MaxAsks]Ask
	own := s.bounded(asks, buf[:0])
	v := s.memory.admit(own, lease)
	if v.OK {
		s.alone.Add(1)
	}
	return unbounded(v, own, asks)
}

// peekAlone returns what admitAlone would say.
func (s *shared) peekAlone(asks []Ask) Verdict {
	if v, denied := s.denied(asks); denied {
		return v
	}
	var buf [MaxAsks]Ask
	own := s.bounded(asks, buf[:0])
	return unbounded(s.memory.peek(own), own, asks)
}

// denied returns the refusal of a call that the store would have a say in, if
// WhenAway is Deny.
func (s *shared) denied(asks []Ask) (v Verdict, denied bool) {
	if s.whenAway != Deny {
		return Verdict{}, false
	}
	for i := range asks {
		if a := &asks[i]; !a.Shadow && a.Bucket.Dimension != Concurrent {
			if v := s.memory.peek(asks); v.Disabled {
				return v, true
			}
			return Verdict{Blocked: *a, Away: true, RetryAfter: probeEvery}, true
		}
	}
	return Verdict{}, false
}

// bounded returns asks with this process's share of every limit that it has
// with others, in into if they fit.
func (s *shared) bounded(asks, into []Ask) []Ask {
	if s.share == 100 {
		return asks
	}
	into = append(into, asks...)
	for i := range into {
		if a := &into[i]; a.Bucket.Dimension != Concurrent && a.Limit > 0 {
			a.Limit = max(a.Limit/100*s.share+a.Limit%100*s.share/100, 1)
		}
	}
	return into
}

// unbounded returns v with the ask it stems from, not the share of it.
func unbounded(v Verdict, own, asks []Ask) Verdict {
	v.Blocked = askFor(v.Blocked, own, asks)
	if v.Shadow != nil {
		shadow := *v.Shadow
		shadow.Blocked = askFor(shadow.Blocked, own, asks)
		v.Shadow = &shadow
	}
	return v
}

func askFor(blocked Ask, own, asks []Ask) Ask {
	for i := range own {
		if own[i] == blocked {
			return asks[i]
		}
	}
	return blocked // none
}
