package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/sethvargo/go-limiter"
	"github.com/sethvargo/go-limiter/memorystore"
)

// limitsRow: requests and tokens of a service, a user and a group for one call,
// all or none, then settled with what was really used. Beside it: go-limiter
// asked six times, which neither takes all or none nor gives anything back.
func limitsRow() row {
	return row{name: "six-limits", budget: 0.7, allocs: 0, open: openLimits}
}

func BenchmarkSixLimits(b *testing.B) { limitsRow().sideBySide(b) }

const callers = 64

func openLimits(tb testing.TB, _ scale) pair {
	store := newGoLimiter(tb)
	keys := make([][6]string, callers)
	for i := range keys {
		for j, key := range [3]string{"service:1", fmt.Sprint("user:", i), fmt.Sprint("group:", i%8)} {
			keys[i][2*j], keys[i][2*j+1] = key+":requests", key+":tokens"
		}
	}
	limiter := ratelimit.New(nil)
	asks := make([][]ratelimit.Ask, callers)
	for i := range asks {
		asks[i] = sixAsks(1, uint64(i), uint64(i%8))
	}
	ctx := context.Background()
	var lease ratelimit.Lease
	return pair{
		reference: side{name: "go-limiter, six times", run: func(n int) error {
			for i := range n {
				for _, key := range keys[i%callers] {
					if _, _, _, ok, err := store.Take(ctx, key); !ok || err != nil {
						return fmt.Errorf("go-limiter refused %s: %w", key, err)
					}
				}
			}
			return nil
		}},
		ours: side{name: "ours", run: func(n int) error {
			for i := range n {
				if v := limiter.Admit(ctx, asks[i%callers], &lease); !v.OK {
					return fmt.Errorf("refused: %+v", v)
				}
				lease.Settle(70)
			}
			return nil
		}},
		agree: func() error {
			bucket := asks[0][1].Bucket
			before, _ := limiter.Usage(bucket, plenty)
			if v := limiter.Admit(ctx, asks[0], &lease); !v.OK {
				return fmt.Errorf("refused: %+v", v)
			}
			lease.Settle(70)
			if after, _ := limiter.Usage(bucket, plenty); after-before != 70 {
				return fmt.Errorf("a call that used 70 tokens was charged %d", after-before)
			}
			return nil
		},
	}
}

// plenty is a limit that no measurement reaches.
const plenty = 1 << 40

func sixAsks(service, user, group uint64) []ratelimit.Ask {
	var asks []ratelimit.Ask
	for _, b := range []ratelimit.Bucket{
		{Service: service, Key: ratelimit.KeyService},
		{Service: service, Key: ratelimit.KeyUserDefault, Principal: user},
		{Service: service, Key: ratelimit.KeyUserGroup, Principal: group},
	} {
		b.Period = ratelimit.Minute
		for _, b.Dimension = range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
			asks = append(asks, ratelimit.Ask{Bucket: b, Limit: plenty, Amount: 1, Shared: b.Key == ratelimit.KeyUserGroup})
		}
	}
	ratelimit.ReserveTokens(asks, 100)
	return asks
}

func newGoLimiter(tb testing.TB) limiter.Store {
	tb.Helper()
	store, err := memorystore.New(&memorystore.Config{Tokens: plenty, Interval: time.Minute})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close(context.Background()) })
	return store
}
