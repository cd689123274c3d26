package bench

import (
	"errors"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// row is one line of the performance budget: two sides beside each other, or a
// plain figure.
type row struct {
	name   string  // as DESIGN.md has it
	budget float64 // the most that ours may cost, as a multiple of the reference; 0: no budget
	allocs int     // the most that ours may allocate for one operation; below 0: no budget

	// open builds the row's world: the real one, or a small one to see that
	// the row works. What has to be closed is left to tb.Cleanup.
	open func(tb testing.TB, scale scale) pair

	// weigh takes the place of open in a row that is a plain figure; the
	// budget has the figure's unit.
	weigh func(tb testing.TB, scale scale) figure
	unit  string // written behind the budget, if there is one
	// difference: the figure is what one side takes more than the other, which
	// may be nothing or less.
	difference bool
}

// figure is what a row without sides came to.
type figure struct {
	value float64 // NaN if this machine cannot measure the row
	says  string  // what was seen, for a reader
	more  []extra // what else has a budget
}

// extra is a plain figure that comes with a row, and has a line of its own.
type extra struct {
	name   string // behind that of the row
	value  float64
	budget float64
	unit   string
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
	// apart takes the garbage collector out of the turns, and charges each
	// side for its own garbage. It is for worlds of which one collection takes
	// longer than a turn, so that chance would say whose turn pays for it.
	apart bool
	// rows is how many rows of a log an operation writes, where it is reported
	// by the row. 0: it is reported as it is.
	rows int
	// also are pairs that have no budget: rivals, each in the place of ours.
	// They are reported as multiples of their references.
	also []pair
}

// sides returns all that is measured, each once.
func (p pair) sides() []side {
	all := []side{p.reference, p.ours}
	for _, other := range p.also {
		if other.reference.name != p.reference.name {
			all = append(all, other.reference)
		}
		all = append(all, other.ours)
	}
	return all
}

// side is one way to do the row's operation.
type side struct {
	name string
	// run does the operation n times, most at most. It stops at an answer
	// that is wrong.
	run func(n int) error
	// most is the greatest n that run is given, for operations so long that
	// a burst of them would be too many. 0: burst.
	most int
	// rest is called off the clock after each run, for what another
	// goroutine would have done meanwhile. Nil: nothing.
	rest func() error
	// size is the bytes on the disk for each row written so far. Nil: nothing
	// is written.
	size func() float64
}

// burst is the greatest number of operations in one run: few enough for a
// queue to hold them, and so many that reading the clock costs nothing.
const burst = 2048

// batch returns the greatest number of operations in one run of this side.
func (s side) batch() int {
	if s.most > 0 {
		return s.most
	}
	return burst
}

// times does the operation n times and returns the processor time it took.
func (s side) times(n int) (time.Duration, error) {
	var used time.Duration
	for n > 0 {
		k := min(n, s.batch())
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

// spent is the nanoseconds of processor time for one operation: all of it, and
// what is known to be the garbage collector's.
type spent struct{ all, collecting float64 }

// turn does the operation for about as long as it is told.
func (s side) turn(long time.Duration) (spent, error) {
	used, n, err := s.repeat(long)
	if err != nil {
		return spent{}, err
	}
	return spent{all: float64(used) / float64(n)}, nil
}

func (s side) repeat(long time.Duration) (used time.Duration, n int, err error) {
	for used < long {
		more, err := s.times(s.batch())
		if err != nil {
			return 0, 0, err
		}
		used += more
		n += s.batch()
	}
	return used, n, nil
}

// turnApart is turn without the garbage collector, which runs afterwards. The
// side pays for the share of that run that its garbage would bring about: by
// default there is one for as many bytes as are in use.
func (s side) turnApart(long time.Duration) (spent, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after, inUse runtime.MemStats
	runtime.ReadMemStats(&before)
	used, n, err := s.repeat(long)
	if err != nil {
		return spent{}, err
	}
	runtime.ReadMemStats(&after)
	began, err := cpuTime()
	if err != nil {
		return spent{}, err
	}
	runtime.GC()
	ended, err := cpuTime()
	if err != nil {
		return spent{}, err
	}
	runtime.ReadMemStats(&inUse)
	share := float64(after.TotalAlloc-before.TotalAlloc) / float64(inUse.HeapAlloc)
	collecting := share * float64(ended-began)
	return spent{(float64(used) + collecting) / float64(n), collecting / float64(n)}, nil
}

// allocations returns how often one operation allocates, on average.
func (s side) allocations() (float64, error) {
	var failed error
	n := testing.AllocsPerRun(max(1, s.batch()/2), func() {
		if err := s.run(1); err != nil {
			failed = err
		}
	})
	if s.rest != nil {
		failed = errors.Join(failed, s.rest())
	}
	return n, failed
}

// sideBySide runs the sides of a row as Go benchmarks.
func (r row) sideBySide(b *testing.B) {
	p := r.open(b, full)
	for _, s := range p.sides() {
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
