package routing

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Of many who claim a half-open key at once, one may; and so it goes on until
// the probe succeeds.
func TestOneProbeAtATime(t *testing.T) {
	now := time.Unix(0, 0)
	r := New(&Options{Now: func() time.Time { return now }, FailureThreshold: 1})
	r.marks.failure(1, r.clock(), &Failure{}, CauseReset.Row())
	for round := range 50 {
		if until := r.Health(1).Until; now.Before(until) {
			now = until
		}
		var out atomic.Int32
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				if r.marks.claim(1, r.clock(), uint64(g)) {
					out.Add(1)
				}
				r.Health(1)
				r.Plan(&Config{Destinations: []Destination{{Name: "a", Key: 1}}}, Request{})
			})
		}
		wg.Wait()
		if h := r.Health(1); out.Load() != 1 || h.State != HalfOpen || !h.Probing {
			t.Fatalf("round %d: %d of 8 may probe, %+v", round, out.Load(), h)
		}
		switch round % 3 {
		case 0:
			r.marks.release(1)
		case 1: // it never reports
			now = now.Add(time.Minute)
		case 2:
			r.marks.failure(1, r.clock(), &Failure{}, CauseReset.Row())
		}
	}
	if !r.marks.claim(1, r.clock()+math.MaxInt64/2, 0) {
		t.Fatal("no probe long after")
	}
	r.marks.success(1, r.clock()+math.MaxInt64/2)
	if h := r.Health(1); h.State == HalfOpen || h.Failures != 0 {
		t.Errorf("after the probe's success: %+v", h)
	}
}

// A Retry-After while ramping cools, and that is the end of the ramp.
func TestRetryAfterEndsTheRamp(t *testing.T) {
	r := New(&Options{FailureThreshold: 2, Ramp: time.Minute})
	broken, busy := &Failure{Cause: CauseReset}, &Failure{Cause: CauseRateLimited, RetryAfter: time.Second}
	m, second := &r.marks, time.Second
	m.failure(1, 0, broken, CauseReset.Row())
	m.failure(1, 0, broken, CauseReset.Row())
	k := m.find(1)
	for _, step := range []struct {
		now  time.Duration
		do   func(now time.Duration)
		want State
	}{
		{5*second - 1, func(time.Duration) {}, Open},
		{5 * second, func(now time.Duration) { m.claim(1, now, 0) }, HalfOpen},
		{6 * second, func(now time.Duration) { m.success(1, now) }, Ramping},
		{10 * second, func(now time.Duration) { m.failure(1, now, busy, CauseRateLimited.Row()) }, Open},
		{11*second - 1, func(time.Duration) {}, Open},
		{11 * second, func(time.Duration) {}, Closed},
		{12 * second, func(now time.Duration) { m.failure(1, now, broken, CauseReset.Row()) }, Open}, // the second in a row
		{17 * second, func(now time.Duration) { m.failure(1, now, broken, CauseReset.Row()) }, Open}, // twice as long
		{27*second - 1, func(time.Duration) {}, Open},
		{27 * second, func(now time.Duration) { m.success(1, now) }, Ramping},
		{87*second - 1, func(time.Duration) {}, Ramping},
		{87 * second, func(time.Duration) {}, Closed},
	} {
		step.do(step.now)
		if got := m.state(k, step.now); got != step.want {
			t.Fatalf("at %v: %s, want %s", step.now, got, step.want)
		}
	}
}
