package routing_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

func named(n int, prefix string) []routing.Destination {
	var list []routing.Destination
	for i := range n {
		list = append(list, routing.Destination{Name: fmt.Sprint(prefix, i), Key: uint64(i + 1)})
	}
	if n > 0 {
		list[0].Percentage = 100
	}
	return list
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config *routing.Config
		field  string // "" is valid
	}{
		{"nil", nil, "destinations"},
		{"no primary", &routing.Config{Fallbacks: named(1, "f")}, "destinations"},
		{"one primary needs no percentage", &routing.Config{Destinations: []routing.Destination{{Name: "a"}}}, ""},
		{"ten and five", &routing.Config{Destinations: named(10, "p"), Fallbacks: named(5, "f")}, ""},
		{"eleven", &routing.Config{Destinations: named(11, "p")}, "destinations"},
		{"six fallbacks", &routing.Config{Destinations: named(1, "p"), Fallbacks: named(6, "f")}, "fallback.destinations"},
		{"no name", &routing.Config{Destinations: []routing.Destination{{}}}, "destinations[0].name"},
		{"no fallback name", &routing.Config{Destinations: named(1, "p"), Fallbacks: []routing.Destination{{}}}, "fallback.destinations[0].name"},
		{"same name in both lists", &routing.Config{Destinations: named(1, "a"), Fallbacks: named(1, "a")}, "fallback.destinations[0].name"},
		{"same name twice", &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: 50}, {Name: "a", Percentage: 50}}}, "destinations[1].name"},
		{"sum 99", &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: 50}, {Name: "b", Percentage: 49}}}, "destinations"},
		{"sum by a negative", &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: 100}, {Name: "b", Percentage: -1}}}, "destinations[1].traffic_percentage"},
		{"over 100", &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: 101}}}, "destinations[0].traffic_percentage"},
		{"huge", &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: math.MaxInt}, {Name: "b", Percentage: math.MaxInt}}}, "destinations[0].traffic_percentage"},
		{"negative timeout", &routing.Config{Destinations: named(1, "p"), FirstTokenTimeout: -time.Nanosecond}, "first_token_timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.config.Validate()
			var invalid *routing.InvalidError
			switch {
			case tt.field == "" && err != nil:
				t.Fatalf("Validate() = %v, want nil", err)
			case tt.field != "" && !errors.As(err, &invalid):
				t.Fatalf("Validate() = %v, want an *InvalidError for %s", err, tt.field)
			case tt.field != "" && (invalid.Field != tt.field || invalid.Reason == ""):
				t.Fatalf("Validate() names %q (%s), want %q", invalid.Field, invalid.Reason, tt.field)
			}
		})
	}
}

func TestGeneratedConfigsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := routingtest.Configs().Draw(t, "config").Validate(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever the Config and the draw, planning and doing end without a panic.
func TestUnvalidatedConfigsAreHarmless(t *testing.T) {
	destination := rapid.Custom(func(t *rapid.T) routing.Destination {
		return routing.Destination{
			Name:       rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "name"),
			Key:        rapid.Uint64Range(0, 3).Draw(t, "key"),
			Percentage: rapid.OneOf(rapid.IntRange(-1, 101), rapid.Int()).Draw(t, "percentage"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		c := &routing.Config{
			Destinations:      rapid.SliceOfN(destination, 0, 300).Draw(t, "primaries"),
			Fallbacks:         rapid.SliceOfN(destination, 0, 300).Draw(t, "fallbacks"),
			FirstTokenTimeout: time.Duration(rapid.Int64().Draw(t, "timeout")),
		}
		if rapid.Bool().Draw(t, "own strategy") {
			c.Strategy = inOrder{}
		}
		r := routing.New(nil)
		script := routingtest.NewScript(map[string][]routingtest.Outcome{
			"": {{Status: 429, RetryAfter: time.Hour}}, "a": {{Status: 429, RetryAfter: time.Hour}},
			"b": {{Status: 429, RetryAfter: time.Hour}}, "c": {{Status: 429, RetryAfter: time.Hour}},
		})
		for range 3 {
			p := r.Plan(c, routing.Request{Draw: rapid.Uint64().Draw(t, "draw"), Stream: true})
			if p.Len() > routing.MaxDestinations+routing.MaxFallbacks {
				t.Fatalf("a plan of %d", p.Len())
			}
			steps, err := r.Do(t.Context(), &p, script.Try)
			if err == nil || len(steps) != p.Len() {
				t.Fatalf("%d steps for a plan of %d, error %v", len(steps), p.Len(), err)
			}
		}
	})
}
