package routing

import "go.uber.org/zap"

// A Plan is where one request goes, first to last. It is fixed when it is made
// and holds on to its Config: a later change of the service does not touch it.
// It is small; copy it freely. The zero Plan is empty.
type Plan struct {
	// Request is what the plan was made with.
	Request

	// Fault is a *[PanicError] when the Config's Strategy panicked and [Split]
	// stood in for it, else nil.
	Fault error

	config *Config
	allOut bool // of the order nobody was to be used: all are tried
	n      uint8
	order  [MaxDestinations + MaxFallbacks]uint8 // into primaries, then fallbacks
}

// Len returns the number of destinations, 0 to 15.
func (p *Plan) Len() int { return int(p.n) }

// At returns the i-th destination. It returns the zero Destination when i is
// out of range.
func (p *Plan) At(i int) Destination {
	if i < 0 || i >= int(p.n) {
		return Destination{}
	}
	return *p.config.at(p.order[i])
}

// Destinations returns the destinations in order, as a new slice.
func (p *Plan) Destinations() []Destination {
	list := make([]Destination, p.n)
	for i := range list {
		list[i] = *p.config.at(p.order[i])
	}
	return list
}

func (p *Plan) add(i int) {
	p.order[p.n] = uint8(i)
	p.n++
}

// at returns a destination by its number: primaries first, then fallbacks.
func (c *Config) at(i uint8) *Destination {
	if n := len(c.primaries()); int(i) >= n {
		return &c.Fallbacks[int(i)-n]
	}
	return &c.Destinations[i]
}

// Plan decides where a request goes: the order of the Config's Strategy, or the
// Router's, without the destinations that are cooling, have a probe out or do
// not let this request in yet (see [Health]). If that leaves none of the order,
// [Split] takes another primary, by the same draw; if there is none, all are
// tried in order (ruling R29).
//
// It is pure, given the health seen, and never fails: an empty plan is refused
// by Do. The Config is not validated here.
func (r *Router) Plan(c *Config, request Request) Plan {
	p := Plan{Request: request, config: c}
	if c == nil {
		return p
	}
	v := view{router: r, lot: request.lot()}
	strategy := c.Strategy
	if strategy == nil {
		strategy = r.strategy
	}
	picked := -1
	switch s := strategy.(type) {
	case nil, Split, *Split:
		picked = p.split(c, &v)
	case Ordered:
		p.ordered(c)
	case LeastLatency:
		p.ranked(c, r.seen(request).slowness)
	case MostHeadroom:
		p.ranked(c, r.seen(request).fullness)
	default:
		order, fault := orderSafely(s, c, request, r.seen(request))
		if fault != nil {
			p.Fault = fault
			if line := r.log.Check(zap.ErrorLevel, "routing: strategy panicked, traffic split used instead"); line != nil {
				line.Write(zap.Error(fault))
			}
			picked = p.split(c, &v)
			break
		}
		p.resolve(c, order)
	}
	p.skip(&v, picked)
	return p
}

func (r *Router) seen(request Request) Seen {
	return Seen{router: r, lot: request.lot(), now: r.clock()}
}

// resolve takes from order what the Config knows, each once.
func (p *Plan) resolve(c *Config, order []Destination) {
	var taken [MaxDestinations + MaxFallbacks]bool
	all := len(c.primaries()) + len(c.fallbacks())
	for i := range order {
		for j := range all {
			if !taken[j] && c.at(uint8(j)).Name == order[i].Name {
				taken[j] = true
				p.add(j)
				break
			}
		}
		if int(p.n) == all {
			return
		}
	}
}

// skip takes out what the plan should do without; picked is the primary that
// the draw of a Split fell on, -1 if none did.
func (p *Plan) skip(v *view, picked int) {
	kept := uint8(0)
	var order [MaxDestinations + MaxFallbacks]uint8
	for _, i := range p.order[:p.n] {
		if !v.out(p.config.at(i).Key) {
			order[kept] = i
			kept++
		}
	}
	if kept > 0 {
		p.order, p.n = order, kept
		return
	}
	if picked >= 0 {
		ok := func(d *Destination) bool { return !v.out(d.Key) }
		if i := pickInstead(p.config.primaries(), p.Draw, picked, ok); i >= 0 {
			p.n = 0
			p.add(i)
			return
		}
	}
	p.allOut = true
}
