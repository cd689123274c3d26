package segments

import (
	"testing"

	"pgregory.net/rapid"
)

// Any life: the log is at every step what the slow and obvious list of frames is.
func TestMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRig(rapid.Uint64().Draw(t, "seed"))
		if err := g.open(); err != nil {
			t.Fatal(err)
		}
		check := func(t *rapid.T, err error) {
			if err != nil {
				t.Fatal(err)
			}
			if err := g.open(); err != nil {
				t.Fatal(err)
			}
		}
		few := rapid.IntRange(0, 6)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				check(t, g.append(few.Draw(t, "frames")+1, rapid.SampledFrom([]int{0, 30, 700, 3000}).Draw(t, "size")))
			},
			"next": func(t *rapid.T) {
				check(t, g.next(few.Draw(t, "frames"), rapid.SampledFrom([]int64{-1, 100, 2000, 1 << 40}).Draw(t, "size")))
			},
			"done":   func(t *rapid.T) { check(t, g.settle(rapid.IntRange(0, 20).Draw(t, "frames"))) },
			"rewind": func(t *rapid.T) { check(t, g.rewind()) },
			"close":  func(t *rapid.T) { check(t, g.close()) },
			"crash":  func(t *rapid.T) { g.die(); check(t, nil) },
			"fault": func(t *rapid.T) {
				f := rapid.SampledFrom([]fault{fails, after, shortly, torn}).Draw(t, "fault")
				g.order(rapid.IntRange(1, 10).Draw(t, "operation"), f)
			},
			"full disk": func(t *rapid.T) {
				g.order(1, noSpace)
				err := g.append(2, 600)
				g.order(0, works)
				check(t, err)
			},
		})
	})
}
