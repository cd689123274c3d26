package routing

import "math"

// LeastLatency tries the primaries from the one that has usually answered first
// to the slowest, and then the fallbacks in their order. It needs what the
// Router observes: chosen in Options.Strategy it sees to that; in a Config it
// needs Options.Observe.
//
// A primary that nobody has heard of for five minutes comes after those that are
// known, but first for one draw in sixteen, so that it becomes known. As long as
// nothing is known, and between equals, the draw decides as [Split] does. Among
// several primaries one with zero percent is not used; otherwise percentages
// count only for the draw. Sessions are not pinned.
type LeastLatency struct{}

// Order implements [Strategy].
func (LeastLatency) Order(c *Config, r Request, seen Seen, into []Destination) []Destination {
	return rankedOrder(c, r, seen.slowness, into)
}

// MostHeadroom tries the primaries from the one whose provider says that the
// greatest part of its limits is left, see [Attempt.Headroom], and then the
// fallbacks in their order. One that has nothing left until its reset comes
// after the other primaries, but is not left out. All else is as in
// [LeastLatency].
type MostHeadroom struct{}

// Order implements [Strategy].
func (MostHeadroom) Order(c *Config, r Request, seen Seen, into []Destination) []Destination {
	return rankedOrder(c, r, seen.fullness, into)
}

func (LeastLatency) observes() {}
func (MostHeadroom) observes() {}

const (
	unknownRank = math.MaxUint64 - 1 // after all that is known
	emptyRank   = math.MaxUint64     // after all
	explored    = 16                 // one draw in so many goes to what is not known
)

func (s Seen) slowness(key uint64) uint64 {
	if usual, ok := s.Latency(key); ok {
		return uint64(usual)
	}
	return unknownRank
}

// fullness is the part that is gone of the limit that is nearest its end.
func (s Seen) fullness(key uint64) uint64 {
	h, ok := s.Headroom(key)
	if !ok {
		return unknownRank
	}
	requests, okRequests := h.Requests.used()
	tokens, okTokens := h.Tokens.used()
	switch part := max(requests, tokens); {
	case part >= 1<<32:
		return emptyRank
	case okRequests || okTokens:
		return part
	default:
		return unknownRank
	}
}

func rankedOrder(c *Config, r Request, rank func(key uint64) uint64, into []Destination) []Destination {
	if c == nil {
		return into
	}
	p := Plan{Request: r, config: c}
	p.ranked(c, rank)
	return p.appendTo(into)
}

// ranked adds the primaries by rank, the least first, and the fallbacks.
func (p *Plan) ranked(c *Config, rank func(key uint64) uint64) {
	var ranks [MaxDestinations]uint64 // as p.order
	primaries := c.primaries()
	if first := pick(primaries, p.Draw); first >= 0 {
		unknown := uint64(0)
		for i := range primaries {
			at := (first + i) % len(primaries)
			if len(primaries) > 1 && share(&primaries[at]) == 0 {
				continue
			}
			n := rank(primaries[at].Key)
			if n == unknownRank {
				unknown++
			}
			p.insert(at, n, &ranks)
		}
		if unknown > 0 && unknown < uint64(p.n) {
			p.explore(unknown, &ranks)
		}
	}
	p.addFallbacks(c)
}

// insert adds primary i behind all whose rank is not greater.
func (p *Plan) insert(i int, rank uint64, ranks *[MaxDestinations]uint64) {
	at := int(p.n)
	p.add(i)
	for ; at > 0 && ranks[at-1] > rank; at-- {
		p.order[at], ranks[at] = p.order[at-1], ranks[at-1]
	}
	p.order[at], ranks[at] = uint8(i), rank
}

// explore puts one of the unknown primaries first, if the draw says so.
func (p *Plan) explore(unknown uint64, ranks *[MaxDestinations]uint64) {
	draw := scramble(p.Draw)
	if draw%explored != 0 {
		return
	}
	at := draw / explored % unknown
	for i := 0; ranks[i] != unknownRank; i++ { // they lie together, behind what is known
		at++
	}
	chosen := p.order[at]
	copy(p.order[1:at+1], p.order[:at])
	p.order[0] = chosen
}
