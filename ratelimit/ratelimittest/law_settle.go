package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkRepaid has one call use more than it reserved, perhaps long after its
// reservation left the window.
func checkRepaid(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.Int64Range(1, 1000).Draw(t, "limit")
	reserved := rapid.Int64Range(1, limit).Draw(t, "reserved")
	excess := rapid.OneOf(rapid.Int64Range(1, 5000), rapid.Int64Min(1)).Draw(t, "excess")
	used := reserved + min(excess, 1<<62)
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})

	var lease ratelimit.Lease
	if v := l.Admit(context.Background(), askOf(key, 1, period, limit, reserved), &lease); !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}
	clock.Advance(drawStep(t))
	lease.Settle(used)

	// For a whole period from here the excess stands before new admissions.
	rest := limit - (used - reserved)
	pause := time.Duration(rapid.Int64Range(0, int64(period.Duration())).Draw(t, "pause"))
	clock.Advance(pause)
	var passed int64
	for ; l.Admit(context.Background(), askOf(key, 1, period, limit, 1), nil).OK; passed++ {
		if passed > max(rest, 0) {
			t.Fatalf("%d passed while %d of %d were owed", passed, used-reserved, limit)
		}
	}
	// And after it, and a slot, it does not.
	clock.Advance(longest(period) + period.Duration()/slotsPerPeriod - pause)
	if v := l.Admit(context.Background(), askOf(key, 1, period, limit, limit-passed), nil); !v.OK {
		t.Fatalf("%+v more than a period later", v)
	}
	// Nor does it make room for more than the limit.
	if v := l.Admit(context.Background(), askOf(key, 1, period, limit, passed+1), nil); v.OK {
		t.Fatalf("%d and %d passed in a moment, the limit is %d", limit-passed, passed+1, limit)
	}
}

// checkSetBack fills a bucket, sets the clock back or forward, and lets honest
// time pass from there.
func checkSetBack(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	const start = 100 * 24 * time.Hour
	var clock Clock
	clock.Set(rapid.SampledFrom([]time.Duration{0, start}).Draw(t, "start"))
	l := open(&ratelimit.Options{Now: clock.Now})
	ask := askOf(key, 1, period, 10, 10)
	clock.Advance(drawStep(t))
	if v := l.Admit(context.Background(), ask, nil); !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}

	const far = 200 * 365 * 24 * time.Hour
	jump := rapid.SampledFrom([]time.Duration{-far, -30 * 24 * time.Hour, -time.Hour, -70 * time.Second,
		time.Hour, 30 * 24 * time.Hour, far}).Draw(t, "jump")
	clock.Advance(jump)
	if v := l.Admit(context.Background(), ask, nil); v.OK != (jump >= longest(period)) {
		t.Fatalf("after a jump of %v: %+v", jump, v)
	}
	// Jumping to and fro mints nothing.
	for range rapid.IntRange(0, 20).Draw(t, "swings") {
		clock.Advance(-jump)
		if v := l.Admit(context.Background(), ask, nil); v.OK {
			t.Fatalf("admitted by swinging back over %v", jump)
		}
		clock.Advance(jump)
		if v := l.Admit(context.Background(), ask, nil); v.OK {
			t.Fatalf("admitted by swinging over %v", jump)
		}
	}
	v := l.Admit(context.Background(), ask, nil)
	if v.OK || v.RetryAfter <= 0 || v.RetryAfter > longest(period) {
		t.Fatalf("%+v locks out for more than one period", v)
	}
	// Calls meanwhile find nothing early.
	for ; v.RetryAfter > time.Minute/2; v.RetryAfter -= time.Minute / 2 {
		clock.Advance(time.Minute / 2)
		if early := l.Admit(context.Background(), ask, nil); early.OK {
			t.Fatalf("admitted %v early", v.RetryAfter-time.Minute/2)
		}
	}
	clock.Advance(v.RetryAfter)
	if v := l.Admit(context.Background(), ask, nil); !v.OK {
		t.Fatalf("after RetryAfter, a jump of %v earlier: %+v", jump, v)
	}
}

func checkForgotten(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	full := oneAsk(1, ratelimit.Hour, 5, 5)
	if v := l.Admit(context.Background(), full, nil); !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}
	var running ratelimit.Lease
	l.Admit(context.Background(), oneAsk(2, ratelimit.Minute, 100, 1), &running)
	for caller := range uint64(rapid.IntRange(1, 3000).Draw(t, "callers")) {
		l.Admit(context.Background(), oneAsk(3+caller, ratelimit.Minute, 100, 1), nil)
	}
	clock.Advance(2 * time.Minute)
	l.Sweep()
	if n := l.Len(); n != 2 {
		t.Fatalf("%d buckets are left, one is full and one has an open lease", n)
	}
	if l.Admit(context.Background(), full, nil).OK {
		t.Fatalf("a full bucket was forgiven")
	}
	running.Settle(70)
	if used, _ := l.Usage(oneAsk(2, ratelimit.Minute, 0, 0)[0].Bucket, 0); used != 69 {
		t.Fatalf("%d charged, not the 69 beyond a reservation that has left the window", used)
	}
	clock.Advance(2 * time.Hour)
	l.Sweep()
	if n := l.Len(); n != 0 {
		t.Fatalf("%d buckets are left, all are idle", n)
	}
}

// checkReopened has one bucket of an owner forgotten while another is not, and
// uses it again.
func checkReopened(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	key, limit := drawKey(t), rapid.Int64Range(1, 200).Draw(t, "limit")
	minute, hour := askOf(key, 1, ratelimit.Minute, limit, 1), askOf(key, 1, ratelimit.Hour, limit, limit)
	l.Admit(context.Background(), append(minute, hour...), nil)
	for range rapid.IntRange(1, 5).Draw(t, "times") {
		clock.Advance(2 * time.Minute)
		l.Sweep()
		if n := l.Len(); n != 1 {
			t.Fatalf("%d buckets, one is in use", n)
		}
		for passed := int64(0); l.Admit(context.Background(), minute, nil).OK; passed++ {
			if n := l.Len(); n != 2 || passed == limit {
				t.Fatalf("%d buckets, two are in use; %d passed of %d", n, passed+1, limit)
			}
		}
	}
	if l.Admit(context.Background(), hour, nil).OK {
		t.Fatalf("a full bucket was forgiven for its idle neighbour")
	}
}

func checkFull(t *rapid.T, open Open) {
	var clock Clock
	most := rapid.IntRange(2, 40).Draw(t, "most")
	l := open(&ratelimit.Options{Now: clock.Now, MaxBuckets: most})
	hot := oneAsk(1, ratelimit.Minute, 5, 5)
	if v := l.Admit(context.Background(), hot, nil); !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}
	admitted := 1
	for caller := range uint64(500) {
		v := l.Admit(context.Background(), oneAsk(2+caller, ratelimit.Minute, 5, 1), nil)
		if v.OK {
			admitted++
		} else if !v.Full || v.RetryAfter <= 0 {
			t.Fatalf("refused with %+v", v)
		}
		if l.Len() > most || l.Admit(context.Background(), hot, nil).OK {
			t.Fatalf("%d buckets of %d, or the full one was forgiven", l.Len(), most)
		}
	}
	if admitted != most {
		t.Fatalf("%d of %d keys were admitted", admitted, most)
	}
	clock.Advance(2 * time.Minute)
	if v := l.Admit(context.Background(), oneAsk(9999, ratelimit.Minute, 5, 1), nil); !v.OK {
		t.Fatalf("%+v when all other buckets are idle", v)
	}
}
