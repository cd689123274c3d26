package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	golimiter "github.com/sethvargo/go-limiter"
)

// refusedRow: the call of six-limits when the service has had all its requests.
// Beside it: go-limiter asked for all six, which is what it takes to know how
// long to wait, and charges five limits for nothing. Reported too: go-limiter
// asked until the first refusal, which is its first answer.
func refusedRow() row {
	return row{name: "refused", budget: 1, allocs: 0, open: openRefused}
}

func BenchmarkRefused(b *testing.B) { refusedRow().sideBySide(b) }

func openRefused(tb testing.TB, _ scale) pair {
	limiter, c := ratelimit.New(nil), everybody(plenty)
	store, ctx := newGoLimiter(tb, plenty), context.Background()
	requests, name := ratelimit.Ask{}, c.keys[0][0]
	for i := range c.asks {
		ask := &c.asks[i][0]
		ask.Limit, ask.Bucket.Period = 1, ratelimit.Hour // nothing comes back while this is measured
		requests = *ask
	}
	first := errors.Join(store.Set(ctx, name, 1, time.Hour), takeOne(store, name))
	if v := limiter.Admit(ctx, []ratelimit.Ask{requests}, nil); first != nil || !v.OK {
		tb.Fatalf("the first calls were answered with %v and %+v", first, v)
	}

	call := ours(limiter, c)
	mine := side{name: "ours", run: func(n int) error { return call(n, false) }}
	return pair{
		ours: mine,
		reference: side{name: "go-limiter, six times", run: func(n int) error {
			for i := range n {
				refused := 0
				for _, key := range &c.keys[i%callers] {
					if _, _, _, ok, err := store.Take(ctx, key); err != nil {
						return unwanted(i%callers, ok, err)
					} else if !ok {
						refused++
					}
				}
				if refused != 1 {
					return fmt.Errorf("go-limiter refused %d of six", refused)
				}
			}
			return nil
		}},
		agree: func() error {
			for i := range c.asks {
				v := limiter.Admit(ctx, c.asks[i], nil)
				if v.OK || v.Disabled || v.Blocked.Bucket != requests.Bucket || !(v.RetryAfter > 0) {
					return fmt.Errorf("ours answers %+v", v)
				}
				for j, ask := range c.asks[i][1:] {
					if used, _ := limiter.Usage(ask.Bucket, plenty); used != 0 {
						return fmt.Errorf("a refused call was charged %d at limit %d", used, j+1)
					}
				}
			}
			return nil
		},
		also: []pair{{ours: mine, reference: side{name: "go-limiter, once", run: func(n int) error {
			for i := range n {
				if err := takeOne(store, c.keys[i%callers][0]); !errors.Is(err, errRefused) {
					return unwanted(i%callers, true, err)
				}
			}
			return nil
		}}}},
	}
}

var errRefused = errors.New("refused")

// takeOne takes from one limit of go-limiter.
func takeOne(store golimiter.Store, key string) error {
	_, _, _, ok, err := store.Take(context.Background(), key)
	if err == nil && !ok {
		return errRefused
	}
	return err
}
