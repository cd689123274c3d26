package bench

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// coresRow: how many times as many calls of six-limits two goroutines get
// answered as one does, on one service whose callers, and their groups, are
// either the one's or the other's. Here more is better, and the budget is the
// least that it may be. Reported too: the same when both are one and the same
// user, so that they share all six limits; when each has a limiter of its own,
// which is what there is to be had here and now; and what go-limiter comes to.
//
// It is the time on the wall that counts, since waiting for a lock costs no
// processor time. Other work on the machine shows, so one goroutine and two
// follow each other closely, many times a round, and the best of these times is
// the round's: other work only ever takes away.
func coresRow() row {
	return row{name: "six-limits-two-cores", budget: 1.3, allocs: -1, weigh: weighCores}
}

func weighCores(tb testing.TB, scale scale) figure {
	processors := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	if processors < 2 {
		return figure{math.NaN(), "cannot be measured on one processor"}
	}
	turns := 8
	if scale == small {
		turns = 1
	}

	limiter := ratelimit.New(nil)
	var apart, alone, together [2]calls
	for i := range apart {
		own := newCrowd(plenty, func(caller int) (user, group uint64) {
			return uint64(i*callers + caller), uint64(i*groups + caller%groups)
		})
		apart[i], alone[i] = ours(limiter, own), ours(ratelimit.New(nil), own)
		together[i] = ours(limiter, newCrowd(plenty, func(int) (user, group uint64) { return 2 * callers, 2 * groups }))
	}
	_, rival := goLimiter(tb, plenty)

	own := twice(tb, turns, apart)
	return figure{own.ratio, fmt.Sprintf(
		"at least the budget is wanted: callers of their own %s; one user %s; a limiter each %s; go-limiter, six times, the same users %s; on %d processors",
		own, twice(tb, turns, together), twice(tb, turns, alone), twice(tb, turns, [2]calls{rival, rival}), processors)}
}

// speedup is what one and two goroutines come to: calls in a second, and the
// ratio of the two.
type speedup struct{ one, two, ratio float64 }

func (s speedup) String() string {
	return fmt.Sprintf("%.2f × (%.2f, then %.2f million calls/s)", s.ratio, s.one/1e6, s.two/1e6)
}

// twice measures calls by one goroutine, and by two at the same time.
func twice(tb testing.TB, turns int, by [2]calls) speedup {
	tb.Helper()
	var one, two, ratio []float64
	for range rounds {
		var speed [2]float64
		for turn := range turns {
			for i := range speed {
				n := (i+turn)%len(speed) + 1
				speed[n-1] = max(speed[n-1], callsPerSecond(tb, by[:n], 20*time.Millisecond))
			}
		}
		one, two, ratio = append(one, speed[0]), append(two, speed[1]), append(ratio, speed[1]/speed[0])
	}
	return speedup{median(one), median(two), median(ratio)}
}

// callsPerSecond lets goroutines call for so long, one for each element of by.
func callsPerSecond(tb testing.TB, by []calls, long time.Duration) float64 {
	tb.Helper()
	var group sync.WaitGroup
	made, wrong := make([]int, len(by)), make([]error, len(by))
	began := time.Now()
	for i, call := range by {
		group.Go(func() {
			n, err := 0, error(nil)
			for err == nil && time.Since(began) < long {
				err = call(callers, true)
				n += callers
			}
			made[i], wrong[i] = n, err
		})
	}
	group.Wait()
	span := time.Since(began)
	sum := 0
	for i, err := range wrong {
		if err != nil {
			tb.Fatal(err)
		}
		sum += made[i]
	}
	return float64(sum) / span.Seconds()
}
