package ratelimittest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// underWay asks to be one of at most limit calls of a caller under way.
func underWay(caller uint64, limit int64) []ratelimit.Ask {
	return []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 1, Principal: caller, Key: ratelimit.KeyUserDefault, Dimension: ratelimit.Concurrent},
		Limit:  limit,
		Amount: 1,
	}}
}

// checkConcurrent counts the calls under way by hand. Neither time nor a sweep
// nor the silence of other calls ends one.
func checkConcurrent(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	bucket := underWay(1, 0)[0].Bucket
	var leases []*ratelimit.Lease
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0, 1:
			limit := rapid.Int64Range(0, 6).Draw(t, "limit")
			lease := new(ratelimit.Lease)
			v := l.Admit(context.Background(), underWay(1, limit), lease)
			if fits := int64(len(leases)) < limit; v.OK != fits {
				t.Fatalf("%d of %d calls under way: %+v", len(leases), limit, v)
			}
			if v.OK {
				leases = append(leases, lease)
			} else if v.Disabled != (limit == 0) || !v.Disabled && v.RetryAfter <= 0 {
				t.Fatalf("refused at a limit of %d with %+v", limit, v)
			}
		case 2:
			clock.Advance(drawStep(t))
			l.Sweep()
		default:
			if len(leases) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(leases)-1).Draw(t, "lease")
			if rapid.Bool().Draw(t, "settle") {
				leases[i].Settle(drawAmount(t))
			} else {
				leases[i].Release()
			}
			leases[i].Release() // once is enough
			leases = append(leases[:i], leases[i+1:]...)
		}
		if used, _ := l.Usage(bucket, 0); used != int64(len(leases)) {
			t.Fatalf("%d calls are under way, %d counted", len(leases), used)
		}
	}
	for _, lease := range leases {
		lease.Settle(0)
	}
	clock.Advance(2 * time.Hour)
	l.Sweep()
	if n := l.Len(); n != 0 {
		t.Fatalf("%d buckets when nothing is under way", n)
	}
}

// checkCrowd has goroutines run calls as fast as they are let, and counts how
// many are under way at once.
func checkCrowd(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	limit := rapid.Int64Range(1, 5).Draw(t, "limit")
	var running, most, passed atomic.Int64
	var done sync.WaitGroup
	for g := range 8 {
		done.Go(func() {
			var lease ratelimit.Lease
			for i := range 60 {
				if !l.Admit(context.Background(), underWay(1, limit), &lease).OK {
					continue
				}
				now := running.Add(1)
				for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
				}
				passed.Add(1)
				running.Add(-1)
				if (g+i)%2 == 0 {
					lease.Release()
				} else {
					lease.Settle(1)
				}
			}
		})
	}
	done.Wait()
	if most.Load() > limit || passed.Load() < limit {
		t.Fatalf("%d under way at once, %d in all, the limit is %d", most.Load(), passed.Load(), limit)
	}
	if used, _ := l.Usage(underWay(1, 0)[0].Bucket, 0); used != 0 {
		t.Fatalf("%d counted when none is under way", used)
	}
}
