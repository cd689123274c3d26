package routing

import "runtime/debug"

// A Strategy orders the destinations of a Config for one request.
//
// Order appends to into the destinations to try, first to last, and returns the
// result. It must be pure: the same Config, Request and Seen give the same
// order. It may be called by many goroutines, and must not change the Config,
// keep into, or block.
//
// The Router defends itself: names that the Config does not have and names seen
// before are dropped, and if Order panics, [Split] stands in for it and
// Plan.Fault says so. An empty order is an answer too: nothing is tried.
//
// [Split], [Ordered], [LeastLatency] and [MostHeadroom] are strategies.
type Strategy interface {
	Order(c *Config, r Request, seen Seen, into []Destination) []Destination
}

// Split picks one primary and appends the fallbacks in their order (spec §4.1).
// It is what a Config without a Strategy gets. With one primary it is plain
// fallback; without fallbacks it is a plain split.
//
// Without a session the draw modulo 100 picks: over any 100 consecutive draws
// each primary is first exactly Percentage times. With one (Request.Affinity)
// the session does, whatever the draw: all its requests go to the same primary,
// on all replicas, and over many sessions each primary gets its Percentage of
// them (spec §4.2). While that primary cools, the session's next choice among
// the primaries stands in for it, before the fallbacks; afterwards the session
// is back. If percentages or primaries change, only the sessions move that must.
//
// A primary with zero percent is never picked.
type Split struct{}

// Order implements [Strategy].
func (Split) Order(c *Config, r Request, seen Seen, into []Destination) []Destination {
	if c == nil {
		return into
	}
	p := Plan{Request: r, config: c}
	p.split(c, seen.view())
	return p.appendTo(into)
}

// Ordered tries all primaries as they are listed, and then the fallbacks. There
// is no draw and no session; percentages do not count.
type Ordered struct{}

// Order implements [Strategy].
func (Ordered) Order(c *Config, r Request, _ Seen, into []Destination) []Destination {
	if c == nil {
		return into
	}
	p := Plan{Request: r, config: c}
	p.ordered(c)
	return p.appendTo(into)
}

func (p *Plan) ordered(c *Config) {
	for i := range c.primaries() {
		p.add(i)
	}
	p.addFallbacks(c)
}

// split adds one primary and the fallbacks. It returns the primary that the
// draw fell on, -1 if there is none with any share or the session chose.
func (p *Plan) split(c *Config, v *view) int {
	primaries := c.primaries()
	if p.Affinity == 0 || len(primaries) < 2 {
		picked := pick(primaries, p.Draw)
		if picked >= 0 {
			p.add(picked)
		}
		p.addFallbacks(c)
		return picked
	}
	pinned := -1
	if v != nil {
		pinned = pin(primaries, p.Affinity, v.out)
	}
	if pinned < 0 { // nothing seen, or all of them cool
		pinned = pin(primaries, p.Affinity, nil)
	}
	if pinned >= 0 {
		p.add(pinned)
	}
	p.addFallbacks(c)
	return -1
}

func (p *Plan) addFallbacks(c *Config) {
	first := len(c.primaries())
	for i := range c.fallbacks() {
		p.add(first + i)
	}
}

func (p *Plan) appendTo(into []Destination) []Destination {
	for _, i := range p.order[:p.n] {
		into = append(into, *p.config.at(i))
	}
	return into
}

// orderSafely runs a Strategy that somebody else wrote.
func orderSafely(s Strategy, c *Config, r Request, seen Seen) (order []Destination, fault error) {
	defer func() {
		if v := recover(); v != nil {
			order, fault = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return s.Order(c, r, seen, make([]Destination, 0, MaxDestinations+MaxFallbacks)), nil
}
