package routing

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// What is past stays past, and what goes on goes on no longer than it may, also
// when somebody sets the clock back.
func TestClockSetBack(t *testing.T) {
	const second, long = time.Second, time.Hour
	broken, busy := &Failure{Cause: CauseReset}, &Failure{Cause: CauseRateLimited, RetryAfter: 30 * second}
	trip := func(m *marks) { // for 5 s
		m.failure(1, 2*long, broken, CauseReset.Row())
		m.failure(1, 2*long, broken, CauseReset.Row())
	}
	recovered := func(m *marks) {
		trip(m)
		m.claim(1, 2*long+5*second, 0)
		m.success(1, 2*long+5*second)
	}
	for _, tt := range []struct {
		name string
		ramp time.Duration
		do   func(m *marks)
		now  time.Duration
		want State
	}{
		{"before", 0, trip, 2 * long, Open},
		{"cooling", 0, trip, 2*long - second, Open},
		{"cooling, far back", 0, trip, long, HalfOpen},
		{"a success came after it", 0, recovered, 2 * long, Closed},
		{"a success came after it, far back", 0, recovered, long, Closed},
		{"ramping", time.Minute, recovered, 2*long + 4*second, Ramping},
		{"ramping, back", time.Minute, recovered, 2*long - time.Minute, Closed},
		{"ramping, far back", time.Minute, recovered, long, Closed},
		{"Retry-After", 0, func(m *marks) { m.failure(1, 2*long, busy, CauseRateLimited.Row()) }, long, Closed},
		{"Retry-After and a success", 0, func(m *marks) {
			m.failure(1, 2*long, busy, CauseRateLimited.Row())
			m.success(1, 2*long) // of before
			m.success(1, 2*long+31*second)
		}, 2*long + second, Closed},
		{"cools anew", 0, func(m *marks) {
			trip(m)
			if d := m.failure(1, long, broken, CauseReset.Row()); d != 10*second {
				t.Errorf("the probe's failure cools for %v", d)
			}
		}, long + 10*second - 1, Open},
		{"has cooled anew", 0, func(m *marks) { trip(m); m.failure(1, long, broken, CauseReset.Row()) }, long + 10*second, HalfOpen},
	} {
		r := New(&Options{FailureThreshold: 2, Ramp: tt.ramp})
		m := &r.marks
		tt.do(m)
		if got := m.state(m.find(1), tt.now); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		v := view{router: r, now: tt.now, timed: true}
		if out := v.out(1); out && tt.want != Open && tt.want != Ramping {
			t.Errorf("%s: left out", tt.name)
		}
	}

	own := Row{Cause: "own", Action: NextDestination, Cools: true, CoolFor: 2 * long}
	r := New(&Options{FailureThreshold: 2, Rows: []Row{own}})
	m := &r.marks
	m.failure(2, 2*long, broken, own)
	if got := m.state(m.find(2), 2*long-second); got != Open {
		t.Errorf("a cooldown of one's own, however long: %s", got)
	}
	trip(m)
	m.claim(1, 2*long+5*second, 0)
	if !m.probing(m.find(1), 2*long+6*second) || m.probing(m.find(1), long) || !m.claim(1, long, 0) {
		t.Error("a probe of later holds all others up")
	}
}

// Who has waited leaves out what is still out, unless that is all, because
// others have been faster.
func TestStillOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Config{Destinations: []Destination{{Name: "a", Key: 1}}, Fallbacks: []Destination{{Name: "b", Key: 2}}}
		for _, tt := range []struct {
			b      time.Duration // Retry-After of b; a cools for 5 s
			left   uint16
			waited time.Duration
		}{{5 * time.Second, 0, 5 * time.Second}, {time.Minute, 0b10, 5 * time.Second}} {
			r := New(&Options{FailureThreshold: 1, WaitForRecovery: time.Hour})
			r.marks.failure(1, 0, &Failure{}, CauseReset.Row())
			r.marks.failure(2, 0, &Failure{RetryAfter: tt.b}, CauseRateLimited.Row())
			p, now := r.Plan(c, Request{}), r.moment()
			w := walk{allOut: p.allOut}
			if err := r.awaitRecovery(t.Context(), &p, &w, &now); err != nil || now.clock != tt.waited {
				t.Fatalf("%v after %v", err, now.clock)
			}
			if !p.allOut || w.allOut || w.left != tt.left {
				t.Errorf("b cools for %v: %b are left out, all %t", tt.b, w.left, w.allOut)
			}
			r.marks.claim(1, now.clock, 0)
			r.marks.claim(2, now.clock, 0)
			if out, all := r.stillOut(&p, now.clock); out != 0 || !all {
				t.Errorf("all are out: %b, %t", out, all)
			}
		}
	})
}
