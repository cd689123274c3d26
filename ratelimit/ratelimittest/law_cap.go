package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// oneAsk asks for tokens of one user.
func oneAsk(user uint64, p ratelimit.Period, limit, amount int64) []ratelimit.Ask {
	return askOf(ratelimit.KeyUserDefault, user, p, limit, amount)
}

// askOf asks for tokens of one bucket.
func askOf(k ratelimit.Key, principal uint64, p ratelimit.Period, limit, amount int64) []ratelimit.Ask {
	return []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 1, Principal: principal, Key: k, Period: p, Dimension: ratelimit.Tokens},
		Limit:  limit,
		Amount: amount,
	}}
}

// drawKey draws whose bucket a law is about. They may be kept differently.
func drawKey(t *rapid.T) ratelimit.Key {
	return rapid.SampledFrom([]ratelimit.Key{ratelimit.KeyUserDefault, ratelimit.KeyService, ratelimit.KeyUserGroup, ratelimit.KeyRequestTag}).Draw(t, "key")
}

// checkHardCap knows nothing of slots: it writes down what passed and when,
// and looks at every interval of one period, both ends included.
func checkHardCap(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.OneOf(rapid.Int64Range(1, 40), rapid.Int64Range(41, 400)).Draw(t, "limit")
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	type passed struct {
		at     time.Duration
		amount int64
	}
	var log []passed
	var now time.Duration
	for range rapid.IntRange(1, 150).Draw(t, "calls") {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			now += drawStep(t)
		case 1:
			now += time.Duration(rapid.Int64Range(0, int64(period.Duration()/16)).Draw(t, "pause"))
		}
		clock.Set(now)
		l.Usage(ratelimit.Bucket{Period: period, Dimension: ratelimit.Tokens}, 0)
		// The call itself may read the clock late.
		clock.Set(now - time.Duration(rapid.Int64Range(0, int64(time.Minute-1)).Draw(t, "late")))
		amount := rapid.Int64Range(1, limit).Draw(t, "amount")
		var lease ratelimit.Lease
		if l.Admit(context.Background(), askOf(key, 1, period, limit, amount), &lease).OK {
			used := rapid.Int64Range(0, amount).Draw(t, "used")
			lease.Settle(used)
			log = append(log, passed{now, used})
		}
	}
	for i, first := range log {
		var sum int64
		for _, p := range log[i:] {
			if p.at-first.at <= period.Duration() {
				sum += p.amount
			}
		}
		if sum > limit {
			t.Fatalf("%d passed within %v of %v, the limit is %d", sum, period.Duration(), first.at, limit)
		}
	}
}

func checkFlow(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.Int64Range(1, 200).Draw(t, "limit")
	var clock Clock
	clock.Set(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "start")))
	l := open(&ratelimit.Options{Now: clock.Now})
	clock.Advance(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "first call")))
	const periods = 20
	var passed int64
	for elapsed := time.Duration(0); elapsed < periods*period.Duration(); {
		v := l.Admit(context.Background(), askOf(key, 1, period, limit, 1), nil)
		if v.OK {
			passed++
			continue
		}
		if v.RetryAfter <= 0 {
			t.Fatalf("refused with %+v", v)
		}
		// A caller who asks all the time meets the moment RetryAfter names.
		clock.Advance(v.RetryAfter)
		elapsed += v.RetryAfter
	}
	if passed*100 < limit*periods*98 {
		t.Fatalf("%d passed in %d periods of %d", passed, periods, limit)
	}
}

func checkRetryAfter(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now, ChargeAfter: rapid.Bool().Draw(t, "charge after")})
	for range rapid.IntRange(1, 30).Draw(t, "calls") {
		clock.Advance(drawStep(t))
		asks := drawAsks(t)
		var lease ratelimit.Lease
		v := l.Admit(context.Background(), asks, &lease)
		if v.OK || v.Disabled {
			lease.Settle(drawAmount(t))
			continue
		}
		if v.RetryAfter <= 0 || v.RetryAfter > longest(v.Blocked.Bucket.Period) {
			t.Fatalf("RetryAfter is %v for %+v", v.RetryAfter, v.Blocked)
		}
		clock.Advance(v.RetryAfter - 1)
		if early := l.Admit(context.Background(), asks, nil); early.OK || early.RetryAfter != 1 {
			t.Fatalf("a nanosecond before %v: %+v", v.RetryAfter, early)
		}
		clock.Advance(1)
		if after := l.Admit(context.Background(), asks, nil); !after.OK {
			t.Fatalf("after %v: %+v", v.RetryAfter, after)
		}
	}
}

func checkRefused(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	for range rapid.IntRange(1, 10).Draw(t, "before") {
		l.Admit(context.Background(), drawAsks(t), nil)
		clock.Advance(drawStep(t))
	}
	asks := drawAsks(t)
	buckets := l.Len()
	var before []int64
	for _, a := range asks {
		used, _ := l.Usage(a.Bucket, a.Limit)
		before = append(before, used)
	}
	var lease ratelimit.Lease
	for range 10 {
		if l.Admit(context.Background(), asks, &lease).OK {
			return
		}
	}
	for i, a := range asks {
		if used, _ := l.Usage(a.Bucket, a.Limit); used != before[i] {
			t.Fatalf("refused calls made %d of %d in %+v", used, before[i], a.Bucket)
		}
	}
	if l.Len() > buckets || lease.Open() {
		t.Fatalf("refused calls left buckets or a lease behind")
	}
}

func checkIdleFits(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	asks := drawAsks(t)
	for i := range asks {
		asks[i].Limit = rapid.OneOf(rapid.Int64Range(1, 2000), rapid.Int64Min(1)).Draw(t, "limit")
		asks[i].Amount = rapid.Int64().Draw(t, "amount")
	}
	var lease ratelimit.Lease
	if v := l.Admit(context.Background(), asks, &lease); !v.OK {
		t.Fatalf("%+v on idle buckets", v)
	}
	lease.Release()
	for _, a := range asks {
		if used, remaining := l.Usage(a.Bucket, a.Limit); used != 0 || remaining != a.Limit {
			t.Fatalf("%d used and %d left of %+v after release", used, remaining, a)
		}
	}
}
