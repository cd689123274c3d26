package ratelimittest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkParallel lets goroutines with overlapping buckets run freely, and adds
// up what they were told.
func checkParallel(t *rapid.T, open Open) {
	const (
		goroutines = 4
		calls      = 50
	)
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	bucket := func(k ratelimit.Key, principal uint64) ratelimit.Bucket {
		return ratelimit.Bucket{Service: 1, Principal: principal, Key: k, Period: ratelimit.Hour, Dimension: ratelimit.Tokens}
	}
	limit := rapid.Int64Range(1, 300).Draw(t, "limit")
	var start, done sync.WaitGroup
	start.Add(1)
	var charged [goroutines]atomic.Int64
	for g := range goroutines {
		first := rapid.IntRange(0, goroutines-1).Draw(t, "first")
		amount := rapid.Int64Range(1, 5).Draw(t, "amount")
		done.Add(1)
		go func() {
			defer done.Done()
			start.Wait()
			for i := range calls {
				// Every call takes from two callers and the service, in an
				// order of its own.
				a, b := (first+i)%goroutines, (first+i+1+g%2)%goroutines
				asks := []ratelimit.Ask{
					{Bucket: bucket(ratelimit.KeyUser, uint64(a)), Limit: limit, Amount: amount},
					{Bucket: bucket(ratelimit.KeyService, 0), Limit: 3 * limit, Amount: amount},
					{Bucket: bucket(ratelimit.KeyUser, uint64(b)), Limit: limit, Amount: amount},
				}
				var lease ratelimit.Lease
				if !l.Admit(context.Background(), asks, &lease).OK {
					continue
				}
				switch i % 3 {
				case 0:
					lease.Release()
				case 1:
					lease.Settle(0)
				default:
					used := min(amount, limit)
					lease.Settle(used)
					charged[a].Add(used)
					charged[b].Add(used)
				}
			}
		}()
	}
	start.Done()
	done.Wait()
	var both int64
	for i := range charged {
		sum := charged[i].Load()
		both += sum
		used, _ := l.Usage(bucket(ratelimit.KeyUser, uint64(i)), limit)
		if used != sum || used > limit {
			t.Fatalf("caller %d: %d counted, %d charged, limit %d", i, used, sum, limit)
		}
	}
	used, _ := l.Usage(bucket(ratelimit.KeyService, 0), 0)
	if 2*used != both || used > 3*limit {
		t.Fatalf("service: %d counted, %d charged, limit %d", used, both/2, 3*limit)
	}
}

// testBarrier lets 64 goroutines ask at once for 20 of 100 tokens.
func testBarrier(t *testing.T, open Open) {
	for _, key := range []ratelimit.Key{ratelimit.KeyUserDefault, ratelimit.KeyService, ratelimit.KeyUserGroup, ratelimit.KeyRequestTag} {
		t.Run(key.String(), func(t *testing.T) { testBarrierOf(t, open, key) })
	}
}

func testBarrierOf(t *testing.T, open Open, key ratelimit.Key) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	var start, done sync.WaitGroup
	start.Add(1)
	var admitted atomic.Int64
	for range 64 {
		done.Add(1)
		go func() {
			defer done.Done()
			start.Wait()
			var lease ratelimit.Lease
			if l.Admit(context.Background(), askOf(key, 1, ratelimit.Minute, 100, 20), &lease).OK {
				admitted.Add(1)
				lease.Settle(20)
			}
		}()
	}
	start.Done()
	done.Wait()
	if n := admitted.Load(); n != 5 {
		t.Errorf("%d of 64 calls admitted, 5 fit", n)
	}
}
