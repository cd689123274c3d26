package bench

import (
	"context"
	"sync"
	"testing"
	"time"

	golimiter "github.com/sethvargo/go-limiter"
	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
	ululelimiter "github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"
)

// The rows of rivals: the call of six-limits. Beside it: a library for one
// limit, asked six times. Of these x/time alone can give back what it took, when
// it is asked for reservations, which is reported too.

func xTimeRow() row     { return rivalRow("six-limits-x-time", xTimeSyncMap, xTime, xTimeReserving) }
func throttledRow() row { return rivalRow("six-limits-throttled", throttledGCRA) }
func ululeRow() row     { return rivalRow("six-limits-ulule", ululeMemory) }

func BenchmarkSixLimitsXTime(b *testing.B)     { xTimeRow().sideBySide(b) }
func BenchmarkSixLimitsThrottled(b *testing.B) { throttledRow().sideBySide(b) }
func BenchmarkSixLimitsUlule(b *testing.B)     { ululeRow().sideBySide(b) }

func rivalRow(name string, rivals ...rival) row {
	return row{name: name, budget: 1, allocs: 0, open: func(tb testing.TB, _ scale) pair {
		return besideRivals(tb, rivals...)
	}}
}

// rival opens a library that limits one thing at a time. What it returns takes
// one from each of the six limits, of which each is as many a minute as given,
// and stops at the first that has no room.
type rival func(tb testing.TB, limit int64) (name string, c calls)

func goLimiter(tb testing.TB, limit int64) (string, calls) {
	store, keys := newGoLimiter(tb, limit), &everybody(limit).keys
	ctx := context.Background()
	return "go-limiter, six times", func(n int, want bool) error {
		for i := range n {
			ok, err := true, error(nil)
			for _, key := range &keys[i%callers] {
				if _, _, _, ok, err = store.Take(ctx, key); !ok || err != nil {
					break
				}
			}
			if ok != want || err != nil {
				return unwanted(i%callers, ok, err)
			}
		}
		return nil
	}
}

// xTime keeps its limiters in a map behind a lock for readers.
func xTime(_ testing.TB, limit int64) (string, calls) {
	limiters, keys := namedXTimes{byName: make(map[string]*rate.Limiter)}, &everybody(limit).keys
	return "x/time in a map, six times", func(n int, want bool) error {
		for i := range n {
			ok, now := true, time.Now()
			for _, key := range &keys[i%callers] {
				if ok = limiters.find(key, limit).AllowN(now, 1); !ok {
					break
				}
			}
			if ok != want {
				return unwanted(i%callers, ok, nil)
			}
		}
		return nil
	}
}

// xTimeSyncMap keeps them in a sync.Map.
func xTimeSyncMap(_ testing.TB, limit int64) (string, calls) {
	var limiters sync.Map
	keys := &everybody(limit).keys
	return "x/time in a sync.Map, six times", func(n int, want bool) error {
		for i := range n {
			ok, now := true, time.Now()
			for _, key := range &keys[i%callers] {
				if ok = findXTime(&limiters, key, limit).AllowN(now, 1); !ok {
					break
				}
			}
			if ok != want {
				return unwanted(i%callers, ok, nil)
			}
		}
		return nil
	}
}

// xTimeReserving gives back what it took when there is no room for the whole
// call.
func xTimeReserving(_ testing.TB, limit int64) (string, calls) {
	var limiters sync.Map
	keys := &everybody(limit).keys
	return "x/time in a sync.Map, six reservations", func(n int, want bool) error {
		for i := range n {
			ok, now := true, time.Now()
			var taken [6]*rate.Reservation
			for j, key := range &keys[i%callers] {
				taken[j] = findXTime(&limiters, key, limit).ReserveN(now, 1)
				if !taken[j].OK() || taken[j].DelayFrom(now) > 0 {
					for _, r := range taken[:j+1] {
						r.CancelAt(now)
					}
					ok = false
					break
				}
			}
			if ok != want {
				return unwanted(i%callers, ok, nil)
			}
		}
		return nil
	}
}

func throttledGCRA(tb testing.TB, limit int64) (string, calls) {
	limit = min(limit, 1<<30) // at more than one a nanosecond it has no rate
	store, err := memstore.NewCtx(0)
	if err != nil {
		tb.Fatal(err)
	}
	limiter, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{MaxRate: throttled.PerMin(int(limit)), MaxBurst: int(limit) - 1})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, keys := context.Background(), &everybody(limit).keys
	return "throttled, six times", func(n int, want bool) error {
		for i := range n {
			limited, err := false, error(nil)
			for _, key := range &keys[i%callers] {
				if limited, _, err = limiter.RateLimitCtx(ctx, key, 1); limited || err != nil {
					break
				}
			}
			if limited == want || err != nil {
				return unwanted(i%callers, !limited, err)
			}
		}
		return nil
	}
}

func ululeMemory(_ testing.TB, limit int64) (string, calls) {
	limiter := ululelimiter.New(memory.NewStore(), ululelimiter.Rate{Period: time.Minute, Limit: limit})
	ctx, keys := context.Background(), &everybody(limit).keys
	return "ulule/limiter, six times", func(n int, want bool) error {
		for i := range n {
			var state ululelimiter.Context
			var err error
			for _, key := range &keys[i%callers] {
				if state, err = limiter.Get(ctx, key); state.Reached || err != nil {
					break
				}
			}
			if state.Reached == want || err != nil {
				return unwanted(i%callers, !state.Reached, err)
			}
		}
		return nil
	}
}

func newGoLimiter(tb testing.TB, limit int64) golimiter.Store {
	tb.Helper()
	store, err := memorystore.New(&memorystore.Config{Tokens: uint64(limit), Interval: time.Minute})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close(context.Background()) })
	return store
}

// newXTime returns a limiter that lets so many pass at once, and so many a
// minute after that.
func newXTime(limit int64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(limit)/60, int(limit))
}

// namedXTimes are limiters of x/time by name.
type namedXTimes struct {
	mu     sync.RWMutex
	byName map[string]*rate.Limiter
}

// find returns the limiter of a name, and makes it if there is none.
func (x *namedXTimes) find(name string, limit int64) *rate.Limiter {
	x.mu.RLock()
	l := x.byName[name]
	x.mu.RUnlock()
	if l != nil {
		return l
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if l = x.byName[name]; l == nil {
		l = newXTime(limit)
		x.byName[name] = l
	}
	return l
}

// findXTime does the same in a sync.Map.
func findXTime(limiters *sync.Map, name string, limit int64) *rate.Limiter {
	if l, ok := limiters.Load(name); ok {
		return l.(*rate.Limiter)
	}
	l, _ := limiters.LoadOrStore(name, newXTime(limit))
	return l.(*rate.Limiter)
}
