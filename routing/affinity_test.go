package routing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

// sessions are as good as hashes of their names.
func sessions(n int) []uint64 {
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]uint64, n)
	for i := range list {
		list[i] = rng.Uint64() | 1
	}
	return list
}

func pinned(c *routing.Config, session uint64) string {
	return (routing.Split{}).Order(c, routing.Request{Affinity: session}, routing.Seen{}, nil)[0].Name
}

// What all replicas agree on, for ever: a change here moves every session.
func TestPinsAreTheSameEverywhere(t *testing.T) {
	c := &routing.Config{Destinations: []routing.Destination{
		{Name: "main.ai.large", Percentage: 70}, {Name: "main.ai.small", Percentage: 20}, {Name: "main.ai.x-größer-als-acht", Percentage: 10},
	}}
	got := ""
	for session := range uint64(32) {
		got += pinned(c, session+1)[8:9]
	}
	if want := "xslsssllsslllsllslllllxllsllllxx"; got != want {
		t.Errorf("sessions 1 to 32 go to %s, want %s", got, want)
	}
}

// Sessions stay, whatever the draw, the keys and the order of the list are.
func TestSessionsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		if len(c.Destinations) < 2 {
			return
		}
		session := rapid.Uint64Min(1).Draw(t, "session")
		r := routing.New(nil)
		p := r.Plan(c, routing.Request{Affinity: session, Draw: rapid.Uint64().Draw(t, "draw")})
		list := p.Destinations()
		if list[0].Percentage == 0 || !slices.Equal(list[1:], c.Fallbacks) {
			t.Fatalf("plan %v", list)
		}
		other := &routing.Config{Destinations: rapid.Permutation(c.Destinations).Draw(t, "permutation"), Fallbacks: c.Fallbacks}
		for i := range other.Destinations {
			other.Destinations[i].Key = rapid.Uint64().Draw(t, "key")
		}
		p = routing.New(nil).Plan(other, routing.Request{Affinity: session, Draw: rapid.Uint64().Draw(t, "another draw")})
		if p.At(0).Name != list[0].Name {
			t.Fatalf("%s and %s", list[0].Name, p.At(0).Name)
		}
	})
}

// Over many sessions each primary gets its percentage (spec §4.2).
func TestSessionsAreShared(t *testing.T) {
	all := sessions(100_000)
	for _, shares := range [][]int{{50, 50}, {100, 0}, {1, 99}, {10, 20, 70}, {10, 10, 10, 10, 10, 10, 10, 10, 10, 10}, {91, 1, 1, 1, 1, 1, 1, 1, 1, 1}} {
		c := new(routing.Config)
		for i, s := range shares {
			c.Destinations = append(c.Destinations, routing.Destination{Name: fmt.Sprint("catalog.schema.model-", i), Percentage: s})
		}
		count := make(map[string]int)
		for _, session := range all {
			count[pinned(c, session)]++
		}
		chi := 0.0
		for _, d := range c.Destinations {
			want := float64(len(all)) * float64(d.Percentage) / 100
			if d.Percentage == 0 {
				if count[d.Name] > 0 {
					t.Errorf("%v: %d sessions at zero percent", shares, count[d.Name])
				}
				continue
			}
			off := float64(count[d.Name]) - want
			chi += off * off / want
		}
		// The 99.9th percentile for nine degrees of freedom.
		if chi > 27.9 {
			t.Errorf("%v: chi square %.1f, %v", shares, chi, count)
		}
	}
}

// Taking a primary away moves only its own sessions; the others are there
// again when it comes back; a greater share only draws sessions to it.
func TestOnlySessionsMoveThatMust(t *testing.T) {
	all := sessions(2_000)
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		i := rapid.IntRange(0, len(c.Destinations)-1).Draw(t, "which")
		one := c.Destinations[i]
		less := &routing.Config{Destinations: slices.Delete(slices.Clone(c.Destinations), i, i+1)}
		more := &routing.Config{Destinations: slices.Clone(c.Destinations)}
		more.Destinations[i].Percentage += rapid.IntRange(0, 100-one.Percentage).Draw(t, "more")
		some := func(c *routing.Config) bool {
			return len(c.Destinations) > 1 && slices.ContainsFunc(c.Destinations, func(d routing.Destination) bool { return d.Percentage > 0 })
		}
		if !some(less) {
			return
		}
		for _, session := range all[:50] {
			was := pinned(c, session)
			if now := pinned(less, session); was != one.Name && now != was {
				t.Fatalf("moved from %s to %s when %s went", was, now, one.Name)
			}
			if now := pinned(more, session); now != was && now != one.Name {
				t.Fatalf("moved from %s to %s when %s grew", was, now, one.Name)
			}
		}
	})
}

// A cooling primary yields to the session's next choice, which is where it
// would be if that primary did not exist, before the fallbacks (spec §4.2).
func TestCoolingPrimaryYields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		session := rapid.Uint64Min(1).Draw(t, "session")
		request := routing.Request{Affinity: session, Draw: rapid.Uint64().Draw(t, "draw")}
		r := routing.New(nil)
		cools := make(map[string]bool)
		for _, d := range slices.Concat(c.Destinations, c.Fallbacks) {
			if rapid.Bool().Draw(t, "cools "+d.Name) {
				cool(r, d)
				cools[d.Name] = true
			}
		}
		isCooling := func(d routing.Destination) bool { return cools[d.Name] }
		order := (routing.Split{}).Order(c, request, routing.Seen{}, nil)
		p := r.Plan(c, request)
		got := p.Destinations()

		rest := slices.DeleteFunc(slices.Clone(c.Destinations), func(d routing.Destination) bool {
			return cools[d.Name] || d.Percentage == 0 && len(c.Destinations) > 1
		})
		fallbacks := slices.DeleteFunc(slices.Clone(c.Fallbacks), isCooling)
		var want []routing.Destination
		switch {
		case len(rest) > 0:
			first := rest[0].Name
			if len(rest) > 1 {
				first = pinned(&routing.Config{Destinations: rest}, session)
			}
			i := slices.IndexFunc(rest, func(d routing.Destination) bool { return d.Name == first })
			want = append(append(want, rest[i]), fallbacks...)
		case len(fallbacks) > 0:
			want = fallbacks
		default:
			want = order
		}
		if !slices.Equal(got, want) {
			t.Fatalf("plan %v, want %v", got, want)
		}
	})
}

func TestSessionsAllocateNothing(t *testing.T) {
	r, c := routing.New(nil), &routing.Config{Destinations: []routing.Destination{{Name: "a", Key: 1, Percentage: 50}, {Name: "b", Key: 2, Percentage: 50}}}
	if n := testing.AllocsPerRun(1000, func() { r.Plan(c, routing.Request{Affinity: 42}) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	cool(r, c.Destinations[0])
	cool(r, c.Destinations[1])
	if n := testing.AllocsPerRun(1000, func() { r.Plan(c, routing.Request{Affinity: 42}) }); n > 0 {
		t.Errorf("%v allocations where all cools", n)
	}
}

// A session is let into a ramping primary or not, and stays where it is until
// more are let in: its requests do not go to and fro with their draws.
func TestSessionsDoNotFlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{Ramp: time.Minute})
		c := &routing.Config{
			Destinations: []routing.Destination{{Name: "a", Key: 1, Percentage: 50}, {Name: "b", Key: 2, Percentage: 50}},
			Fallbacks:    []routing.Destination{{Name: "c", Key: 3}},
		}
		fail(t, r, c.Destinations[0], nil) // the probe
		time.Sleep(30 * time.Second)
		in, of := 0, 0
		for _, session := range sessions(400) {
			where := make(map[string]bool)
			for draw := range uint64(20) {
				p := r.Plan(c, routing.Request{Draw: draw, Affinity: session})
				steps, _ := r.Do(t.Context(), &p, routingtest.NewScript(nil).Try)
				where[steps[0].Destination] = true
			}
			if len(where) != 1 {
				t.Fatalf("session %d is at %v", session, where)
			}
			if pinned(c, session) == "a" {
				of++
				if where["a"] {
					in++
				}
			}
		}
		if share := 100 * in / of; share < 45 || share > 65 { // 55 in the middle of the ramp
			t.Errorf("%d of %d sessions are let in", in, of)
		}
	})
}
