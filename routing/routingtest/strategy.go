package routingtest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/modelward/modelward/routing"
	"pgregory.net/rapid"
)

// strategyLaws are what any Strategy keeps.
var strategyLaws = []struct {
	name  string
	says  string
	check func(open func() routing.Strategy, c *routing.Config, r routing.Request) error
}{
	{"pure", "the same Config and Request give the same order, from any value of the Strategy", checkPure},
	{"known", "every destination in the order is one of the Config's, unchanged", checkKnown},
	{"once", "no destination is in the order twice", checkOnce},
	{"appends", "what into held before stays in front", checkAppends},
	{"reads", "the Config is not changed", checkReads},
	{"concurrent", "one value serves many goroutines", checkConcurrent},
}

// TestStrategy runs the laws that every [routing.Strategy] must keep. open
// returns a Strategy; each call may return the same value.
func TestStrategy(t *testing.T, open func() routing.Strategy) {
	t.Helper()
	for _, law := range strategyLaws {
		t.Run(law.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := Configs().Draw(t, "config")
				r := routing.Request{Draw: rapid.Uint64().Draw(t, "draw"), Affinity: rapid.Uint64().Draw(t, "affinity"), Stream: rapid.Bool().Draw(t, "stream")}
				if err := law.check(open, c, r); err != nil {
					t.Fatalf("%v (%s)", err, law.says)
				}
			})
		})
	}
}

// Configs generates valid Configs without a Strategy: destinations "p0", "p1",
// … with percentages, fallbacks "f0", "f1", …, every Key different and not 0.
func Configs() *rapid.Generator[*routing.Config] {
	return rapid.Custom(func(t *rapid.T) *routing.Config {
		c := new(routing.Config)
		left := 100
		n := rapid.IntRange(1, routing.MaxDestinations).Draw(t, "primaries")
		for i := range n {
			part := left
			if i < n-1 {
				part = rapid.IntRange(0, left).Draw(t, "percentage")
			}
			left -= part
			c.Destinations = append(c.Destinations, routing.Destination{
				Name: fmt.Sprint("p", i), Key: uint64(i + 1), Percentage: part,
			})
		}
		for i := range rapid.IntRange(0, routing.MaxFallbacks).Draw(t, "fallbacks") {
			c.Fallbacks = append(c.Fallbacks, routing.Destination{Name: fmt.Sprint("f", i), Key: uint64(101 + i)})
		}
		return c
	})
}

func checkPure(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	first := open().Order(c, r, routing.Seen{}, nil)
	for range 3 {
		if again := open().Order(c, r, routing.Seen{}, nil); !reflect.DeepEqual(first, again) {
			return fmt.Errorf("order %v, then %v", first, again)
		}
	}
	return nil
}

func checkKnown(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	known := make(map[routing.Destination]bool)
	for _, d := range c.Destinations {
		known[d] = true
	}
	for _, d := range c.Fallbacks {
		known[d] = true
	}
	for _, d := range open().Order(c, r, routing.Seen{}, nil) {
		if !known[d] {
			return fmt.Errorf("order has %v, which the Config has not", d)
		}
	}
	return nil
}

func checkOnce(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	seen := make(map[string]bool)
	for _, d := range open().Order(c, r, routing.Seen{}, nil) {
		if seen[d.Name] {
			return fmt.Errorf("%s is in the order twice", d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

func checkAppends(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	before := []routing.Destination{{Name: "already here"}}
	plain := open().Order(c, r, routing.Seen{}, nil)
	got := open().Order(c, r, routing.Seen{}, before)
	want := append([]routing.Destination{{Name: "already here"}}, plain...)
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("appended to %v: %v, want %v", before, got, want)
	}
	return nil
}

func checkReads(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	before := *c
	before.Destinations = append([]routing.Destination(nil), c.Destinations...)
	before.Fallbacks = append([]routing.Destination(nil), c.Fallbacks...)
	open().Order(c, r, routing.Seen{}, nil)
	if !reflect.DeepEqual(*c, before) {
		return fmt.Errorf("the Config was %v and is %v", before, *c)
	}
	return nil
}

func checkConcurrent(open func() routing.Strategy, c *routing.Config, r routing.Request) error {
	s := open()
	want := s.Order(c, r, routing.Seen{}, nil)
	var wg sync.WaitGroup
	got := make([][]routing.Destination, 4)
	for i := range got {
		wg.Go(func() { got[i] = s.Order(c, r, routing.Seen{}, nil) })
	}
	wg.Wait()
	for i := range got {
		if !reflect.DeepEqual(got[i], want) {
			return fmt.Errorf("goroutine %d: %v, want %v", i, got[i], want)
		}
	}
	return nil
}
