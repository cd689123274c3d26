package ratelimit_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
	"pgregory.net/rapid"
)

// Peek takes nothing, and says what the call made right after it is answered:
// alone, with a store that others use, and while the store is away.
func TestPeek(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var clock ratelimittest.Clock
		down := false
		store := &ratelimittest.Faulty{
			Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{Now: clock.Now}),
			Script: func(int64) ratelimittest.Fault {
				if down {
					return ratelimittest.FailBefore
				}
				return ratelimittest.NoFault
			},
		}
		opts := &ratelimit.Options{Now: clock.Now, Share: rapid.SampledFrom([]int{0, 40}).Draw(t, "share"),
			WhenAway:    rapid.SampledFrom([]ratelimit.WhenAway{ratelimit.Bounded, ratelimit.Deny}).Draw(t, "when away"),
			ChargeAfter: rapid.Bool().Draw(t, "charge after")}
		if rapid.Bool().Draw(t, "store") {
			opts.Store = store
		}
		l, other := ratelimit.New(opts), ratelimit.New(opts)
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				clock.Advance(time.Duration(rapid.Int64Range(0, int64(30*time.Second)).Draw(t, "for")))
			case 1:
				down = !down
				clock.Advance(time.Second)
			}
			group := rapid.Uint64Range(1, 3).Draw(t, "group")
			asks := append(sixLimits(1, rapid.Uint64Range(1, 2).Draw(t, "caller"), group), sixLimits(1, 9, group%3+1)[4:]...)
			for i := range asks {
				asks[i].Limit = rapid.Int64Range(0, 14).Draw(t, "limit")
				if !asks[i].Shared {
					asks[i].Limit = max(asks[i].Limit, 1)
				}
				asks[i].Shadow = rapid.IntRange(0, 5).Draw(t, "shadow") == 0
			}
			ratelimit.ReserveTokens(asks, rapid.Int64Range(1, 5).Draw(t, "tokens"))
			if rapid.Bool().Draw(t, "other") {
				other.Admit(context.Background(), asks, nil)
				continue
			}
			before := usedBy(l, asks)
			v, standings := l.Peek(context.Background(), asks, []ratelimit.Standing{{}})
			if len(standings) != len(asks)+1 {
				t.Fatalf("%d standings for %d asks", len(standings), len(asks))
			}
			if again, _ := l.Peek(context.Background(), asks, nil); again.OK != v.OK || again.Blocked != v.Blocked {
				t.Fatalf("peek says %+v, and then %+v", v, again)
			}
			if after := usedBy(l, asks); !slices.Equal(before, after) {
				t.Fatalf("peek made %v of %v", after, before)
			}
			var lease ratelimit.Lease
			got := l.Admit(context.Background(), asks, &lease)
			if got.OK != v.OK || got.Disabled != v.Disabled || got.Away != v.Away || (got.Shadow == nil) != (v.Shadow == nil) {
				t.Fatalf("peek says %+v, the call is answered %+v, with %+v", v, got, standings)
			}
			for _, s := range standings[1:] {
				if got.OK && s.Remaining < 1 && !s.Ask.Shared && !s.Ask.Shadow {
					t.Fatalf("admitted with nothing left of %+v", s)
				}
			}
			lease.Release()
		}
	})
}

// usedBy returns what memory holds for each of asks.
func usedBy(l *ratelimit.Limiter, asks []ratelimit.Ask) []int64 {
	var all []int64
	for _, a := range asks {
		used, _ := l.Usage(a.Bucket, a.Limit)
		all = append(all, used)
	}
	return all
}

// What stands is what all processes have used; while the store is away, what
// this one has, and what of its share is left.
func TestPeekStanding(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	opts := &ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, Share: 50}
	l, other := ratelimit.New(opts), ratelimit.New(opts)
	mustAdmit(t, l, tokens(100, 20), nil)
	mustAdmit(t, other, tokens(100, 30), nil)
	check := func(used, remaining int64, ok bool) {
		t.Helper()
		v, all := l.Peek(context.Background(), tokens(100, 60), nil)
		if v.OK != ok || len(all) != 1 || all[0] != (ratelimit.Standing{Ask: tokens(100, 60)[0], Used: used, Remaining: remaining}) {
			t.Errorf("%+v, %+v", v, all)
		}
	}
	check(50, 50, false)
	if store.looks != 1 {
		t.Errorf("%d looks", store.looks)
	}
	store.fail(errAway)
	check(20, 30, false)
	check(20, 30, false)
	if store.looks != 2 || !l.Health().Away {
		t.Errorf("%d looks, health %+v", store.looks, l.Health())
	}
	clock.Advance(time.Second)
	store.fail(nil)
	check(50, 50, false)
	clock.Advance(2 * time.Minute)
	check(0, 100, true)
}

// Tokens that are charged afterwards are looked at so.
func TestPeekChargeAfter(t *testing.T) {
	clock := newFakeClock()
	opts := &ratelimit.Options{Now: clock.Now, Store: newSpy(clock), StoreTimeout: patience, ChargeAfter: true}
	l, other := ratelimit.New(opts), ratelimit.New(opts)
	for _, used := range []int64{60, 39, 1} {
		var lease ratelimit.Lease
		if v, _ := l.Peek(context.Background(), tokens(100, 80), nil); !v.OK {
			t.Errorf("%+v", v)
		}
		mustAdmit(t, other, tokens(100, 80), &lease)
		lease.Settle(used)
	}
	if v, _ := l.Peek(context.Background(), tokens(100, 1), nil); v.OK {
		t.Error("peek sees room in a full bucket")
	}
}
