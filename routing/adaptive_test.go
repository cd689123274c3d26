package routing_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

func TestStrategiesKeepTheLaws(t *testing.T) {
	for name, s := range map[string]routing.Strategy{
		"Split": routing.Split{}, "Ordered": routing.Ordered{},
		"LeastLatency": routing.LeastLatency{}, "MostHeadroom": routing.MostHeadroom{},
	} {
		t.Run(name, func(t *testing.T) {
			routingtest.TestStrategy(t, func() routing.Strategy { return s })
		})
	}
}

// Plan does what Order says, by value and by pointer, of the Config and of the
// Router; and Order of no Config is what was there.
func TestPlanAsksTheStrategy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		request := routing.Request{Draw: rapid.Uint64().Draw(t, "draw"), Affinity: rapid.Uint64Max(3).Draw(t, "affinity")}
		for _, s := range []routing.Strategy{
			routing.Split{}, routing.Ordered{}, routing.LeastLatency{}, routing.MostHeadroom{},
			&routing.Split{}, &routing.Ordered{}, &routing.LeastLatency{}, &routing.MostHeadroom{},
		} {
			want := s.Order(c, request, routing.Seen{}, nil)
			own := *c
			own.Strategy = s
			byConfig := routing.New(&routing.Options{Strategy: routing.Ordered{}}).Plan(&own, request)
			byRouter := routing.New(&routing.Options{Strategy: s}).Plan(c, request)
			if !slices.Equal(byConfig.Destinations(), want) || !slices.Equal(byRouter.Destinations(), want) {
				t.Fatalf("%T: Order %v, Plan %v and %v", s, want, byConfig.Destinations(), byRouter.Destinations())
			}
			if got := s.Order(nil, request, routing.Seen{}, want[:1]); !slices.Equal(got, want[:1]) {
				t.Fatalf("%T of nil: %v", s, got)
			}
		}
	})
}

// Ordered has all primaries as listed, then the fallbacks, whatever the draw.
func TestOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		got := routing.Ordered{}.Order(c, routing.Request{Draw: rapid.Uint64().Draw(t, "draw")}, routing.Seen{}, nil)
		if want := slices.Concat(c.Destinations, c.Fallbacks); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// seeing is a Router with a clock by hand that keeps what it sees.
type seeing struct {
	*routing.Router
	now time.Time
}

func newSeeing(s routing.Strategy) *seeing {
	v := &seeing{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	v.Router = routing.New(&routing.Options{Strategy: s, Now: func() time.Time { return v.now }})
	return v
}

// answer makes one attempt at d succeed after latency, with headroom.
func (v *seeing) answer(d routing.Destination, latency time.Duration, h routing.Headroom) {
	p := v.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
	v.Do(context.Background(), &p, func(_ context.Context, a *routing.Attempt) error {
		v.now = v.now.Add(latency)
		a.Headroom(h)
		a.Commit()
		return nil
	})
}

// firsts counts who is first over many draws, and checks the rest of each plan.
func (v *seeing) firsts(t *testing.T, c *routing.Config) map[string]int {
	t.Helper()
	count := make(map[string]int)
	for draw := range uint64(1600) {
		p := v.Plan(c, routing.Request{Draw: draw, Affinity: 9})
		got := p.Destinations()
		if n := len(got) - len(c.Fallbacks); n < 1 || !slices.Equal(got[n:], c.Fallbacks) {
			t.Fatalf("plan %v", got)
		}
		for i := range got {
			if slices.Contains(got[:i], got[i]) {
				t.Fatalf("plan %v has %s twice", got, got[i].Name)
			}
		}
		count[got[0].Name]++
	}
	return count
}

func thirds() *routing.Config {
	return &routing.Config{
		Destinations: []routing.Destination{
			{Name: "a", Key: 1, Percentage: 34}, {Name: "b", Key: 2, Percentage: 33}, {Name: "c", Key: 3, Percentage: 33},
			{Name: "drained", Key: 4, Percentage: 0},
		},
		Fallbacks: []routing.Destination{{Name: "f", Key: 5}},
	}
}

func TestLeastLatency(t *testing.T) {
	v, c := newSeeing(routing.LeastLatency{}), thirds()
	if !v.Observes() {
		t.Fatal("does not observe what the strategy needs")
	}
	if got := v.firsts(t, c); got["a"] != 544 || got["b"] != 528 || got["c"] != 528 {
		t.Fatalf("nothing known: %v", got)
	}
	v.answer(c.Destinations[0], 300*time.Millisecond, routing.Headroom{})
	v.answer(c.Destinations[1], 100*time.Millisecond, routing.Headroom{})
	got := v.firsts(t, c)
	if got["c"] < 60 || got["c"] > 140 || got["b"] != 1600-got["c"] {
		t.Fatalf("c is not known: %v, want it first one time in sixteen, else b", got)
	}
	v.answer(c.Destinations[2], 200*time.Millisecond, routing.Headroom{})
	v.answer(c.Destinations[3], 1*time.Millisecond, routing.Headroom{})
	p := v.Plan(c, routing.Request{Draw: 3})
	if list := p.Destinations(); len(list) != 4 || list[0].Name != "b" || list[1].Name != "c" || list[2].Name != "a" {
		t.Fatalf("plan %v, want b, c, a, f", list)
	}
	for range 20 { // b has become slow
		v.answer(c.Destinations[1], time.Second, routing.Headroom{})
	}
	if got := v.firsts(t, c); got["c"] != 1600 {
		t.Fatalf("b is slow: %v", got)
	}
	cool(v.Router, c.Destinations[2])
	if got := v.firsts(t, c); got["a"] != 1600 {
		t.Fatalf("c cools: %v", got)
	}
	v.now = v.now.Add(time.Hour)
	if got := v.firsts(t, c); got["a"] != 544 {
		t.Fatalf("an hour later: %v", got)
	}
}

func left(remaining, limit int64, reset time.Duration) routing.Left {
	return routing.Left{Known: true, Limit: limit, Remaining: remaining, Reset: reset}
}

func TestMostHeadroom(t *testing.T) {
	v, c := newSeeing(routing.MostHeadroom{}), thirds()
	v.answer(c.Destinations[0], 0, routing.Headroom{Requests: left(90, 100, time.Minute), Tokens: left(10, 1000, time.Minute)})
	v.answer(c.Destinations[1], 0, routing.Headroom{Tokens: left(500, 1000, time.Minute)})
	v.answer(c.Destinations[2], 0, routing.Headroom{Requests: left(0, 100, 30*time.Second), Tokens: left(1000, 1000, time.Second)})
	names := func() (s string) {
		p := v.Plan(c, routing.Request{Draw: 1})
		for _, d := range p.Destinations() {
			s += d.Name
		}
		return s
	}
	if got := names(); got != "bacf" {
		t.Fatalf("plan %s, want bacf: one hundredth of the tokens left of a, half of b, nothing of c", got)
	}
	v.now = v.now.Add(30 * time.Second)
	if got := names(); got != "cbaf" {
		t.Fatalf("after the reset of c: %s, want cbaf", got)
	}
	if got := v.firsts(t, c); got["c"] != 1600 {
		t.Fatalf("all are known: %v", got)
	}
	v.now = v.now.Add(-30 * time.Second)
	cool(v.Router, c.Destinations[0])
	cool(v.Router, c.Destinations[1])
	p := v.Plan(c, routing.Request{})
	if list := p.Destinations(); list[0].Name != "c" {
		t.Fatalf("plan %v: c has nothing left, but is not left out", list)
	}
}

// A strategy of one's own sees the same.
type nosy struct{ seen routing.Seen }

func (n *nosy) Order(c *routing.Config, _ routing.Request, seen routing.Seen, into []routing.Destination) []routing.Destination {
	n.seen = seen
	return append(into, c.Destinations...)
}

func TestSeen(t *testing.T) {
	var none routing.Seen
	if _, ok := none.Latency(1); ok {
		t.Error("the zero Seen knows a latency")
	}
	if _, ok := none.Headroom(1); ok || none.Cooling(1) {
		t.Error("the zero Seen knows something")
	}
	own := &nosy{}
	for _, observe := range []bool{false, true} {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		r := routing.New(&routing.Options{Strategy: own, Observe: observe, Now: func() time.Time { return now }})
		if r.Observes() != observe {
			t.Fatalf("Observes is %t", r.Observes())
		}
		c := thirds()
		cool(r, c.Destinations[1])
		p := r.Plan(c, routing.Request{})
		r.Do(t.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
			a.Headroom(routing.Headroom{})                                                                // says nothing
			a.Headroom(routing.Headroom{Requests: left(500, 100, time.Hour*24), Tokens: left(-5, -5, 0)}) // says nonsense
			now = now.Add(time.Second)
			return nil
		})
		now = now.Add(30 * time.Second)
		r.Plan(c, routing.Request{})
		usual, ok := own.seen.Latency(1)
		h, told := own.seen.Headroom(1)
		if ok != observe || told != observe || observe && usual != time.Second {
			t.Errorf("observing %t: latency %v, %t, headroom %+v", observe, usual, ok, h)
		}
		if want := left(100, 100, time.Hour-31*time.Second); observe && (h.Requests != want || h.Tokens != left(0, 0, 0)) {
			t.Errorf("headroom %+v, want %+v and no tokens left", h, want)
		}
		if own.seen.Cooling(1) || !own.seen.Cooling(2) || own.seen.Cooling(0) {
			t.Error("Cooling is wrong")
		}
		if _, ok := own.seen.Latency(2); ok {
			t.Error("a latency of one that failed")
		}
	}
}
