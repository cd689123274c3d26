package ratelimittest

import (
	"context"
	"math"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkHostile puts the numbers at which arithmetic breaks into every place,
// and has the clock jump.
func checkHostile(t *rapid.T, open Open) {
	numbers := rapid.SampledFrom([]int64{0, 1, math.MaxInt32, math.MaxInt32 + 1, 1 << 53, math.MaxInt64 - 1, math.MaxInt64,
		-1, math.MinInt64})
	jumps := rapid.SampledFrom([]time.Duration{0, 1, time.Second, time.Minute, -time.Hour, 30 * 24 * time.Hour, -30 * 24 * time.Hour})
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now, ChargeAfter: rapid.Bool().Draw(t, "charge after")})
	seen := make(map[ratelimit.Bucket]bool)
	var leases []*ratelimit.Lease
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		late := time.Duration(rapid.Int64Range(0, int64(time.Minute-1)).Draw(t, "late"))
		clock.Advance(-late)
		asks := drawMixed(t)
		for i := range asks {
			asks[i].Limit, asks[i].Amount = numbers.Draw(t, "limit"), numbers.Draw(t, "amount")
			seen[asks[i].Bucket] = true
		}
		lease := new(ratelimit.Lease)
		v := l.Admit(context.Background(), asks, lease)
		if v.OK {
			leases = append(leases, lease)
		} else if v.RetryAfter < 0 || v.RetryAfter > longest(v.Blocked.Bucket.Period)+late {
			t.Fatalf("%v late: %+v", late, v)
		}
		clock.Advance(late + jumps.Draw(t, "jump"))
		if n := len(leases); n > 0 && rapid.Bool().Draw(t, "close") {
			leases[n-1].Settle(numbers.Draw(t, "used"))
			leases = leases[:n-1]
		}
		for b := range seen {
			limit := numbers.Draw(t, "limit")
			used, remaining := l.Usage(b, limit)
			if used < 0 || remaining < 0 || remaining > max(limit, 0) {
				t.Fatalf("%d used and %d left of %d in %+v", used, remaining, limit, b)
			}
		}
	}
	for _, lease := range leases {
		lease.Settle(numbers.Draw(t, "used"))
	}
	// The clock behaves from here on: a period and a slot later all is well.
	for _, p := range periods {
		for waited := time.Duration(0); waited < longest(p); waited += p.Duration() / slotsPerPeriod {
			clock.Advance(p.Duration() / slotsPerPeriod)
			l.Usage(ratelimit.Bucket{Period: p, Dimension: ratelimit.Tokens}, 0)
		}
		for b := range seen {
			if b.Period != p && b.Dimension != ratelimit.Concurrent {
				continue
			}
			if used, remaining := l.Usage(b, math.MaxInt64); used != 0 || remaining != math.MaxInt64 {
				t.Fatalf("%d used and %d left of %+v, idle for a period and a slot", used, remaining, b)
			}
			ask := ratelimit.Ask{Bucket: b, Limit: math.MaxInt64, Amount: math.MaxInt64}
			var lease ratelimit.Lease
			if v := l.Admit(context.Background(), []ratelimit.Ask{ask}, &lease); !v.OK {
				t.Fatalf("locked out for more than a period and a slot: %+v", v)
			}
			lease.Release()
		}
	}
}

// longest returns the longest RetryAfter: what leaves a window of p last does
// so a period and a slot after the slot began in which it was taken.
func longest(p ratelimit.Period) time.Duration {
	if p.Duration() == 0 {
		return longest(ratelimit.Minute) // of calls under way, no promise
	}
	return p.Duration() + p.Duration()/slotsPerPeriod
}
