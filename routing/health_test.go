package routing_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// The defaults in numbers: five failures, 5 s, doubling to 60 s.
func TestCooldownDoubles(t *testing.T) {
	now := time.Unix(0, 0)
	core, lines := observer.New(zap.WarnLevel)
	r := routing.New(&routing.Options{Now: func() time.Time { return now }, Logger: zap.New(core)})
	d := routing.Destination{Name: "a", Key: 1}
	fail := func() {
		p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
		r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error { return &routing.Failure{Status: 500} })
	}
	for range 4 {
		fail()
	}
	if r.Health(1).Cooling {
		t.Fatal("cools after four failures")
	}
	for i, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
		fail()
		if got := r.Health(1).Until.Sub(now); got != want*time.Second {
			t.Fatalf("cooldown %d lasts %v, want %v s", i, got, want)
		}
		fail() // while it cools: no change
		now = r.Health(1).Until
		if r.Health(1).Cooling {
			t.Fatal("cools at its end")
		}
		p := r.Plan(&routing.Config{
			Destinations: []routing.Destination{d},
			Fallbacks:    []routing.Destination{{Name: "spare", Key: 99}},
		}, routing.Request{})
		if p.At(0) != d {
			t.Fatal("skipped at the end of its cooldown")
		}
	}
	if lines.Len() != 6 {
		t.Errorf("%d lines for 6 cooldowns", lines.Len())
	}
}

// However many keys fail, memory is bounded, and the latest are remembered.
func TestHealthIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	r := routing.New(&routing.Options{Now: func() time.Time { return now }})
	const keys = 20_000
	for k := uint64(1); k <= keys; k++ {
		now = now.Add(time.Millisecond)
		cool(r, routing.Destination{Name: "d", Key: k})
	}
	all := r.Snapshot()
	if len(all) > 16_384 || len(all) < 10_000 {
		t.Fatalf("%d keys remembered", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i].Key <= all[i-1].Key {
			t.Fatal("Snapshot is not in order")
		}
	}
	if !r.Health(keys).Cooling {
		t.Error("the latest key is forgotten")
	}
}

// Many goroutines, and what remains is as if they had come one by one.
func TestHealthUnderConcurrency(t *testing.T) {
	off := time.Duration(0)
	r := routing.New(&routing.Options{Cooldown: &off})
	c := three()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				p := r.Plan(c, routing.Request{Draw: uint64(i), Stream: true})
				r.Do(context.Background(), &p, func(_ context.Context, a *routing.Attempt) error {
					if a.Destination.Name == "a" {
						return &routing.Failure{Status: 500}
					}
					if a.Destination.Name == "b" && (g+i)%2 == 0 {
						return &routing.Failure{Status: 503}
					}
					return nil
				})
				r.Snapshot()
			}
		})
	}
	wg.Wait()
	if h := r.Health(1); h.Failures != 1600 || h.Cooling {
		t.Errorf("%+v after 1600 failures with cooling off", h)
	}
	if h := r.Health(3); h.Failures != 0 {
		t.Errorf("%+v, but it never failed", h)
	}
}

func TestFailureText(t *testing.T) {
	for _, tt := range []struct {
		f    *routing.Failure
		want string
	}{
		{nil, "routing: failure"},
		{&routing.Failure{}, "routing: reset"},
		{&routing.Failure{Status: 200}, "routing: malformed (status 200)"},
		{&routing.Failure{Status: 503, Err: errors.New("busy")}, "routing: server_error (status 503): busy"},
	} {
		if got := fmt.Sprint(error(tt.f)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
