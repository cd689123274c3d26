package bench

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

var ratios = flag.Bool("ratios", false, "measure every row of the performance budget and print a line for each")

// rows are the rows of the budget that are measured here.
func rows() []row {
	return []row{
		checkRow(), memoryRow(), growthRow(), parallelRow(), grantRow(), listRow(), lookupRow(), openRow(),
		limitsRow(), xTimeRow(), throttledRow(), ululeRow(), refusedRow(), lateRow(), coresRow(), bytesRow(), keysRow(),
		routeRow(), fallbackRow(), handoffRow(), callRow(), callMemoryRow(), jsonRow(), streamRow(), createRow(), createManyRow(), servicesRow(),
		logJSONRow(), logParquetRow(), logSQLiteRow(), logJournalRow(), logBlockedRow(), logBlockedHeapRow(),
	}
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
			if r.weigh != nil {
				f := r.weigh(t, scale(*ratios))
				if math.IsNaN(f.value) {
					fmt.Printf("%s: %s\n", r.name, f.says)
					return
				}
				if !(f.value > 0) && !r.difference {
					t.Errorf("the figure is %v", f.value)
				}
				if *ratios {
					fmt.Printf("%s: %s\n", r.name, f.says)
					lines = append(lines, r.line(f.value))
					for _, e := range f.more {
						lines = append(lines, row{name: r.name + "-" + e.name, budget: e.budget, unit: e.unit}.line(e.value))
					}
				}
				return
			}
			p := r.open(t, scale(*ratios))
			if p.agree != nil {
				if err := p.agree(); err != nil {
					t.Fatal(err)
				}
			}
			if !*ratios {
				runAll(t, p)
				return
			}
			seen := measure(t, p)
			fmt.Println(seen.describe(r, p))
			for _, other := range p.also {
				fmt.Println(measure(t, other).report(r, other))
			}
			lines = append(lines, r.line(seen.ratio))
		})
		// The row's world goes before the next row is measured, and all at
		// once: giving memory back little by little would be on the clock.
		debug.FreeOSMemory()
	}
	for _, line := range lines {
		fmt.Println(line)
	}
}

// line is what the row came to, as it is written everywhere.
func (r row) line(value float64) string {
	budget := "none"
	if r.budget > 0 {
		budget = fmt.Sprint(r.budget)
	}
	digits := 2
	if r.difference {
		digits = 3
	}
	return strings.TrimSpace(fmt.Sprintf("ratio %s %.*f budget %s %s", r.name, digits, value, budget, r.unit))
}

func runAll(t *testing.T, p pair) {
	for _, s := range p.sides() {
		if _, err := s.times(s.batch() + 1); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// seen is what a row came to.
type seen struct {
	reference, ours spent   // medians
	ratio           float64 // median of the rounds' ratios
	allocs          [2]float64
}

// measure lets the sides take turns. What disturbs a round disturbs both of its
// sides, so each round gives a ratio of its own.
func measure(t *testing.T, p pair) seen {
	t.Helper()
	turn := func(s side, long time.Duration) spent {
		take := s.turn
		if p.apart {
			take = s.turnApart
		}
		took, err := take(long)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		return took
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
	var reference, ours []spent
	var ratio []float64
	for i := range rounds {
		first, second := p.reference, p.ours
		if i%2 == 1 {
			first, second = second, first
		}
		a, b := turn(first, turnTime), turn(second, turnTime)
		if i%2 == 1 {
			a, b = b, a
		}
		reference, ours, ratio = append(reference, a), append(ours, b), append(ratio, b.all/a.all)
	}
	return seen{medians(reference), medians(ours), median(ratio), [2]float64{allocations(p.reference), allocations(p.ours)}}
}

func (s seen) describe(r row, p pair) string {
	limit := ""
	if r.allocs >= 0 {
		limit = fmt.Sprintf(" (budget %d)", r.allocs)
	}
	return fmt.Sprintf("%s: %s%s; %s",
		r.name, p.told(p.ours, s.ours, s.allocs[1]), limit, p.told(p.reference, s.reference, s.allocs[0]))
}

// report describes a pair that has no budget.
func (s seen) report(r row, p pair) string {
	return fmt.Sprintf("%s: %s; %s × %s %s",
		r.name, p.told(p.ours, s.ours, s.allocs[1]), multiple(s.ratio), p.reference.name, s.reference.over(max(1, p.rows)))
}

// told is what a side came to.
func (p pair) told(s side, took spent, allocs float64) string {
	if p.rows == 0 {
		return fmt.Sprintf("%s %s, %.0f allocs", s.name, took, allocs)
	}
	one := took.over(p.rows)
	says := fmt.Sprintf("%s %s a row, %.0f rows a second, %.1f allocs", s.name, one, 1e9/one.all, allocs/float64(p.rows))
	if s.size != nil {
		says += fmt.Sprintf(", %.0f bytes", s.size())
	}
	return says
}

// over is what one of n rows came to.
func (s spent) over(n int) spent { return spent{s.all / float64(n), s.collecting / float64(n)} }

// multiple writes a ratio with two digits that say something.
func multiple(ratio float64) string {
	if ratio < 1 {
		return fmt.Sprintf("%.2f", ratio)
	}
	return fmt.Sprintf("%.1f", ratio)
}

// String writes how long it took, and how much of that is the collector's.
func (s spent) String() string {
	if s.collecting == 0 {
		return inUnits(s.all)
	}
	return fmt.Sprintf("%s (%s of it the collector's)", inUnits(s.all), inUnits(s.collecting))
}

// inUnits writes nanoseconds in the unit that reads best.
func inUnits(ns float64) string {
	switch {
	case ns < 1e4:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e7:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.1f ms", ns/1e6)
	}
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func medians(all []spent) spent {
	var whole, collecting []float64
	for _, s := range all {
		whole, collecting = append(whole, s.all), append(collecting, s.collecting)
	}
	return spent{median(whole), median(collecting)}
}
