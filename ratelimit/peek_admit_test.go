package ratelimit_test

import (
	"context"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// What Peek says is what Admit says, word for word; and whoever is refused is
// refused until RetryAfter has passed, to the nanosecond, and not then.
func TestPeekIsAdmit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	rapid.Check(t, func(t *rapid.T) {
		clock := newFakeClock()
		opts := &ratelimit.Options{Now: clock.Now, ChargeAfter: rapid.IntRange(0, 2).Draw(t, "charge after") == 0}
		l := ratelimit.New(opts)
		if rapid.Bool().Draw(t, "lanes") {
			l = openLanes(opts)
		}
		peek := func(asks []ratelimit.Ask) ratelimit.Verdict {
			v, _ := l.Peek(context.Background(), asks, nil)
			return v
		}
		for range rapid.IntRange(1, 40).Draw(t, "calls") {
			clock.Advance(time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "for")))
			asks := rapid.SliceOfN(rapid.Custom(drawAsk), 0, 7).Draw(t, "asks")
			var lease ratelimit.Lease
			told, v := peek(asks), l.Admit(context.Background(), asks, &lease)
			if !sameVerdict(told, v) {
				t.Fatalf("peek says %+v, shadow %+v; admit %+v, shadow %+v", told, told.Shadow, v, v.Shadow)
			}
			if !v.OK && !v.Disabled {
				clock.Advance(v.RetryAfter - 1)
				if peek(asks).OK {
					t.Fatalf("admitted before RetryAfter has passed: %+v", v)
				}
				clock.Advance(1)
				if again := peek(asks); !again.OK {
					t.Fatalf("%+v, and when that has passed %+v", v, again)
				}
			}
			switch rapid.IntRange(0, 3).Draw(t, "end") {
			case 0:
				lease.Settle(rapid.Int64Range(0, 100).Draw(t, "used"))
			case 1:
				lease.Release()
			case 2:
				lease.Settle(math.MaxInt64 - rapid.Int64Range(0, 2).Draw(t, "nearly all"))
			}
		}
	})
}

// drawAsk draws an ask of any kind but for calls under way, where nobody can
// tell when one ends.
func drawAsk(t *rapid.T) ratelimit.Ask {
	a := ratelimit.Ask{
		Limit:  rapid.SampledFrom([]int64{1, 5, 70, 200, 1 << 62, math.MaxInt64}).Draw(t, "limit"),
		Amount: rapid.Int64Range(0, 39).Draw(t, "amount"),
		Shadow: rapid.IntRange(0, 4).Draw(t, "shadow") == 0,
		After:  rapid.IntRange(0, 4).Draw(t, "after") == 0,
	}
	if rapid.IntRange(0, 59).Draw(t, "nothing passes") == 59 {
		a.Limit = 0
	}
	principal, d := rapid.Uint64Range(1, 3).Draw(t, "principal"), rapid.SampledFrom([]ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens}).Draw(t, "dimension")
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		a.Bucket = bucketOf(ratelimit.KeyService, 0, d)
	case 1:
		a.Bucket, a.Shared = bucketOf(ratelimit.KeyUserGroup, principal, d), true
	case 2:
		a.Bucket = bucketOf(ratelimit.KeyUser, principal, d)
	case 3:
		a.Bucket = bucketOf(ratelimit.KeyService, 0, d)
		a.Bucket.Period = ratelimit.Hour
	}
	return a
}

// sameVerdict compares what two verdicts and their shadows say.
func sameVerdict(a, b ratelimit.Verdict) bool {
	if (a.Shadow == nil) != (b.Shadow == nil) || a.Shadow != nil && *a.Shadow != *b.Shadow {
		return false
	}
	a.Shadow, b.Shadow = nil, nil
	return a == b
}
