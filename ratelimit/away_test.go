package ratelimit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"
)

// While the store is away, Deny refuses what it counts, and nothing else.
func TestAwayDeny(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, WhenAway: ratelimit.Deny})
	store.fail(errAway)
	for range 5 {
		var lease ratelimit.Lease
		v := mustRefuse(t, l, requests(5), &lease)
		if !v.Away || v.Disabled || v.Full || v.RetryAfter != time.Second || v.Blocked != requests(5)[0] || lease.Open() {
			t.Fatalf("refused with %+v", v)
		}
		if v := mustRefuse(t, l, requests(5), nil); !v.Away {
			t.Fatalf("refused without a lease with %+v", v)
		}
	}
	if v := mustRefuse(t, l, requests(0), nil); !v.Disabled || v.Away {
		t.Errorf("limit 0 answers %+v", v)
	}
	if used, _ := l.Usage(requests(5)[0].Bucket, 5); used != 0 {
		t.Errorf("refused calls left %d", used)
	}
	underWay := []ratelimit.Ask{{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 1, Amount: 1}}
	var lease ratelimit.Lease
	mustAdmit(t, l, underWay, &lease)
	mustRefuse(t, l, underWay, nil)
	lease.Settle(0)
	mustAdmit(t, l, nil, nil)
	shadow := requests(5)
	shadow[0].Shadow = true
	mustAdmit(t, l, shadow, nil)
	if h := l.Health(); h.Alone != 1 || h.Since != 0 || !errors.Is(h.Err, errAway) {
		t.Errorf("health is %+v", h)
	}
}

// While the store is away, Bounded admits the share, and what was admitted
// before counts.
func TestAwayBounded(t *testing.T) {
	for _, c := range []struct {
		share        int
		limit, total int64
	}{{0, 10, 10}, {100, 10, 10}, {101, 10, 10}, {-1, 10, 10}, {30, 10, 3}, {1, 10, 1}, {99, 10, 9}, {50, 1, 1}, {1, 250, 2}} {
		for _, before := range []int64{0, 1, 2} {
			clock := newFakeClock()
			store := newSpy(clock)
			l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, Share: c.share})
			before = min(before, c.total)
			for range before {
				mustAdmit(t, l, requests(c.limit), nil)
			}
			store.fail(errAway)
			var n int64
			var v ratelimit.Verdict
			for {
				var lease ratelimit.Lease
				if v = l.Admit(context.Background(), requests(c.limit), &lease); !v.OK {
					break
				}
				n++
				lease.Settle(0)
			}
			if before+n != c.total {
				t.Errorf("share %d of %d: %d admitted, %d before, not %d", c.share, c.limit, n, before, c.total)
			}
			if v.Away || v.Blocked != requests(c.limit)[0] || v.RetryAfter <= time.Second {
				t.Errorf("share %d of %d: refused with %+v", c.share, c.limit, v)
			}
			if h := l.Health(); int64(h.Alone) != n {
				t.Errorf("share %d of %d: %d of %d admitted alone", c.share, c.limit, h.Alone, n)
			}
		}
	}
}

// A large estimate passes within the share as it does within the limit, and
// calls under way are not shared.
func TestAwayBoundedAmounts(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	store.fail(errAway)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, Share: 30})
	asks := tokens(100, 80)
	asks = append(asks, ratelimit.Ask{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 2, Amount: 1})
	var first, second ratelimit.Lease
	mustAdmit(t, l, asks, &first)
	if used, _ := l.Usage(asks[0].Bucket, 100); used != 30 {
		t.Errorf("%d reserved, not the share", used)
	}
	if v := mustRefuse(t, l, asks, &second); v.Blocked != asks[0] {
		t.Errorf("refused with %+v", v)
	}
	first.Settle(10)
	asks[0].Amount = 5
	mustAdmit(t, l, asks, &first)
	mustAdmit(t, l, asks, &second)
	if v := mustRefuse(t, l, asks, nil); v.Blocked != asks[1] {
		t.Errorf("refused with %+v", v)
	}
}

// Calls do not wait for a store that is away, but for one a second.
func TestAwayProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := true
		faulty := &ratelimittest.Faulty{
			Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{}),
			Script: func(int64) ratelimittest.Fault {
				if dead {
					return ratelimittest.HangBefore
				}
				return ratelimittest.NoFault
			},
		}
		l := ratelimit.New(&ratelimit.Options{Now: time.Now, Store: faulty, StoreTimeout: 50 * time.Millisecond})
		begun := time.Now()
		mustAdmit(t, l, requests(1000), nil)
		if d := time.Since(begun); d != 50*time.Millisecond {
			t.Errorf("the first call took %v", d)
		}
		if h := l.Health(); !h.Away || !errors.Is(h.Err, context.DeadlineExceeded) {
			t.Errorf("health is %+v", h)
		}
		for range 100 { // ten seconds
			var lease ratelimit.Lease
			mustAdmit(t, l, requests(1000), &lease)
			lease.Settle(3)
			time.Sleep(100*time.Millisecond - time.Since(begun)%(100*time.Millisecond))
		}
		if n := faulty.Calls(); n < 8 || n > 11 {
			t.Errorf("the store was called %d times in ten seconds", n)
		}
		if h := l.Health(); h.Since < 9*time.Second || h.Alone != 101 {
			t.Errorf("health is %+v", h)
		}
		dead = false
		time.Sleep(time.Second)
		before := faulty.Calls()
		for range 3 {
			mustAdmit(t, l, requests(1000), nil)
		}
		if h := l.Health(); h.Away || h.Err != nil || h.Since != 0 || faulty.Calls() != before+3 {
			t.Errorf("a store that is back: %+v after %d calls", h, faulty.Calls()-before)
		}
	})
}

// Of many calls at once, one asks a store that is away.
func TestAwayProbeParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faulty := &ratelimittest.Faulty{
			Store:  ratelimittest.NewSlow(ratelimittest.StoreOptions{}),
			Script: func(int64) ratelimittest.Fault { return ratelimittest.HangBefore },
		}
		l := ratelimit.New(&ratelimit.Options{Now: time.Now, Store: faulty})
		l.Admit(t.Context(), requests(1000), nil)
		time.Sleep(2 * time.Second)
		before := faulty.Calls()
		for range 50 {
			go func() {
				var lease ratelimit.Lease
				l.Admit(t.Context(), requests(1000), &lease)
				lease.Release()
			}()
		}
		synctest.Wait()
		if n := faulty.Calls() - before; n != 1 {
			t.Errorf("%d calls ask at once", n)
		}
		time.Sleep(time.Second)
	})
}

// Someone reads one line when the store goes and one when it is back.
func TestAwayLines(t *testing.T) {
	core, lines := observer.New(zap.InfoLevel)
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, Logger: zap.New(core)})
	for range 3 {
		store.fail(errAway)
		for range 5 {
			mustAdmit(t, l, requests(1000), nil)
			clock.Advance(time.Second)
		}
		store.fail(nil)
		for range 5 {
			mustAdmit(t, l, requests(1000), nil)
			clock.Advance(time.Second)
		}
	}
	var got []string
	for _, e := range lines.All() {
		got = append(got, e.Message)
	}
	want := strings.Repeat("ratelimit: the store is away, ratelimit: the store is back, ", 3)
	if strings.Join(got, ", ")+", " != want {
		t.Errorf("lines: %q", got)
	}
	if f := lines.All()[1].ContextMap(); f["away"] != 5*time.Second {
		t.Errorf("the line of its return has %v", f)
	}
}

// However a store fails, and whenever, several processes admit within the
// bound that is declared, each by itself its share; what they hold is given
// back, and the store is noticed when it is back.
func TestAwayBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			const limit, processes = 20, 2
			faults := rapid.SliceOfN(rapid.SampledFrom([]ratelimittest.Fault{
				ratelimittest.NoFault, ratelimittest.NoFault, ratelimittest.NoFault, ratelimittest.FailBefore, ratelimittest.FailAfter,
				ratelimittest.HangBefore, ratelimittest.HangAfter, ratelimittest.Panic,
			}), 0, 40).Draw(t, "faults")
			failed := false
			store := &ratelimittest.Faulty{
				Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{}),
				Script: func(call int64) ratelimittest.Fault {
					if call > int64(len(faults)) {
						return ratelimittest.NoFault
					}
					failed = failed || faults[call-1] != ratelimittest.NoFault
					return faults[call-1]
				},
			}
			opts := &ratelimit.Options{Now: time.Now, Store: store, Share: rapid.SampledFrom([]int{0, 25, 50}).Draw(t, "share")}
			opts.WhenAway = rapid.SampledFrom([]ratelimit.WhenAway{ratelimit.Bounded, ratelimit.Deny}).Draw(t, "when away")
			share := int64(limit)
			if opts.Share > 0 {
				share = limit * int64(opts.Share) / 100
			}
			var all [processes]*ratelimit.Limiter
			for i := range all {
				all[i] = ratelimit.New(opts)
			}
			type passed struct {
				at     time.Time
				amount int64
				alone  bool
				by     int
			}
			var log []passed
			for range rapid.IntRange(1, 80).Draw(t, "calls") {
				if rapid.IntRange(0, 3).Draw(t, "pause") == 0 {
					time.Sleep(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "for")))
				}
				by := rapid.IntRange(0, processes-1).Draw(t, "by")
				l := all[by]
				amount := rapid.Int64Range(1, 6).Draw(t, "amount")
				alone := l.Health().Alone
				var lease ratelimit.Lease
				v := l.Admit(context.Background(), tokens(limit, amount), &lease)
				if v.Away != (v.Away && opts.WhenAway == ratelimit.Deny && l.Health().Away) {
					t.Fatalf("%+v with health %+v", v, l.Health())
				}
				if !v.OK {
					continue
				}
				at := time.Now()
				if rapid.IntRange(0, 4).Draw(t, "release") == 0 {
					lease.Release()
					continue
				}
				used := rapid.Int64Range(0, min(amount, share)).Draw(t, "used")
				lease.Settle(used)
				log = append(log, passed{at, used, l.Health().Alone > alone, by})
			}
			for i, first := range log {
				var total, alone int64
				var each [processes]int64
				for _, p := range log[i:] {
					if p.at.Sub(first.at) > time.Minute {
						break
					}
					total += p.amount
					if p.alone {
						alone += p.amount
						each[p.by] += p.amount
					}
				}
				if total-alone > limit || opts.WhenAway == ratelimit.Deny && alone > 0 || !failed && alone > 0 {
					t.Fatalf("%d passed within a minute of %v, %d of it alone, the limit is %d", total, first.at, alone, limit)
				}
				for by, n := range each {
					if n > share {
						t.Fatalf("%d passed alone within a minute of %v by process %d, its share is %d", n, first.at, by, share)
					}
				}
			}
			// The script ends, and everybody notices.
			for _, l := range all {
				for range len(faults) + 1 {
					time.Sleep(2 * time.Minute)
					l.Admit(context.Background(), tokens(limit, 1), nil)
				}
				if h := l.Health(); h.Away || h.Err != nil {
					t.Fatalf("health is %+v when all is well", h)
				}
				if tally := l.Memory().Tally(ratelimit.Tokens); tally.Open != 0 || tally.Leases != 0 || tally.Reserved != tally.Settled+tally.Released {
					t.Fatalf("%+v", tally)
				}
			}
		})
	})
}
