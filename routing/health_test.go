package routing_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"
)

// automaton is ruling R29 for one key, slow and obvious.
type automaton struct {
	base, capped, maxRetryAfter time.Duration
	threshold                   int

	failures int
	doubled  int
	until    time.Time
}

func (a *automaton) fail(now time.Time, retryAfter time.Duration) {
	a.failures++
	if a.base == 0 {
		return
	}
	end := now
	if retryAfter > 0 {
		end = now.Add(min(retryAfter, a.maxRetryAfter))
	}
	if a.failures >= a.threshold && !a.until.After(now) {
		length := a.capped
		if f := float64(a.base) * math.Pow(2, float64(a.doubled)); f < float64(a.capped) {
			length = time.Duration(f)
		}
		a.doubled++
		if now.Add(length).After(end) {
			end = now.Add(length)
		}
	}
	if end.After(a.until) && end.After(now) {
		a.until = end
	}
}

func (a *automaton) succeed() { a.failures, a.doubled = 0, 0 }

// Health equals the automaton after any history (I9).
func TestHealthEqualsTheAutomaton(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		cooldown := rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Second, 2 * time.Minute}).Draw(t, "cooldown")
		threshold := rapid.IntRange(1, 6).Draw(t, "threshold")
		r := routing.New(&routing.Options{
			Cooldown: &cooldown, FailureThreshold: threshold, Now: func() time.Time { return now },
		})
		const keys = 3
		models := make([]automaton, keys+1)
		for i := range models {
			models[i] = automaton{base: cooldown, capped: max(cooldown, time.Minute), maxRetryAfter: 5 * time.Minute, threshold: threshold}
		}
		attempt := func(key uint64, err error) {
			p := r.Plan(&routing.Config{Destinations: []routing.Destination{{Name: "d", Key: key}}}, routing.Request{})
			r.Do(context.Background(), &p, func(context.Context, *routing.Attempt) error { return err })
		}
		key := rapid.Uint64Range(1, keys)
		latest := make([]time.Time, keys+1)
		t.Repeat(map[string]func(*rapid.T){
			"failure": func(t *rapid.T) {
				k := key.Draw(t, "key")
				status := rapid.SampledFrom([]int{500, 503, 529, 429, 401, 404}).Draw(t, "status")
				after := time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 1, 30, 299, 301, 100_000, -5}).Draw(t, "retry after")) * time.Second
				attempt(k, &routing.Failure{Status: status, RetryAfter: after})
				if status == 401 || status == 404 {
					after = 0 // only 429 and 5xx speak of time
				}
				models[k].fail(now, after)
			},
			"success": func(t *rapid.T) {
				k := key.Draw(t, "key")
				attempt(k, nil)
				models[k].succeed()
			},
			"neutral": func(t *rapid.T) {
				attempt(key.Draw(t, "key"), rapid.SampledFrom([]error{
					&routing.Failure{Status: 400}, &routing.Failure{Cause: routing.CauseCanceled},
					&routing.Failure{Cause: "unheard of"}, errOwn,
				}).Draw(t, "error"))
			},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			},
			"": func(t *rapid.T) {
				for k := uint64(1); k <= keys; k++ {
					m, h := models[k], r.Health(k)
					want := routing.Health{Key: k, Failures: m.failures, Cooling: m.until.After(now), Until: m.until}
					if h.Failures != want.Failures || h.Cooling != want.Cooling || !h.Until.Equal(want.Until) {
						t.Fatalf("health %+v, the automaton says %+v", h, want)
					}
					if h.Until.Before(latest[k]) {
						t.Fatalf("the end of the cooldown moved from %v to %v", latest[k], h.Until)
					}
					latest[k] = h.Until
					p := r.Plan(&routing.Config{
						Destinations: []routing.Destination{{Name: "d", Key: k}},
						Fallbacks:    []routing.Destination{{Name: "spare", Key: 99}},
					}, routing.Request{})
					if skipped := p.Len() == 1; skipped != want.Cooling {
						t.Fatalf("skipped: %t, cooling: %t", skipped, want.Cooling)
					}
				}
			},
		})
	})
}

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
