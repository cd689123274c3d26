package ratelimittest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkStoreParallel has goroutines take from two callers and the service at
// once, each in an order of its own, and adds up what they were told.
func checkStoreParallel(t *rapid.T, open OpenStore) {
	const goroutines, calls = 4, 15
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	bucket := func(k ratelimit.Key, principal uint64) ratelimit.Bucket {
		return ratelimit.Bucket{Service: 1, Principal: principal, Key: k, Period: ratelimit.Hour, Dimension: ratelimit.Tokens}
	}
	limit := rapid.Int64Range(1, 100).Draw(t, "limit")
	var charged [goroutines]atomic.Int64
	var failed atomic.Pointer[error]
	var done sync.WaitGroup
	for g := range goroutines {
		first := rapid.IntRange(0, goroutines-1).Draw(t, "first")
		amount := rapid.Int64Range(1, 5).Draw(t, "amount")
		done.Go(func() {
			for i := range calls {
				a, b := (first+i)%goroutines, (first+i+1+g%2)%goroutines
				asks := []ratelimit.Ask{
					{Bucket: bucket(ratelimit.KeyUser, uint64(a)), Limit: limit, Amount: amount},
					{Bucket: bucket(ratelimit.KeyService, 0), Limit: 3 * limit, Amount: amount},
					{Bucket: bucket(ratelimit.KeyUser, uint64(b)), Limit: limit, Amount: amount},
				}
				var taken [3]ratelimit.Taken
				v, err := s.Take(context.Background(), asks, taken[:])
				if err != nil {
					failed.Store(&err)
				}
				if err != nil || !v.OK {
					continue
				}
				used := min(amount, limit) * int64(i%2)
				var settled [3]ratelimit.Settled
				for i := range taken {
					settled[i] = ratelimit.Settled{Taken: taken[i], Used: used}
				}
				if err := s.Settle(context.Background(), settled[:]); err != nil {
					failed.Store(&err)
				}
				charged[a].Add(used)
				charged[b].Add(used)
			}
		})
	}
	done.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	var both int64
	for i := range charged {
		sum := charged[i].Load()
		both += sum
		if used := usedOf(t, s, bucket(ratelimit.KeyUser, uint64(i))); used != sum || used > limit {
			t.Fatalf("caller %d: %d counted, %d charged, limit %d", i, used, sum, limit)
		}
	}
	if used := usedOf(t, s, bucket(ratelimit.KeyService, 0)); 2*used != both || used > 3*limit {
		t.Fatalf("service: %d counted, %d charged, limit %d", used, both/2, 3*limit)
	}
}

// testStoreBarrier lets 64 goroutines ask at once for 20 of 100 tokens.
func testStoreBarrier(t *testing.T, open OpenStore) {
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	var start, done sync.WaitGroup
	start.Add(1)
	var admitted atomic.Int64
	for range 64 {
		done.Go(func() {
			start.Wait()
			var taken [1]ratelimit.Taken
			v, err := s.Take(context.Background(), oneAsk(1, ratelimit.Minute, 100, 20), taken[:])
			if err != nil {
				t.Error(err)
			}
			if v.OK {
				admitted.Add(1)
			}
		})
	}
	start.Done()
	done.Wait()
	if n := admitted.Load(); n != 5 {
		t.Errorf("%d of 64 calls admitted, 5 fit", n)
	}
}
