package ratelimittest

import (
	"context"
	"math/big"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// take asks s, which may not fail.
func take(t rapid.TB, s ratelimit.Store, asks []ratelimit.Ask) (ratelimit.Verdict, []ratelimit.Taken) {
	taken := make([]ratelimit.Taken, len(asks))
	v, err := s.Take(context.Background(), asks, taken)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	if !v.OK {
		return v, nil
	}
	for i, x := range taken {
		if x.Bucket != asks[i].Bucket || x.Amount < 0 {
			t.Fatalf("%+v was taken for %+v", x, asks[i])
		}
	}
	return v, taken
}

// settle tells s what was used of each, which may not fail.
func settle(t rapid.TB, s ratelimit.Store, used int64, taken ...ratelimit.Taken) {
	settled := make([]ratelimit.Settled, len(taken))
	for i, x := range taken {
		settled[i] = ratelimit.Settled{Taken: x, Used: used}
	}
	if err := s.Settle(context.Background(), settled); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

func usedOf(t rapid.TB, s ratelimit.Store, b ratelimit.Bucket) int64 {
	var used [1]int64
	if err := s.Used(context.Background(), []ratelimit.Bucket{b}, used[:]); err != nil {
		t.Fatalf("used: %v", err)
	}
	return used[0]
}

// grain is the coarsest grain that a store's windows may have.
func grain(p ratelimit.Period) time.Duration { return p.Duration() / 60 }

// checkMoment lets no time pass, so that no two ways of dividing it differ.
func checkMoment(t *rapid.T, open OpenStore) {
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	clock.Set(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "start")))
	const now = time.Duration(0)
	var model Model
	var all []ratelimit.Taken
	var held []*entry
	seen := make(map[ratelimit.Bucket]bool)
	for range rapid.IntRange(1, 30).Draw(t, "calls") {
		if len(all) > 0 && rapid.IntRange(0, 2).Draw(t, "settle") == 0 {
			i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
			used := max(drawAmount(t), 0)
			settle(t, s, used, all[i])
			model.settle(held[i], used, now)
			all, held = append(all[:i:i], all[i+1:]...), append(held[:i:i], held[i+1:]...)
		} else {
			asks := timed(drawMixed(t))
			fits, shadowFits := model.Fits(asks, now), model.ShadowFits(asks, now)
			never := model.never(asks, false)
			v, taken := take(t, s, asks)
			if v.OK != fits || v.Disabled != (!fits && never) || (v.Shadow == nil) != shadowFits {
				t.Fatalf("store says %+v, model says %v and never is %v, to %+v", v, fits, never, asks)
			}
			if h, ok := model.Admit(asks, now); ok {
				for _, e := range h.entries {
					held = append(held, e)
					all = append(all, ratelimit.Taken{Bucket: e.bucket, Slot: slotOf(taken, e.bucket), Amount: e.amount})
				}
			}
			for _, a := range asks {
				seen[a.Bucket] = true
			}
		}
		for b := range seen {
			want := model.Used(b, now)
			if used := usedOf(t, s, b); want.Cmp(big.NewInt(used)) != 0 {
				t.Fatalf("%+v holds %d, model says %v", b, used, want)
			}
		}
	}
}

// slotOf returns when b was taken.
func slotOf(taken []ratelimit.Taken, b ratelimit.Bucket) int64 {
	for _, x := range taken {
		if x.Bucket == b {
			return x.Slot
		}
	}
	return 0
}

// passed is what a store gave, and when.
type passed struct {
	at     time.Duration
	amount int64
}

// mostIn returns the most that passed in any interval of length d, both ends
// included, and where it begins. The log is in order.
func mostIn(log []passed, d time.Duration) (most int64, at time.Duration) {
	for i, first := range log {
		var sum int64
		for _, p := range log[i:] {
			if p.at-first.at <= d {
				sum += p.amount
			}
		}
		if sum > most {
			most, at = sum, first.at
		}
	}
	return most, at
}

func checkStoreCap(t *rapid.T, open OpenStore) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.Int64Range(1, 40).Draw(t, "limit")
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	var log []passed
	for range rapid.IntRange(1, 60).Draw(t, "calls") {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			clock.Advance(drawStep(t))
		case 1:
			clock.Advance(time.Duration(rapid.Int64Range(0, int64(period.Duration()/16)).Draw(t, "pause")))
		}
		amount := rapid.Int64Range(1, limit).Draw(t, "amount")
		if v, taken := take(t, s, askOf(key, 1, period, limit, amount)); v.OK {
			used := rapid.Int64Range(0, amount).Draw(t, "used")
			settle(t, s, used, taken...)
			log = append(log, passed{clock.since, used})
		}
	}
	if most, at := mostIn(log, period.Duration()); most > limit {
		t.Fatalf("%d passed within %v of %v, the limit is %d", most, period.Duration(), at, limit)
	}
}

func checkStoreFlow(t *rapid.T, open OpenStore) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.Int64Range(1, 20).Draw(t, "limit")
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	clock.Advance(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "first call")))
	const periods = 5
	var sum int64
	for elapsed := time.Duration(0); elapsed < periods*period.Duration(); {
		v, _ := take(t, s, askOf(key, 1, period, limit, 1))
		if v.OK {
			sum++
			continue
		}
		if v.RetryAfter <= 0 {
			t.Fatalf("refused with %+v", v)
		}
		clock.Advance(v.RetryAfter)
		elapsed += v.RetryAfter
	}
	if sum*100 < limit*periods*98 {
		t.Fatalf("%d passed in %d periods of %d", sum, periods, limit)
	}
}

func checkStoreRetryAfter(t *rapid.T, open OpenStore) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.Int64Range(1, 20).Draw(t, "limit")
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	var log []passed
	for range rapid.IntRange(1, 30).Draw(t, "calls") {
		clock.Advance(time.Duration(rapid.Int64Range(0, int64(period.Duration()/4)).Draw(t, "pause")))
		amount := rapid.Int64Range(1, limit).Draw(t, "amount")
		ask := askOf(key, 1, period, limit, amount)
		v, _ := take(t, s, ask)
		if !v.OK {
			// Without slots, it would fit when enough is older than a period.
			room := limit - amount
			need := time.Duration(0)
			for i := len(log) - 1; i >= 0; i-- {
				if room -= log[i].amount; room < 0 {
					need = log[i].at + period.Duration() - clock.since
					break
				}
			}
			if v.Disabled || v.Blocked != ask[0] || v.RetryAfter <= 0 || v.RetryAfter > need+grain(period) {
				t.Fatalf("%+v, when %v is what it takes", v, need)
			}
			clock.Advance(v.RetryAfter)
			if after, _ := take(t, s, ask); !after.OK {
				t.Fatalf("after %v: %+v", v.RetryAfter, after)
			}
		}
		log = append(log, passed{clock.since, amount})
	}
}
