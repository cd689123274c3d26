package bench

import (
	"errors"
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
// processor time. Other work on the machine shows, so all follow each other
// closely, many times a round, and the best of these times is the round's: other
// work only ever takes away. A round counts in which both processors were to be
// had, as two goroutines that only calculate tell.
func coresRow() row {
	return row{name: "six-limits-two-cores", budget: 1.3, allocs: -1, weigh: weighCores}
}

func weighCores(tb testing.TB, scale scale) figure {
	processors := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	if processors < 2 {
		return figure{value: math.NaN(), says: "cannot be measured on one processor"}
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
	seen, free := twice(tb, scale, apart, together, alone, [2]calls{rival, rival})
	return figure{value: seen[0].ratio, says: fmt.Sprintf(
		"at least the budget is wanted: callers of their own %s; one user %s; a limiter each %s; go-limiter, six times, the same users %s; on %d processors, both to be had in %d rounds of %d",
		seen[0], seen[1], seen[2], seen[3], processors, free.had, free.rounds)}
}

// speedup is what one and two goroutines come to: calls in a second, and the
// ratio of the two.
type speedup struct{ one, two, ratio float64 }

func (s speedup) String() string {
	return fmt.Sprintf("%.2f × (%.2f, then %.2f million calls/s)", s.ratio, s.one/1e6, s.two/1e6)
}

// freeRounds are the rounds in which both processors were to be had, and all.
type freeRounds struct{ had, rounds int }

const (
	coresTurn = 10 * time.Millisecond

	// bothHad is how much faster two goroutines calculate than one when both
	// processors are to be had.
	bothHad = 1.8
)

// twice measures calls by one goroutine, and by two at the same time: medians
// of the rounds in which both processors were to be had. If there are none for
// long, they are of all rounds.
func twice(tb testing.TB, scale scale, sides ...[2]calls) ([]speedup, freeRounds) {
	tb.Helper()
	turns, most := 5, 5*rounds
	if scale == small {
		turns, most = 1, 1
	}
	var all, had [][]speedup
	for len(all) < most && len(had) < rounds {
		// What calculates is the first.
		round := make([]speedup, 1+len(sides))
		for range turns {
			for i := range round {
				by := [2]calls{calculate, calculate}
				if i > 0 {
					by = sides[i-1]
				}
				s := &round[i]
				s.one = max(s.one, callsPerSecond(tb, by[:1], coresTurn))
				s.two = max(s.two, callsPerSecond(tb, by[:], coresTurn))
				s.ratio = s.two / s.one
			}
		}
		all = append(all, round[1:])
		if round[0].ratio >= bothHad {
			had = append(had, round[1:])
		}
	}
	free := freeRounds{len(had), len(all)}
	if len(had) == 0 {
		had = all
	}
	var seen []speedup
	for i := range sides {
		var one, two, ratio []float64
		for _, round := range had {
			one, two, ratio = append(one, round[i].one), append(two, round[i].two), append(ratio, round[i].ratio)
		}
		seen = append(seen, speedup{median(one), median(two), median(ratio)})
	}
	return seen, free
}

// calculate takes about as long as calls do, and touches nothing.
func calculate(n int, _ bool) error {
	x := uint64(n)
	for range 256 * n {
		x = x*6364136223846793005 + 1
	}
	if x == 0 {
		return errors.New("calculated nothing") // so that it is calculated
	}
	return nil
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
