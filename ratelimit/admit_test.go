package ratelimit_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// TestChargeAfter is example 8 of spec §18.
func TestChargeAfter(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, ChargeAfter: true})
	asks := []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Tokens},
		Limit:  10_000,
		Amount: 10_000,
	}}
	var lease ratelimit.Lease
	for _, used := range []int64{9_999, 5_000} {
		if v := l.Admit(context.Background(), asks, &lease); !v.OK {
			t.Fatalf("before %d tokens: %+v", used, v)
		}
		lease.Settle(used)
	}
	if v := l.Admit(context.Background(), asks, &lease); v.OK || v.Disabled || v.RetryAfter <= 0 || v.Blocked != asks[0] {
		t.Errorf("with 14,999 of 10,000 used: %+v", v)
	}
}

// TestChargeAfterWait: what was used beyond the limit must leave, and one more.
func TestChargeAfterWait(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, ChargeAfter: true})
	asks := []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Tokens},
		Limit:  10,
	}}
	var lease ratelimit.Lease
	for _, used := range []int64{5, 10} {
		l.Admit(context.Background(), asks, &lease)
		lease.Settle(used)
		clock.Advance(minuteSlot)
	}
	if v := l.Admit(context.Background(), asks, nil); v.OK || v.RetryAfter != 60*minuteSlot {
		t.Errorf("%+v, but the 10 of the slot before must leave", v)
	}
}

// TestSetBackTwice: a jump that was undone leaves nothing for the next one.
func TestSetBackTwice(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
	asks := sixLimits(1, 2, 3)[:1]
	asks[0].Limit = 1
	l.Admit(context.Background(), asks, nil)
	for _, jump := range []time.Duration{-time.Hour, time.Hour, -time.Hour / 2, time.Hour / 2, -2 * time.Hour} {
		clock.Advance(jump)
		if v := l.Admit(context.Background(), asks, nil); v.OK || v.RetryAfter > 65*minuteSlot {
			t.Errorf("after a jump of %v: %+v", jump, v)
		}
	}
}

// TestPeak: after a peak the limiter is small again, and counts on.
func TestPeak(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
	for caller := range uint64(40_000) {
		l.Admit(context.Background(), sixLimits(1, caller+1, 1)[2:3], nil)
	}
	clock.Advance(time.Minute)
	kept := sixLimits(1, 7, 1)[2:3]
	l.Admit(context.Background(), kept, nil)
	clock.Advance(time.Minute / 2)
	l.Sweep()
	used, _ := l.Usage(kept[0].Bucket, 0)
	if n := l.Len(); n != 1 || used != 1 {
		t.Errorf("%d buckets, %d used of the one that is not idle", n, used)
	}
}

func TestDisabled(t *testing.T) {
	l := ratelimit.New(nil)
	over := sixLimits(1, 2, 3)
	for i := range over {
		over[i].Limit = 1
	}
	l.Admit(context.Background(), over, nil)
	zero := slices.Clone(over)
	zero[2].Limit = 0
	if v := l.Admit(context.Background(), zero, nil); v.OK || !v.Disabled || v.Blocked != zero[2] || v.RetryAfter != 0 {
		t.Errorf("a limit of 0 among full ones: %+v", v)
	}
	if v := l.Admit(context.Background(), over, nil); v.OK || v.Disabled || v.Blocked != over[0] || v.RetryAfter <= 0 {
		t.Errorf("full ones: %+v", v)
	}
}

// TestMalformedAsks: asks that no rule can make are refused, and none panics.
func TestMalformedAsks(t *testing.T) {
	l := ratelimit.New(nil)
	var lease ratelimit.Lease
	for _, b := range []ratelimit.Bucket{
		{},
		{Period: ratelimit.Minute},
		{Dimension: ratelimit.Tokens},
		{Period: 3, Dimension: ratelimit.Tokens},
		{Period: 255, Dimension: 255, Key: 255},
	} {
		for _, shared := range []bool{false, true} {
			asks := []ratelimit.Ask{{Bucket: b, Limit: 5, Amount: 1, Shared: shared}}
			if v := l.Admit(context.Background(), asks, &lease); v.OK || !v.Disabled {
				t.Errorf("%+v: %+v", asks[0], v)
			}
		}
		if used, remaining := l.Usage(b, 5); used != 0 || remaining != 0 {
			t.Errorf("usage of %+v: %d, %d", b, used, remaining)
		}
	}
	lease.Settle(1)
	var none *ratelimit.Lease
	none.Settle(1)
	none.Release()
	if n := l.Len(); n != 0 {
		t.Errorf("%d buckets", n)
	}
}

// TestSameBucketTwice: a call takes once from a bucket, the most that it asks,
// and shadows do not make that more.
func TestSameBucketTwice(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
	b := ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Tokens}
	asks := []ratelimit.Ask{
		{Bucket: b, Limit: 10, Amount: 4},
		{Bucket: b, Limit: 6, Amount: 6, Shadow: true},
		{Bucket: b, Limit: 20, Amount: 5},
	}
	v := l.Admit(context.Background(), asks, nil)
	if used, _ := l.Usage(b, 10); !v.OK || v.Shadow != nil || used != 5 || l.Len() != 1 {
		t.Fatalf("%+v, %d used in %d buckets, want 5 in 1", v, used, l.Len())
	}
	if v = l.Admit(context.Background(), asks, nil); !v.OK || v.Shadow == nil || v.Shadow.Blocked != asks[1] {
		t.Fatalf("%+v, want it admitted and the shadow over", v)
	}
	if v = l.Admit(context.Background(), asks, nil); v.OK || v.Blocked != asks[0] {
		t.Fatalf("%+v, want it refused for the first", v)
	}
	clock.Advance(v.RetryAfter)
	if v := l.Admit(context.Background(), asks, nil); !v.OK {
		t.Errorf("after RetryAfter: %+v", v)
	}
}

// TestLongLease: a lease takes more asks than one service can make, and an
// open one takes more calls.
func TestLongLease(t *testing.T) {
	l := ratelimit.New(nil)
	var asks []ratelimit.Ask
	for i := range uint64(10) {
		asks = append(asks, sixLimits(i, i, i)...)
	}
	var lease ratelimit.Lease
	for range 3 {
		if v := l.Admit(context.Background(), asks, &lease); !v.OK {
			t.Fatal(v)
		}
	}
	for _, a := range asks {
		if used, _ := l.Usage(a.Bucket, a.Limit); used != 3*a.Amount {
			t.Fatalf("%d used of %+v", used, a)
		}
	}
	lease.Release()
	if lease.Open() {
		t.Error("open after release")
	}
	for _, a := range asks {
		if used, _ := l.Usage(a.Bucket, a.Limit); used != 0 {
			t.Fatalf("%d left of %+v", used, a)
		}
	}
	if v := l.Admit(context.Background(), asks[:6], &lease); !v.OK || !lease.Open() {
		t.Fatalf("a closed lease is not taken again: %+v", v)
	}
}

// TestLongCall: a reservation that has left the window is not given back, and
// what was used beyond it is charged when the call ends.
func TestLongCall(t *testing.T) {
	clock := newFakeClock()
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
	asks := sixLimits(1, 2, 3)
	var short, long ratelimit.Lease
	l.Admit(context.Background(), asks, &short)
	l.Admit(context.Background(), asks, &long)
	clock.Advance(10 * time.Minute)
	short.Settle(1)
	long.Settle(130)
	for _, a := range asks {
		want := int64(0)
		if a.Bucket.Dimension == ratelimit.Tokens {
			want = 30
		}
		if used, _ := l.Usage(a.Bucket, a.Limit); used != want {
			t.Errorf("%d used of %+v, want %d", used, a.Bucket, want)
		}
	}
}

// TestUsageSurvivesLimits is ruling R26: the number is not the bucket's name.
func TestUsageSurvivesLimits(t *testing.T) {
	l := ratelimit.New(nil)
	for requests := int64(1); requests <= 5; requests++ {
		rules, err := ratelimit.NewRules(1, []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Requests: &requests}})
		if err != nil {
			t.Fatal(err)
		}
		asks := rules.Match(ratelimit.Caller{Principal: 1}, nil)
		if v := l.Admit(context.Background(), asks, nil); !v.OK {
			t.Fatalf("call %d: %+v", requests, v)
		}
		if v := l.Admit(context.Background(), asks, nil); v.OK {
			t.Fatalf("two calls passed when the limit rose to %d", requests)
		}
	}
}

func TestEstimate(t *testing.T) {
	const most = math.MaxInt64
	for _, c := range []struct{ text, maximum, n, usual, want int64 }{
		{0, 0, 0, 0, 1024},
		{1, 1, 1, 0, 2},
		{4, 1, 1, 9, 2},
		{5, 100, 3, 9, 302},
		{8, 0, 2, 50, 102},
		{8, -1, -1, -1, 1026},
		{-5, 7, 1, 0, 7},
		{most, 1, 1, 0, most/4 + 2},
		{most, most, 1, 0, most},
		{0, most, 1, 0, most},
		{0, most/2 + 1, 2, 0, most},
		{0, 1 << 31, 1 << 31, 0, 1 << 62},
		{0, 1 << 32, 1 << 32, 0, most},
		{math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64, 1024},
	} {
		if got := ratelimit.Estimate(c.text, c.maximum, c.n, c.usual); got != c.want {
			t.Errorf("Estimate(%d, %d, %d, %d) = %d, want %d", c.text, c.maximum, c.n, c.usual, got, c.want)
		}
	}
}

// TestAllocs holds the request path to no allocation at all.
func TestAllocs(t *testing.T) {
	rules, err := ratelimit.NewRules(1, []ratelimit.Rule{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: number(1 << 40), Tokens: number(1 << 40)},
		{Key: ratelimit.KeyUserGroup, Principal: 5, Period: ratelimit.Hour, Requests: number(1 << 40), Tokens: number(1 << 40)},
		{Key: ratelimit.KeyUserGroup, Principal: 6, Period: ratelimit.Hour, Requests: number(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := ratelimit.New(nil)
	groups := []uint64{5, 6}
	n := testing.AllocsPerRun(100, func() {
		var buf [ratelimit.MaxAsks]ratelimit.Ask
		asks := rules.Match(ratelimit.Caller{
			Principal: 1,
			InGroup:   func(g uint64) bool { return slices.Contains(groups, g) },
		}, buf[:0])
		ratelimit.ReserveTokens(asks, 500)
		var lease ratelimit.Lease
		if v := l.Admit(context.Background(), asks, &lease); !v.OK {
			t.Error(v)
		}
		lease.Settle(400)
	})
	if n > poolAllocs {
		t.Errorf("%v allocations", n)
	}
}
