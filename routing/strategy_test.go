package routing_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

func TestSplitKeepsTheLaws(t *testing.T) {
	routingtest.TestStrategy(t, func() routing.Strategy { return routing.Split{} })
}

func TestOwnStrategyKeepsTheLaws(t *testing.T) {
	routingtest.TestStrategy(t, func() routing.Strategy { return inOrder{} })
}

// Over any 100 consecutive draws each primary is first exactly its percentage
// of times; the fallbacks follow in order (spec §4.1).
func TestSplitIsExact(t *testing.T) {
	r := routing.New(nil)
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		start := rapid.Uint64Range(0, math.MaxUint64-100).Draw(t, "start")
		first := make(map[string]int)
		for i := range uint64(100) {
			p := r.Plan(c, routing.Request{Draw: start + i})
			list := p.Destinations()
			first[list[0].Name]++
			if !slices.Equal(list[1:], c.Fallbacks) {
				t.Fatalf("after the primary come %v, want %v", list[1:], c.Fallbacks)
			}
			if by := (routing.Split{}).Order(c, routing.Request{Draw: start + i}, routing.Seen{}, nil); !slices.Equal(by, list) {
				t.Fatalf("Plan has %v, Split.Order %v", list, by)
			}
		}
		for _, d := range c.Destinations {
			want := d.Percentage
			if len(c.Destinations) == 1 {
				want = 100
			}
			if first[d.Name] != want {
				t.Fatalf("%s was first %d times of 100, want %d", d.Name, first[d.Name], want)
			}
		}
	})
}

type strategyFunc func(c *routing.Config, r routing.Request, into []routing.Destination) []routing.Destination

func (f strategyFunc) Order(c *routing.Config, r routing.Request, _ routing.Seen, into []routing.Destination) []routing.Destination {
	return f(c, r, into)
}

func TestNonsenseStrategies(t *testing.T) {
	a := routing.Destination{Name: "a", Key: 1, Percentage: 100}
	b := routing.Destination{Name: "b", Key: 2}
	unknown := routing.Destination{Name: "not in the config"}
	for _, tt := range []struct {
		name  string
		order strategyFunc
		want  []routing.Destination
		fault bool
	}{
		{"panics", func(*routing.Config, routing.Request, []routing.Destination) []routing.Destination { panic("boom") }, []routing.Destination{a, b}, true},
		{"panics on nil", func(c *routing.Config, _ routing.Request, _ []routing.Destination) []routing.Destination {
			return append(c.Destinations, *(*routing.Destination)(nil))
		}, []routing.Destination{a, b}, true},
		{"nil", func(*routing.Config, routing.Request, []routing.Destination) []routing.Destination { return nil }, nil, false},
		{"unknown only", func(_ *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, unknown)
		}, nil, false},
		{"duplicates", func(_ *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, b, b, unknown, a, b, a)
		}, []routing.Destination{b, a}, false},
		{"a changed copy is the Config's own", func(_ *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, routing.Destination{Name: "a", Key: 99})
		}, []routing.Destination{a}, false},
		{"a million", func(_ *routing.Config, _ routing.Request, _ []routing.Destination) []routing.Destination {
			return slices.Repeat([]routing.Destination{unknown, b}, 500_000)
		}, []routing.Destination{b}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &routing.Config{Destinations: []routing.Destination{a}, Fallbacks: []routing.Destination{b}, Strategy: tt.order}
			r := routing.New(nil)
			p := r.Plan(c, routing.Request{Draw: 7})
			if got := p.Destinations(); !slices.Equal(got, tt.want) {
				t.Errorf("plan %v, want %v", got, tt.want)
			}
			var fault *routing.PanicError
			if errors.As(p.Fault, &fault) != tt.fault {
				t.Errorf("Fault = %v, want one: %t", p.Fault, tt.fault)
			}
			script := routingtest.NewScript(nil)
			steps, err := r.Do(t.Context(), &p, script.Try)
			if len(tt.want) == 0 && (!errors.Is(err, routing.ErrNoDestination) || steps != nil) {
				t.Errorf("Do of an empty plan = %v, %v", steps, err)
			}
			if len(tt.want) > 0 && !reflect.DeepEqual(script.Names(), []string{tt.want[0].Name}) {
				t.Errorf("asked %v, want %s", script.Names(), tt.want[0].Name)
			}
		})
	}
}
