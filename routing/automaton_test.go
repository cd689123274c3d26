package routing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// automaton is the table of Health for one key, slow and obvious.
type automaton struct {
	rule     coolRule
	state    State
	failures int
	next     time.Duration // how long the next cooldown of the threshold lasts
	half     bool          // HalfOpen comes after Open
	end      time.Duration // of the latest cooldown; 0: a success came after it
	began    time.Duration // of the ramp
	probe    bool          // is out
	lapses   time.Duration // when it does
}

func newAutomaton(rule coolRule) *automaton {
	return &automaton{rule: rule, state: Closed, next: rule.base}
}

// at lets time pass.
func (a *automaton) at(now time.Duration) {
	if a.state == Open && now >= a.end {
		a.state = Closed
		if a.half {
			a.state, a.probe = HalfOpen, false
		}
	}
	if a.state == HalfOpen && a.probe && now >= a.lapses {
		a.probe = false
	}
	if a.state == Ramping && now >= a.began+a.rule.ramp {
		a.state = Closed
	}
}

func (a *automaton) claim(key uint64, now time.Duration, draw uint64) bool {
	switch a.state {
	case HalfOpen:
		if a.probe {
			return false
		}
		a.probe, a.lapses = true, now+a.rule.longest
		return true
	case Ramping:
		return a.rule.letsIn(key, draw, now-a.began)
	default:
		return true
	}
}

func (a *automaton) success(now time.Duration) {
	a.failures, a.next = 0, a.rule.base
	if a.state != Open {
		a.end = 0
	}
	if a.state == HalfOpen {
		a.state, a.half = Closed, false
		if a.rule.ramp > 0 {
			a.state, a.began = Ramping, now
		}
	}
}

func (a *automaton) failure(now, retryAfter, coolFor time.Duration) {
	a.failures++
	if a.rule.base == 0 {
		return
	}
	cool := max(min(retryAfter, a.rule.maxRetryAfter), coolFor)
	if a.state == HalfOpen || a.state != Open && a.failures >= a.rule.threshold {
		cool = max(cool, a.next)
		a.next = min(2*a.next, a.rule.longest)
		a.half = true
	}
	if cool <= 0 {
		return
	}
	if a.state != Open || now+cool > a.end {
		a.end = now + cool
	}
	a.state = Open
}

func (a *automaton) release() { a.probe = false }

// The marks equal the automaton after any history (I9).
func TestHealthEqualsTheAutomaton(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		now := time.Duration(0)
		cooldown := rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Second, 2 * time.Minute}).Draw(t, "cooldown")
		r := New(&Options{
			Cooldown:         &cooldown,
			FailureThreshold: rapid.IntRange(1, 6).Draw(t, "threshold"),
			Ramp:             time.Duration(rapid.SampledFrom([]int{0, 0, 1, 10, 100}).Draw(t, "ramp")) * time.Second,
			Now:              func() time.Time { return start.Add(now) },
			Rows:             []Row{{Cause: "own", Action: NextDestination, Cools: true, CoolFor: 7 * time.Second}},
		})
		const keys = 3
		models := [keys + 1]*automaton{}
		var latest [keys + 1]time.Time
		for i := range models {
			models[i] = newAutomaton(r.marks.rule)
		}
		key := rapid.Uint64Range(1, keys)
		t.Repeat(map[string]func(*rapid.T){
			"claim": func(t *rapid.T) {
				k, draw := key.Draw(t, "key"), rapid.Uint64().Draw(t, "draw")
				if got, want := r.marks.claim(k, now, draw), models[k].claim(k, now, draw); got != want {
					t.Fatalf("claim %t, the automaton says %t in state %s", got, want, models[k].state)
				}
			},
			"failure": func(t *rapid.T) {
				k := key.Draw(t, "key")
				f := &Failure{Cause: rapid.SampledFrom([]Cause{
					CauseServerError, CauseServerError, CauseOverloaded, CauseRateLimited, CauseProviderAuth, "own",
				}).Draw(t, "cause")}
				f.RetryAfter = time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 1, 30, 299, 301, 100_000}).Draw(t, "retry after")) * time.Second
				obeyed, coolFor := f.RetryAfter, time.Duration(0)
				switch f.Cause {
				case CauseProviderAuth:
					obeyed = 0
				case "own":
					obeyed, coolFor = 0, 7*time.Second
				}
				was := models[k].end
				models[k].failure(now, obeyed, coolFor)
				if cool := r.marks.failure(k, now, f, r.row(f.Cause)); cool > 0 != (models[k].end > was) {
					t.Fatalf("failure says %v, the cooldown's end moved from %v to %v", cool, was, models[k].end)
				}
			},
			"success": func(t *rapid.T) {
				k := key.Draw(t, "key")
				r.marks.success(k, now)
				models[k].success(now)
			},
			"release": func(t *rapid.T) {
				k := key.Draw(t, "key")
				r.marks.release(k)
				models[k].release()
			},
			"neutral failure": func(t *rapid.T) {
				k := key.Draw(t, "key")
				f := &Failure{Cause: rapid.SampledFrom([]Cause{CauseCallerFault, CauseCanceled, CauseSuperseded, "unheard of"}).Draw(t, "cause")}
				r.marks.failure(k, now, f, r.row(f.Cause))
				models[k].release()
			},
			"time": func(t *rapid.T) {
				now += time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond
			},
			"end": func(t *rapid.T) { // to the very moment at which something ends
				m := models[key.Draw(t, "key")]
				for _, end := range []time.Duration{m.end, m.lapses, m.began + m.rule.ramp} {
					if end > now {
						now = end - time.Duration(rapid.IntRange(0, 1).Draw(t, "before"))
						break
					}
				}
			},
			"": func(t *rapid.T) {
				draw := rapid.Uint64().Draw(t, "draw")
				open, wait := 0, time.Duration(-1)
				for k := uint64(1); k <= keys; k++ {
					m := models[k]
					m.at(now)
					h := r.Health(k)
					if h.State != m.state || h.Failures != m.failures || h.Cooling != (m.state == Open) || h.Probing != (m.state == HalfOpen && m.probe) {
						t.Fatalf("health %+v, the automaton says %+v", h, *m)
					}
					if m.end == 0 && !h.Until.IsZero() || m.end > 0 && (!h.Until.Equal(start.Add(m.end)) || h.Until.Before(latest[k])) {
						t.Fatalf("until %v, was %v, the automaton says %v", h.Until, latest[k], start.Add(m.end))
					}
					if m.end > 0 {
						latest[k] = h.Until
					}
					if limit := max(r.marks.rule.longest, 5*time.Minute); h.Until.After(start.Add(now + limit)) {
						t.Fatalf("cools until %v, longer than %v", h.Until, limit)
					}
					out := m.state == Open || m.state == HalfOpen && m.probe || m.state == Ramping && !m.rule.letsIn(k, draw, now-m.began)
					c := &Config{Destinations: []Destination{{Name: "d", Key: k}}, Fallbacks: []Destination{{Name: "spare", Key: 99}}}
					if p := r.Plan(c, Request{Draw: draw}); p.Len() == 1 != out {
						t.Fatalf("a plan of %d in state %s", p.Len(), m.state)
					}
					if alone := r.Plan(&Config{Destinations: c.Destinations}, Request{Draw: draw}); alone.Len() != 1 {
						t.Fatal("locked out")
					}
					if left := m.end - now; m.state == Open {
						if open++; wait < 0 || left < wait {
							wait = left
						}
					}
				}
				p := r.Plan(&Config{Destinations: []Destination{{Name: "1", Key: 1}}, Fallbacks: []Destination{{Name: "2", Key: 2}, {Name: "3", Key: 3}}}, Request{Draw: draw})
				if got, all := r.recovery(&p, now); p.Len() == keys && all != (open == keys) || all && got != wait {
					t.Fatalf("recovery in %v, %t; %d are open, the first until in %v", got, all, open, wait)
				}
			},
		})
	})
}

// A tenth of the draws at the start of a ramp, all at its end, evenly more in
// between, and never one fewer.
func TestRamp(t *testing.T) {
	rule := coolRule{ramp: time.Minute}
	const draws = 20_000
	for _, key := range []uint64{1, 2, 1 << 63} {
		before := make([]bool, draws)
		for second := time.Duration(0); second <= 60; second += 6 {
			let := 0
			for draw := range uint64(draws) {
				in := rule.letsIn(key, draw, second*time.Second)
				if in {
					let++
				}
				if before[draw] && !in {
					t.Fatalf("draw %d was let in before second %d", draw, second)
				}
				before[draw] = in
			}
			want := draws/10 + draws*9/10*int(second)/60
			if off := let - want; off < -draws/100 || off > draws/100 {
				t.Errorf("key %d, second %d: %d of %d draws, want about %d", key, second, let, draws, want)
			}
		}
	}
	if !rule.letsIn(1, 7, time.Hour) || (coolRule{ramp: 1<<63 - 1}).letsIn(1, 0, 1<<62) != (coolRule{ramp: 1<<63 - 1}).letsIn(1, 0, 1<<62+1) {
		t.Error("the ends of the range")
	}
}
