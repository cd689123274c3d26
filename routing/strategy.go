package routing

import "runtime/debug"

// A Strategy orders the destinations of a Config for one request.
//
// Order appends to into the destinations to try, first to last, and returns the
// result. It must be pure: the same Config, Request and Seen give the same order. It may
// be called by many goroutines, and must not change the Config, keep into, or
// block.
//
// The Router defends itself: names that the Config does not have and names seen
// before are dropped, and if Order panics, [Split] stands in for it and
// Plan.Fault says so. An empty order is an answer too: nothing is tried.
type Strategy interface {
	Order(c *Config, r Request, seen Seen, into []Destination) []Destination
}

// Split picks one primary by weight and appends the fallbacks in their order
// (spec §4.1). It is what a Config without a Strategy gets. With one primary it
// is plain fallback; without fallbacks it is a plain split.
//
// draw modulo 100 picks: over any 100 consecutive draws each primary is first
// exactly Percentage times, and one with zero percent never is.
type Split struct{}

// Order implements [Strategy].
func (Split) Order(c *Config, r Request, _ Seen, into []Destination) []Destination {
	if c == nil {
		return into
	}
	if i := pick(c.primaries(), r.Draw); i >= 0 {
		into = append(into, c.Destinations[i])
	}
	return append(into, c.fallbacks()...)
}

// pick returns the index of the primary that draw falls on, -1 if there is none
// with any share.
func pick(primaries []Destination, draw uint64) int {
	if len(primaries) == 1 {
		return 0
	}
	total := uint64(0)
	for i := range primaries {
		total += share(&primaries[i])
	}
	if total == 0 {
		return -1
	}
	at := draw % total
	for i := range primaries {
		s := share(&primaries[i])
		if at < s {
			return i
		}
		at -= s
	}
	return -1
}

// pickInstead chooses among the primaries that ok allows when the draw fell on
// picked, which is not one of them; -1 if none is left.
//
// The draws that fall on picked are numbered without gaps: 0, 1, 2, … as the
// draw grows. That number modulo the remaining shares decides, so the split
// among the rest is as exact as the first one.
func pickInstead(primaries []Destination, draw uint64, picked int, ok func(*Destination) bool) int {
	total, rest, before := uint64(0), uint64(0), uint64(0)
	for i := range primaries {
		d := &primaries[i]
		total += share(d)
		if i < picked {
			before += share(d)
		}
		if i != picked && ok(d) {
			rest += share(d)
		}
	}
	if rest == 0 {
		return -1
	}
	at := (draw/total*share(&primaries[picked]) + draw%total - before) % rest
	for i := range primaries {
		d := &primaries[i]
		if i == picked || !ok(d) {
			continue
		}
		if at < share(d) {
			return i
		}
		at -= share(d)
	}
	return -1
}

func share(d *Destination) uint64 {
	return uint64(min(max(d.Percentage, 0), 100))
}

// orderSafely runs a Strategy that somebody else wrote.
func orderSafely(s Strategy, c *Config, r Request) (order []Destination, fault error) {
	defer func() {
		if v := recover(); v != nil {
			order, fault = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return s.Order(c, r, Seen{}, make([]Destination, 0, MaxDestinations+MaxFallbacks)), nil
}
