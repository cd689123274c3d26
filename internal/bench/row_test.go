package bench

import (
	"errors"
	"testing"
	"time"
)

// row is one line of the performance budget.
type row struct {
	name   string  // as DESIGN.md has it
	budget float64 // the most that ours may cost, as a multiple of the reference
	allocs int     // the most that ours may allocate for one operation; below 0: no budget

	// open builds the row's world: the real one, or a small one to see that
	// the row works. What has to be closed is left to tb.Cleanup.
	open func(tb testing.TB, scale scale) pair
}

// scale is how large a world is to be.
type scale bool

const (
	small scale = false
	full  scale = true
)

// of returns the size to use for what is n large in the budget.
func (s scale) of(n int) int {
	if s == full {
		return n
	}
	return max(1, n/20)
}

// pair is what a row sets beside each other.
type pair struct {
	reference, ours side
	// agree checks that both sides give the same answers. Nil: there is
	// nothing to compare, an operation succeeds or is an error.
	agree func() error
}

// side is one way to do the row's operation.
type side struct {
	name string
	// run does the operation n times, burst at most. It stops at an answer
	// that is wrong.
	run func(n int) error
	// rest is called off the clock after each run, for what another
	// goroutine would have done meanwhile. Nil: nothing.
	rest func() error
}

// burst is the greatest number of operations in one run: few enough for a
// queue to hold them, and so many that reading the clock costs nothing.
const burst = 2048

// times does the operation n times and returns the processor time it took.
func (s side) times(n int) (time.Duration, error) {
	var used time.Duration
	for n > 0 {
		k := min(n, burst)
		before, err := cpuTime()
		if err != nil {
			return 0, err
		}
		if err := s.run(k); err != nil {
			return 0, err
		}
		after, err := cpuTime()
		if err != nil {
			return 0, err
		}
		used += after - before
		n -= k
		if s.rest != nil {
			if err := s.rest(); err != nil {
				return 0, err
			}
		}
	}
	return used, nil
}

// turn does the operation for about as long as it is told and returns the
// nanoseconds of processor time for one.
func (s side) turn(long time.Duration) (float64, error) {
	var used time.Duration
	n := 0
	for used < long {
		more, err := s.times(burst)
		if err != nil {
			return 0, err
		}
		used += more
		n += burst
	}
	return float64(used.Nanoseconds()) / float64(n), nil
}

// allocations returns how often one operation allocates, on average.
func (s side) allocations() (float64, error) {
	var failed error
	n := testing.AllocsPerRun(burst/2, func() {
		if err := s.run(1); err != nil {
			failed = err
		}
	})
	if s.rest != nil {
		failed = errors.Join(failed, s.rest())
	}
	return n, failed
}

// sideBySide runs both sides of a row as Go benchmarks.
func (r row) sideBySide(b *testing.B) {
	p := r.open(b, full)
	for _, s := range []side{p.reference, p.ours} {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			b.ResetTimer()
			used, err := s.times(b.N)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}
