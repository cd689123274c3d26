package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/sony/gobreaker/v2"
)

// routeRow: a primary and two fallbacks, planned and tried; the primary
// answers. Beside it: a loop over three breakers of gobreaker.
//
// Reported too: failsafe-go, with a fallback, a retry policy and a circuit
// breaker around each of the three.
func routeRow() row {
	return row{name: "route", budget: 1.5, allocs: 1, open: func(testing.TB, scale) pair { return route(0) }}
}

// fallbackRow: the same, and the primary fails at once, every time.
func fallbackRow() row {
	return row{name: "route-fallback", budget: 1.5, allocs: -1, open: func(testing.TB, scale) pair { return route(1) }}
}

func BenchmarkRoute(b *testing.B)         { routeRow().sideBySide(b) }
func BenchmarkRouteFallback(b *testing.B) { fallbackRow().sideBySide(b) }

var errDown = errors.New("down")

// route lets the first so many destinations fail. Nobody leaves a destination
// out for having failed before, or there would be nothing to measure.
func route(failing int) pair {
	breakers := newBreakers()
	never := time.Duration(0)
	router, config, ctx := routing.New(&routing.Options{Cooldown: &never}), threeDestinations(), context.Background()
	busy := &routing.Failure{Cause: routing.CauseServerError, Status: 503, Class: routing.ClassRefused, Err: errDown}
	try := func(_ context.Context, a *routing.Attempt) error {
		if a.Index < failing {
			return busy
		}
		return nil
	}
	call := func(i int) error {
		if i < failing {
			return errDown
		}
		return nil
	}
	first := func() (int, error) { return 0, call(0) }
	executor := newFailsafe(call)
	draw := uint64(0)
	loop := side{name: "loop over gobreaker", run: func(n int) error {
		for range n {
			if at, err := breakers.first(call); at != failing || err != nil {
				return fmt.Errorf("breaker %d answered: %w", at, err)
			}
		}
		return nil
	}}
	return pair{
		reference: loop,
		ours: side{name: "ours", run: func(n int) error {
			for range n {
				draw++
				plan := router.Plan(config, routing.Request{Draw: draw})
				steps, err := router.Do(ctx, &plan, try)
				if len(steps) != failing+1 || err != nil {
					return fmt.Errorf("%d attempts: %w", len(steps), err)
				}
			}
			return nil
		}},
		also: []pair{{reference: loop, ours: side{name: "failsafe-go", run: func(n int) error {
			for range n {
				if at, err := executor.Get(first); at != failing || err != nil {
					return fmt.Errorf("policy %d answered: %w", at, err)
				}
			}
			return nil
		}}}},
	}
}

func threeDestinations() *routing.Config {
	return &routing.Config{
		Destinations: []routing.Destination{{Name: "primary", Key: 1}},
		Fallbacks:    []routing.Destination{{Name: "second", Key: 2}, {Name: "third", Key: 3}},
	}
}

// breakers is what one would write around gobreaker: try the destinations in
// order, each behind a breaker of its own.
type breakers [3]*gobreaker.CircuitBreaker[struct{}]

func newBreakers() *breakers {
	b := new(breakers)
	for i := range b {
		b[i] = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name:        fmt.Sprint("destination-", i),
			ReadyToTrip: func(gobreaker.Counts) bool { return false },
		})
	}
	return b
}

// first returns the first destination that a call succeeds at.
func (b *breakers) first(call func(i int) error) (int, error) {
	var err error
	for i, breaker := range b {
		if _, err = breaker.Execute(func() (struct{}, error) { return struct{}{}, call(i) }); err == nil {
			return i, nil
		}
	}
	return -1, err
}
