package routingtest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
)

type order func(c *routing.Config, r routing.Request, into []routing.Destination) []routing.Destination

func (f order) Order(c *routing.Config, r routing.Request, _ routing.Seen, into []routing.Destination) []routing.Destination {
	return f(c, r, into)
}

// Each law catches a strategy that breaks it, and passes Split.
func TestLawsCatch(t *testing.T) {
	var calls atomic.Int64
	broken := map[string]order{
		"pure": func(c *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, c.Destinations[calls.Add(1)%2])
		},
		"known": func(_ *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, routing.Destination{Name: "elsewhere"})
		},
		"once": func(c *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			return append(into, c.Destinations[0], c.Destinations[0])
		},
		"appends": func(c *routing.Config, _ routing.Request, _ []routing.Destination) []routing.Destination {
			return slices.Clone(c.Destinations)
		},
		"reads": func(c *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			slices.Reverse(c.Destinations)
			return append(into, c.Destinations...)
		},
		"concurrent": func(c *routing.Config, _ routing.Request, into []routing.Destination) []routing.Destination {
			if calls.Add(1) > 1 {
				return into
			}
			return append(into, c.Destinations...)
		},
	}
	config := func() *routing.Config {
		return &routing.Config{Destinations: []routing.Destination{{Name: "a", Percentage: 30}, {Name: "b", Percentage: 70}}}
	}
	for _, law := range strategyLaws {
		t.Run(law.name, func(t *testing.T) {
			calls.Store(0)
			bad := broken[law.name]
			if bad == nil {
				t.Fatal("no strategy breaks this law")
			}
			if err := law.check(func() routing.Strategy { return bad }, config(), routing.Request{Draw: 1}); err == nil {
				t.Errorf("does not catch a strategy that breaks it (%s)", law.says)
			}
			if err := law.check(func() routing.Strategy { return routing.Split{} }, config(), routing.Request{Draw: 1}); err != nil {
				t.Errorf("Split: %v", err)
			}
		})
	}
}

func TestScriptPlays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := errors.New("own")
		s := NewScript(map[string][]Outcome{"a": {{Wait: time.Second, Status: 503}, {Stop: own}, {Hang: true}}})
		a := &routing.Attempt{Destination: routing.Destination{Name: "a"}, Action: routing.InitialAttempt}
		start := time.Now()
		var f *routing.Failure
		if err := s.Try(t.Context(), a); !errors.As(err, &f) || f.Status != 503 || time.Since(start) != time.Second {
			t.Errorf("first: %v after %v", err, time.Since(start))
		}
		if err := s.Try(t.Context(), a); err != own {
			t.Errorf("second: %v", err)
		}
		for range 2 { // the last repeats
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := s.Try(ctx, a); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("third: %v", err)
			}
			cancel()
		}
		b := &routing.Attempt{Index: 1, Destination: routing.Destination{Name: "b"}, Action: routing.Fallback}
		if err := s.Try(t.Context(), b); err != nil || b.Status != 200 {
			t.Errorf("unlisted: %v, status %d", err, b.Status)
		}
		if got := s.Names(); !slices.Equal(got, []string{"a", "a", "a", "a", "b"}) {
			t.Errorf("names %v", got)
		}
		if calls := s.Calls(); calls[4].Action != routing.Fallback || calls[4].Index != 1 || calls[1].Err != own || !calls[1].At.Equal(start.Add(time.Second)) {
			t.Errorf("calls %+v", calls)
		}
	})
}
