package ratelimit

import "time"

// Verdict is the answer to one call.
type Verdict struct {
	// OK says that the call is admitted. All else is then zero, but for Shadow.
	OK bool

	// Blocked is the ask that must wait longest, the first of several; of
	// groups, the loosest group's. With Disabled it is the first ask that
	// waiting does not help.
	Blocked Ask

	// Disabled says that a limit of 0 blocks, and waiting does not help: 403
	// rather than 429 (ruling R1). So does an ask whose bucket has no valid
	// period or dimension.
	Disabled bool

	// Full says that the limiter would need more buckets than
	// Options.MaxBuckets or Options.MaxTagBuckets. RetryAfter is then how long
	// it takes the first bucket that is in the way to fall idle if nobody uses
	// it, at least one slot of a minute. Others may wait for it too.
	Full bool

	// Away says that Options.Store cannot be asked and Options.WhenAway is
	// Deny. RetryAfter is then one slot of a minute, with no promise.
	Away bool

	// Shadow is what the shadow asks alone would have answered; nil if they
	// would have let the call pass. It may be set when OK is too.
	Shadow *Verdict

	// RetryAfter is how long to wait: a call with the same asks is admitted
	// then, if nobody else takes from the same buckets meanwhile, and not
	// sooner, unless something is given back. Above 0 whenever waiting helps.
	// When calls under way are too many it is one slot of a minute, with no
	// promise.
	RetryAfter time.Duration
}

// wait is how long one ask must wait; forever if waiting does not help.
type wait struct {
	ask     *Ask
	delay   time.Duration
	forever bool
}

func (w wait) longerThan(v wait) bool {
	if v.ask == nil || w.forever != v.forever {
		return v.ask == nil || w.forever
	}
	return w.delay > v.delay
}

// wait returns how long ask i, which does not fit, must wait.
func (c *call) wait(i int, s *seat) wait {
	a := &c.asks[i]
	w := wait{ask: a, forever: a.disabled()}
	if w.forever {
		return w
	}
	place := a.Bucket.place()
	if place == concurrentPlace {
		w.delay = tick
		return w
	}
	want := max(c.wants(a), 1) // charged afterwards, it is admitted as if it wanted one
	n := s.used - (a.Limit - want)
	slot := slotAt(place, c.tick)
	var begins int64
	if at := &c.stops[s.stop]; at.spread != nil {
		begins = at.spread.freeFrom(place, slot, n)
	} else {
		begins = at.account.at(place).freeFrom(n)
	}
	length := time.Duration(a.Bucket.Period.ticks()) * tick
	w.delay = time.Duration(begins-slot)*length - (c.at - time.Duration(slot)*length)
	return w
}

// judge decides on the asks that are enforced, or on the shadows alone.
func (c *call) judge(seats []seat, shadow bool) Verdict {
	var worst wait
	for i := range c.asks {
		if a := &c.asks[i]; a.Shadow == shadow && (!a.Shared || !a.Bucket.valid()) && seats[i].over {
			worst = longer(worst, c.wait(i, &seats[i]))
		}
	}
	for d := Requests; d <= Concurrent; d++ {
		worst = longer(worst, c.groups(seats, shadow, d))
	}
	switch {
	case worst.ask == nil:
		return Verdict{OK: true}
	case worst.forever:
		return Verdict{Blocked: *worst.ask, Disabled: true}
	}
	return Verdict{Blocked: *worst.ask, RetryAfter: worst.delay}
}

// shadowed reports whether there are shadow asks.
func (c *call) shadowed() bool {
	for i := range c.asks {
		if c.asks[i].Shadow {
			return true
		}
	}
	return false
}

// groups returns the wait of the loosest of all groups with a limit on d, or
// no wait if one of them is not over (ruling R7).
func (c *call) groups(seats []seat, shadow bool, d Dimension) wait {
	var loosest wait
	for i := range c.asks {
		a := &c.asks[i]
		if !a.Shared || a.Shadow != shadow || a.Bucket.Dimension != d || !c.firstOfGroup(i) {
			continue
		}
		var group wait
		for j := i; j < len(c.asks); j++ {
			if seats[j].over && sameGroup(a, &c.asks[j]) {
				group = longer(group, c.wait(j, &seats[j]))
			}
		}
		if group.ask == nil {
			return wait{}
		}
		if loosest.ask == nil || loosest.longerThan(group) {
			loosest = group
		}
	}
	return loosest
}

// firstOfGroup reports whether no ask before i is for the same group and
// dimension.
func (c *call) firstOfGroup(i int) bool {
	for j := range i {
		if sameGroup(&c.asks[i], &c.asks[j]) {
			return false
		}
	}
	return true
}

func sameGroup(a, b *Ask) bool {
	return a.Shared && b.Shared && a.Shadow == b.Shadow &&
		a.Bucket.Service == b.Bucket.Service &&
		a.Bucket.Principal == b.Bucket.Principal &&
		a.Bucket.Dimension == b.Bucket.Dimension
}

func longer(a, b wait) wait {
	if b.ask != nil && b.longerThan(a) {
		return b
	}
	return a
}
