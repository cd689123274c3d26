package main

import (
	"slices"
	"testing"

	"github.com/modelward/modelward/routing"
	"pgregory.net/rapid"
)

// Whatever the prices, an order has every destination once, no dearer primary
// before a cheaper one, and the fallbacks last as they are listed; and it leaves
// alone what it was given.
func TestCheapest(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		s := cheapest{rapid.MapOf(rapid.SampledFrom(names), rapid.Float64Range(0, 10)).Draw(t, "prices")}
		c := &routing.Config{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 5, rapid.ID).Draw(t, "primaries") {
			c.Destinations = append(c.Destinations, routing.Destination{Name: name})
		}
		c.Fallbacks = []routing.Destination{{Name: "y"}, {Name: "x"}}
		before := slices.Clone(c.Destinations)

		got := s.Order(c, routing.Request{}, routing.Seen{}, []routing.Destination{{Name: "there"}})
		if !slices.Equal(c.Destinations, before) {
			t.Fatalf("the config became %v", c.Destinations)
		}
		n := len(before)
		if len(got) != n+3 || got[0].Name != "there" || !slices.Equal(got[n+1:], c.Fallbacks) {
			t.Fatalf("ordered %v", got)
		}
		primaries := got[1 : n+1]
		for i, d := range primaries {
			if !slices.Contains(before, d) || slices.Contains(primaries[:i], d) {
				t.Fatalf("ordered %v of %v", got, before)
			}
			if i > 0 && s.price(primaries[i-1]) > s.price(d) {
				t.Fatalf("ordered %v by %v", got, s.prices)
			}
		}
	})
}
