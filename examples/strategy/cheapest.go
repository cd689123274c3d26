package main

import (
	"cmp"
	"slices"

	"github.com/modelward/modelward/routing"
)

// cheapest is a [routing.Strategy] that tries the primaries by their price, the
// lowest first, and then the fallbacks. It does not know which of them are down:
// the router leaves those out.
type cheapest struct {
	prices map[string]float64 // by name of the destination; without one: last
}

func (s cheapest) Order(c *routing.Config, _ routing.Request, _ routing.Seen, into []routing.Destination) []routing.Destination {
	first := len(into)
	into = append(into, c.Destinations...)
	slices.SortStableFunc(into[first:], func(a, b routing.Destination) int {
		return cmp.Compare(s.price(a), s.price(b))
	})
	return append(into, c.Fallbacks...)
}

func (s cheapest) price(d routing.Destination) float64 {
	if price, ok := s.prices[d.Name]; ok {
		return price
	}
	return 1e9
}
