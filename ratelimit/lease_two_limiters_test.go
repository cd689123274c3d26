package ratelimit_test

import (
	"context"
	"sync"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// A lease may hold calls of several limiters, each with a store of its own or
// none: what closes it closes each of them where it was admitted.
func TestLeaseManyLimiters(t *testing.T) {
	for _, c := range []struct {
		name  string
		store bool
		close func(*ratelimit.Lease)
		left  int64
	}{
		{"settled with less", false, func(le *ratelimit.Lease) { le.Settle(10) }, 10},
		{"settled with more", false, func(le *ratelimit.Lease) { le.Settle(95) }, 95},
		{"released", false, func(le *ratelimit.Lease) { le.Release() }, 0},
		{"settled in stores", true, func(le *ratelimit.Lease) { le.Settle(10) }, 10},
		{"released in stores", true, func(le *ratelimit.Lease) { le.Release() }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := newFakeClock()
			var limiters [3]*ratelimit.Limiter
			var stores [3]*spy
			var lease ratelimit.Lease
			for i := range limiters {
				opts := &ratelimit.Options{Now: clock.Now}
				if c.store {
					stores[i] = newSpy(clock)
					opts.Store = stores[i]
				}
				limiters[i] = ratelimit.New(opts)
				mustAdmit(t, limiters[i], tokens(100, 80), &lease)
			}
			c.close(&lease)
			if lease.Open() {
				t.Error("open when it is closed")
			}
			lease.Settle(50) // too late to say anything
			for i, l := range limiters {
				b := tokens(100, 80)[0].Bucket
				if used, _ := l.Usage(b, 100); used != c.left {
					t.Errorf("limiter %d holds %d, not %d", i, used, c.left)
				}
				if tally := l.Memory().Tally(ratelimit.Tokens); tally.Open != 0 || tally.Leases != 0 || tally.Reserved != tally.Settled+tally.Released {
					t.Errorf("limiter %d: %+v", i, tally)
				}
				if !c.store {
					continue
				}
				if used := heldBy(t, stores[i], b); used != c.left {
					t.Errorf("store %d holds %d, not %d", i, used, c.left)
				}
			}
		})
	}
}

// A refusal of the second limiter leaves the lease with what it held.
func TestLeaseSecondRefuses(t *testing.T) {
	one, two := ratelimit.New(nil), ratelimit.New(nil)
	var lease ratelimit.Lease
	mustAdmit(t, two, tokens(100, 80), nil)
	mustAdmit(t, one, tokens(100, 80), &lease)
	mustRefuse(t, two, tokens(100, 80), &lease)
	lease.Settle(10)
	b := tokens(100, 80)[0].Bucket
	first, _ := one.Usage(b, 100)
	if second, _ := two.Usage(b, 100); first != 10 || second != 80 {
		t.Errorf("%d and %d used, want 10 and 80", first, second)
	}
}

// Leases of two limiters, and others of one of them, close side by side: what
// a limiter counts is changed under its own locks only.
func TestLeaseTwoLimitersParallel(t *testing.T) {
	one, two := ratelimit.New(nil), ratelimit.New(nil)
	asks := tokens(1_000_000, 80)
	var all sync.WaitGroup
	const callers, rounds = 4, 300
	for range callers {
		all.Go(func() {
			for range rounds {
				var both, single ratelimit.Lease
				one.Admit(context.Background(), asks, &both)
				two.Admit(context.Background(), asks, &both)
				both.Settle(8)
				one.Admit(context.Background(), asks, &single)
				single.Release()
			}
		})
	}
	all.Wait()
	for i, l := range []*ratelimit.Limiter{one, two} {
		if used, _ := l.Usage(asks[0].Bucket, asks[0].Limit); used != 8*callers*rounds {
			t.Errorf("limiter %d holds %d, want %d", i, used, 8*callers*rounds)
		}
	}
}
