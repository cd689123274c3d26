package bench

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

var ratios = flag.Bool("ratios", false, "measure every row of the performance budget and print a line for each")

// rows are the rows of the budget that are measured here.
func rows() []row {
	return []row{checkRow(), lookupRow(), limitsRow(), routeRow(), fallbackRow(), handoffRow(), callRow()}
}

const (
	rounds   = 7
	turnTime = 150 * time.Millisecond
)

// Every row runs, and its sides agree. With -ratios they are real worlds and
// what is seen is printed; otherwise small ones, and nothing is measured.
func TestRatios(t *testing.T) {
	var lines []string
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			p := r.open(t, scale(*ratios))
			if p.agree != nil {
				if err := p.agree(); err != nil {
					t.Fatal(err)
				}
			}
			if !*ratios {
				runBoth(t, p)
				return
			}
			seen := measure(t, p)
			fmt.Println(seen.describe(r, p))
			lines = append(lines, fmt.Sprintf("ratio %s %.2f budget %v", r.name, seen.ratio, r.budget))
		})
		// The row's world goes before the next row is measured, and all at
		// once: giving memory back little by little would be on the clock.
		debug.FreeOSMemory()
	}
	for _, line := range lines {
		fmt.Println(line)
	}
}

func runBoth(t *testing.T, p pair) {
	for _, s := range []side{p.reference, p.ours} {
		if _, err := s.times(burst + 1); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// seen is what a row came to.
type seen struct {
	reference, ours float64 // nanoseconds of one operation, medians
	ratio           float64 // median of the rounds' ratios
	allocs          [2]float64
}

// measure lets the sides take turns. What disturbs a round disturbs both of its
// sides, so each round gives a ratio of its own.
func measure(t *testing.T, p pair) seen {
	t.Helper()
	turn := func(s side, long time.Duration) float64 {
		ns, err := s.turn(long)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		return ns
	}
	allocations := func(s side) float64 {
		n, err := s.allocations()
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		return n
	}
	runtime.GC()
	turn(p.reference, turnTime/5)
	turn(p.ours, turnTime/5)
	var reference, ours, ratio []float64
	for i := range rounds {
		first, second := p.reference, p.ours
		if i%2 == 1 {
			first, second = second, first
		}
		a, b := turn(first, turnTime), turn(second, turnTime)
		if i%2 == 1 {
			a, b = b, a
		}
		reference, ours, ratio = append(reference, a), append(ours, b), append(ratio, b/a)
	}
	return seen{median(reference), median(ours), median(ratio), [2]float64{allocations(p.reference), allocations(p.ours)}}
}

func (s seen) describe(r row, p pair) string {
	limit := ""
	if r.allocs >= 0 {
		limit = fmt.Sprintf(" (budget %d)", r.allocs)
	}
	return fmt.Sprintf("%s: ours %.0f ns, %.0f allocs%s; %s %.0f ns, %.0f allocs",
		r.name, s.ours, s.allocs[1], limit, p.reference.name, s.reference, s.allocs[0])
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
