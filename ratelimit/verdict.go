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
	// period or dimension, and two for one bucket that together exceed it.
	Disabled bool

	// Full says that the limiter would need more than Options.MaxBuckets
	// buckets. RetryAfter is then one slot of a minute, with no promise.
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

// judge decides a call of which at least one ask did not fit. All its shards
// are locked.
func (c *call) judge() Verdict {
	var worst wait
	for i := range c.asks {
		if a := &c.asks[i]; !a.Shared || !a.Bucket.valid() {
			if h := c.hold(i); h.over {
				worst = longer(worst, c.wait(h))
			}
		}
	}
	worst = longer(worst, c.groups(Requests))
	worst = longer(worst, c.groups(Tokens))
	switch {
	case worst.ask == nil:
		return Verdict{OK: true}
	case worst.forever:
		return Verdict{Blocked: *worst.ask, Disabled: true}
	}
	return Verdict{Blocked: *worst.ask, RetryAfter: worst.delay}
}

// groups returns the wait of the loosest of all groups with a limit on d, or
// no wait if one of them is not over (ruling R7).
func (c *call) groups(d Dimension) wait {
	var loosest wait
	for i := range c.asks {
		a := &c.asks[i]
		if !a.Shared || a.Bucket.Dimension != d || !c.firstOfGroup(i) {
			continue
		}
		var group wait
		for j := i; j < len(c.asks); j++ {
			if h := c.hold(j); h.over && sameGroup(a, &c.asks[j]) {
				group = longer(group, c.wait(h))
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
	return a.Shared && b.Shared &&
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
