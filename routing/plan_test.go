package routing_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

// cool makes d cool for a minute.
func cool(r *routing.Router, d routing.Destination) {
	p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
	r.Do(context.Background(), &p, func(context.Context, *routing.Attempt) error {
		return &routing.Failure{Status: 429, RetryAfter: time.Minute}
	})
}

// A cooling destination is skipped; if all of the order cool, another primary
// stands in; if everything cools, all are tried in order (ruling R29).
func TestCoolingIsSkipped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		draw := rapid.Uint64().Draw(t, "draw")
		r := routing.New(nil)
		order := (routing.Split{}).Order(c, routing.Request{Draw: draw}, routing.Seen{}, nil)
		cools := make(map[string]bool)
		for _, d := range slices.Concat(c.Destinations, c.Fallbacks) {
			if rapid.Bool().Draw(t, "cools "+d.Name) {
				cool(r, d)
				cools[d.Name] = true
			}
		}
		p := r.Plan(c, routing.Request{Draw: draw})
		got := p.Destinations()

		want := slices.DeleteFunc(slices.Clone(order), func(d routing.Destination) bool { return cools[d.Name] })
		if len(want) > 0 {
			if !slices.Equal(got, want) {
				t.Fatalf("plan %v, want %v", got, want)
			}
			return
		}
		spare := slices.DeleteFunc(slices.Clone(c.Destinations), func(d routing.Destination) bool {
			return cools[d.Name] || d.Percentage == 0
		})
		if len(spare) == 0 {
			if !slices.Equal(got, order) {
				t.Fatalf("all cool: plan %v, want %v", got, order)
			}
			return
		}
		if len(got) != 1 || !slices.Contains(spare, got[0]) {
			t.Fatalf("plan %v, want one of %v", got, spare)
		}
	})
}

// Among the draws that fall on a cooling primary, the healthy ones share as
// exactly as among all draws.
func TestStandInsShareExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		c.Fallbacks = nil
		r := routing.New(nil)
		down := c.Destinations[rapid.IntRange(0, len(c.Destinations)-1).Draw(t, "down")]
		rest := 100 - down.Percentage
		if down.Percentage == 0 || rest == 0 || len(c.Destinations) == 1 {
			return
		}
		cool(r, down)
		start := rapid.Uint64Range(0, math.MaxUint64/2).Draw(t, "start")
		count := make(map[string]int)
		for draw, fell := start, 0; fell < rest && draw < start+10_000; draw++ {
			if (routing.Split{}).Order(c, routing.Request{Draw: draw}, routing.Seen{}, nil)[0] == down {
				p := r.Plan(c, routing.Request{Draw: draw})
				count[p.At(0).Name]++
				fell++
			}
		}
		for _, d := range c.Destinations {
			if want := d.Percentage; d != down && count[d.Name] != want {
				t.Fatalf("%s stood in %d times of %d, want %d", d.Name, count[d.Name], rest, want)
			}
		}
	})
}

func TestTwoNamesOfOneThingCoolTogether(t *testing.T) {
	r := routing.New(nil)
	c := &routing.Config{
		Destinations: []routing.Destination{{Name: "a", Key: 5}},
		Fallbacks:    []routing.Destination{{Name: "a again", Key: 5}, {Name: "b", Key: 6}},
	}
	cool(r, c.Destinations[0])
	p := r.Plan(c, routing.Request{})
	if got := p.Destinations(); len(got) != 1 || got[0].Name != "b" {
		t.Fatalf("plan %v, want b alone", got)
	}
}

func TestKeyZeroNeverCools(t *testing.T) {
	r := routing.New(nil)
	d := routing.Destination{Name: "a"}
	for range 10 {
		cool(r, d)
	}
	if h := r.Health(0); h != (routing.Health{State: routing.Closed}) || len(r.Snapshot()) != 0 {
		t.Fatalf("health %+v, snapshot %v; want none", h, r.Snapshot())
	}
}

func TestPlanOfNothing(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(nil, routing.Request{Draw: 1, Stream: true})
	if p.Len() != 0 || len(p.Destinations()) != 0 || p.At(0) != (routing.Destination{}) || p.At(-1) != (routing.Destination{}) {
		t.Fatalf("plan of a nil Config: %+v", p)
	}
}
