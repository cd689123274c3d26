package ratelimit_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// sixLimits are requests and tokens of service, default and group limits.
func sixLimits(service, caller, group uint64) []ratelimit.Ask {
	const limit = 1 << 60
	var asks []ratelimit.Ask
	for _, b := range []ratelimit.Bucket{
		{Service: service, Key: ratelimit.KeyService},
		{Service: service, Key: ratelimit.KeyUserDefault, Principal: caller},
		{Service: service, Key: ratelimit.KeyUserGroup, Principal: group},
	} {
		b.Period = ratelimit.Minute
		for _, b.Dimension = range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
			asks = append(asks, ratelimit.Ask{Bucket: b, Limit: limit, Amount: 1, Shared: b.Key == ratelimit.KeyUserGroup})
		}
	}
	ratelimit.ReserveTokens(asks, 100)
	return asks
}

func BenchmarkSixLimits(b *testing.B) {
	l := ratelimit.New(nil)
	callers := make([][]ratelimit.Ask, 64)
	for i := range callers {
		callers[i] = sixLimits(1, uint64(i+1), uint64(i%8+1))
	}
	var lease ratelimit.Lease
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if v := l.Admit(context.Background(), callers[i%len(callers)], &lease); !v.OK {
			b.Fatal(v)
		}
		lease.Settle(70)
	}
}

// BenchmarkSixLimitsParallel lets all goroutines meet in one service, or gives
// each its own.
func BenchmarkSixLimitsParallel(b *testing.B) {
	for _, c := range []struct {
		name string
		own  uint64
	}{{"OneService", 0}, {"OwnService", 1}} {
		b.Run(c.name, func(b *testing.B) {
			l := ratelimit.New(nil)
			var goroutines atomic.Uint64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				me := goroutines.Add(1)
				callers := make([][]ratelimit.Ask, 64)
				for i := range callers {
					callers[i] = sixLimits(1+me*c.own, me<<32|uint64(i), uint64(i%8+1))
				}
				var lease ratelimit.Lease
				for i := 0; pb.Next(); i++ {
					if v := l.Admit(context.Background(), callers[i%len(callers)], &lease); !v.OK {
						b.Error(v)
						return
					}
					lease.Settle(70)
				}
			})
		})
	}
}

func BenchmarkRefused(b *testing.B) {
	l := ratelimit.New(nil)
	asks := sixLimits(1, 2, 3)
	asks[0].Limit = 1
	l.Admit(context.Background(), asks, nil)
	b.ReportAllocs()
	for b.Loop() {
		if v := l.Admit(context.Background(), asks, nil); v.OK {
			b.Fatal(v)
		}
	}
}

// BenchmarkBucketMemory fills many buckets, with calls in one slot of the
// window or in more, and reports the bytes of one.
func BenchmarkBucketMemory(b *testing.B) {
	for _, c := range []struct {
		name           string
		buckets, calls int
	}{{"OneSlot", 1_000_000, 1}, {"TenSlots", 1_000_000, 10}, {"EverySlot", 50_000, 65}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(bytesPerBucket(c.buckets, c.calls), "B/bucket")
			}
		})
	}
}

func bytesPerBucket(buckets, calls int) float64 {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	asks := sixLimits(1, 1, 1)[2:4]
	var lease ratelimit.Lease
	for range calls {
		for i := range uint64(buckets) / 2 {
			asks[0].Bucket.Principal, asks[1].Bucket.Principal = i, i
			l.Admit(context.Background(), asks, &lease)
			lease.Settle(70)
		}
		clock.Advance(minuteSlot)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := float64(after.HeapAlloc - before.HeapAlloc)
	return bytes / float64(l.Len())
}
