package ratelimit_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
	"pgregory.net/rapid"
)

// What several limiters admit together is what one would.
func TestSharedCap(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	opts := &ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience}
	a, b := ratelimit.New(opts), ratelimit.New(opts)
	for range 3 {
		mustAdmit(t, a, requests(5), nil)
	}
	var lease ratelimit.Lease
	mustAdmit(t, b, requests(5), &lease)
	mustAdmit(t, b, requests(5), nil)

	var refused ratelimit.Lease
	v := mustRefuse(t, b, requests(5), &refused)
	if v.Blocked != requests(5)[0] || v.RetryAfter <= 0 || v.RetryAfter > time.Minute*61/60 || v.Away || v.Disabled {
		t.Errorf("refused with %+v", v)
	}
	if refused.Open() {
		t.Error("a refused call holds a lease")
	}
	if used, _ := b.Usage(requests(5)[0].Bucket, 5); used != 2 {
		t.Errorf("this process counts %d, it admitted 2", used)
	}
	lease.Release()
	mustAdmit(t, a, requests(5), nil)
	clock.Advance(v.RetryAfter)
	mustAdmit(t, a, requests(5), nil)
}

// The store is asked once a call, and told only what it does not know.
func TestSharedTrips(t *testing.T) {
	asks := append(requests(10), tokens(100, 20)...)
	for _, c := range []struct {
		name  string
		admit []ratelimit.Ask
		close func(*ratelimit.Lease)
		trips int
		held  [2]int64 // requests and tokens afterwards
	}{
		{"settled as reserved", asks, func(le *ratelimit.Lease) { le.Settle(20) }, 1, [2]int64{1, 20}},
		{"settled with less", asks, func(le *ratelimit.Lease) { le.Settle(7) }, 2, [2]int64{1, 7}},
		{"settled with more", asks, func(le *ratelimit.Lease) { le.Settle(70) }, 2, [2]int64{1, 70}},
		{"settled twice", asks, func(le *ratelimit.Lease) { le.Settle(7); le.Settle(8); le.Release() }, 2, [2]int64{1, 7}},
		{"released", asks, func(le *ratelimit.Lease) { le.Release() }, 2, [2]int64{0, 0}},
		{"requests alone", asks[:1], func(le *ratelimit.Lease) { le.Settle(7) }, 1, [2]int64{1, 0}},
		{"no asks", nil, func(le *ratelimit.Lease) { le.Settle(7) }, 0, [2]int64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := newFakeClock()
			store := newSpy(clock)
			l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
			var lease ratelimit.Lease
			mustAdmit(t, l, c.admit, &lease)
			c.close(&lease)
			if n := store.trips(); n != c.trips {
				t.Errorf("%d round trips, not %d", n, c.trips)
			}
			mustAdmit(t, l, c.admit, &lease) // a lease that was closed is new
			lease.Release()
			for i, want := range c.held {
				own, _ := l.Usage(asks[i].Bucket, asks[i].Limit)
				if there := heldBy(t, store, asks[i].Bucket); there != want || own != want {
					t.Errorf("the store holds %d and memory %d of %v, not %d", there, own, asks[i].Bucket.Dimension, want)
				}
			}
		})
	}
}

// What this process alone has no room for needs no round trip.
func TestSharedOwnRefusal(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	mustAdmit(t, l, tokens(100, 100), nil)
	before := store.trips()
	for range 10 {
		mustRefuse(t, l, tokens(100, 1), nil)
		var lease ratelimit.Lease
		mustRefuse(t, l, tokens(100, 1), &lease)
		if v := mustRefuse(t, l, tokens(0, 1), &lease); !v.Disabled {
			t.Fatalf("limit 0 answers %+v", v)
		}
	}
	if n := store.trips(); n != before {
		t.Errorf("%d round trips for refusals", n-before)
	}
}

// Calls charged afterwards are charged so in the store too.
func TestSharedChargeAfter(t *testing.T) {
	for _, c := range []struct {
		name string
		opts ratelimit.Options
		ask  bool
	}{{"option", ratelimit.Options{ChargeAfter: true}, false}, {"ask", ratelimit.Options{}, true}} {
		t.Run(c.name, func(t *testing.T) {
			clock := newFakeClock()
			store := newSpy(clock)
			c.opts.Now, c.opts.Store = clock.Now, store
			l := ratelimit.New(&c.opts)
			asks := append(requests(10), tokens(100, 20)...)
			asks[1].After = c.ask
			var lease ratelimit.Lease
			mustAdmit(t, l, asks, &lease)
			sent := store.takes[0]
			if sent[0].After || !sent[1].After {
				t.Errorf("the store was asked for %+v", sent)
			}
			if n := heldBy(t, store, asks[1].Bucket); n != 0 {
				t.Errorf("%d reserved", n)
			}
			lease.Settle(400)
			if n := heldBy(t, store, asks[1].Bucket); n != 400 {
				t.Errorf("%d charged, not 400", n)
			}
			if v := mustRefuse(t, l, asks, nil); v.Blocked.Bucket != asks[1].Bucket {
				t.Errorf("refused with %+v", v)
			}
		})
	}
}

// A lease that takes on a second call holds both, and a second call that is
// refused leaves it the first.
func TestSharedTwoCallsOneLease(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	opts := &ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience}
	l, other := ratelimit.New(opts), ratelimit.New(opts)
	first, second := tokens(100, 20), tokens(100, 30)
	second[0].Bucket.Principal, second[0].Bucket.Key = 7, ratelimit.KeyUserDefault

	mustAdmit(t, other, second, nil)
	mustAdmit(t, other, second, nil)
	mustAdmit(t, other, second, nil)
	var lease ratelimit.Lease
	mustAdmit(t, l, first, &lease)
	mustRefuse(t, l, second, &lease)
	if used, _ := l.Usage(second[0].Bucket, 100); used != 0 || !lease.Open() {
		t.Fatalf("a refused second call left %d, and the lease open: %v", used, lease.Open())
	}
	clock.Advance(2 * time.Minute)
	mustAdmit(t, l, second, &lease)
	before := store.trips()
	lease.Settle(25)
	if n := store.trips() - before; n != 1 {
		t.Errorf("%d round trips to settle two calls", n)
	}
	for _, c := range []struct {
		b    ratelimit.Bucket
		want int64
	}{{first[0].Bucket, 5}, {second[0].Bucket, 25}} { // the first 20 have left the window
		own, _ := l.Usage(c.b, 100)
		if there := heldBy(t, store, c.b); there != c.want || own != c.want {
			t.Errorf("the store holds %d and memory %d of %+v, not %d", there, own, c.b, c.want)
		}
	}
	if lease.Open() {
		t.Error("the lease is open")
	}
}

// A caller who hangs up stops neither the taking nor the settling.
func TestSharedHangUp(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var lease ratelimit.Lease
	if v := l.Admit(ctx, tokens(100, 20), &lease); !v.OK {
		t.Fatalf("refused: %+v", v)
	}
	lease.Release()
	if n := heldBy(t, store, tokens(100, 20)[0].Bucket); n != 0 || l.Health().Away {
		t.Errorf("%d is still taken, health is %+v", n, l.Health())
	}
}

// A call without a lease for which memory has no room at last leaves nothing in
// the store.
func TestSharedNoLease(t *testing.T) {
	clock := newFakeClock()
	store := &slowAnswer{Store: newSpy(clock)}
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	store.before = func() { mustAdmit(t, l, tokens(1000, 90), nil) }
	if v := mustRefuse(t, l, tokens(100, 60), nil); v.Blocked != tokens(100, 60)[0] || v.Away {
		t.Errorf("refused with %+v", v)
	}
	if n := heldBy(t, store, tokens(0, 0)[0].Bucket); n != 90 {
		t.Errorf("the store holds %d, not 90", n)
	}
}

// What a shadow would have refused is told, be it for memory's sake or the
// store's, with a lease or without, and by Peek.
func TestSharedShadow(t *testing.T) {
	clock := newFakeClock()
	opts := &ratelimit.Options{Now: clock.Now, Store: newSpy(clock), StoreTimeout: patience}
	l, other := ratelimit.New(opts), ratelimit.New(opts)
	underWay := ratelimit.Ask{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 1, Amount: 1, Shadow: true}
	counted := ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserDefault, 5, ratelimit.Requests), Limit: 1, Amount: 1, Shadow: true}
	mustAdmit(t, other, []ratelimit.Ask{counted}, nil)
	var busy ratelimit.Lease
	mustAdmit(t, l, []ratelimit.Ask{underWay}, &busy)
	for _, shadow := range []ratelimit.Ask{underWay, counted} {
		asks := append(requests(100), shadow)
		for _, lease := range []*ratelimit.Lease{nil, new(ratelimit.Lease)} {
			peeked, _ := l.Peek(context.Background(), asks, nil)
			admitted := l.Admit(context.Background(), asks, lease)
			for _, v := range []ratelimit.Verdict{peeked, admitted} {
				if !v.OK || v.Shadow == nil || v.Shadow.OK || v.Shadow.Blocked != shadow || v.Shadow.RetryAfter <= 0 {
					t.Errorf("%v, with a lease %v: %+v", shadow.Bucket.Dimension, lease != nil, v)
				}
			}
			lease.Release()
		}
	}
}

// Groups are loosest and charged in all, in the store as in memory.
func TestSharedGroups(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	opts := &ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience}
	l, other := ratelimit.New(opts), ratelimit.New(opts)
	group := func(id uint64, limit int64) ratelimit.Ask {
		return ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserGroup, id, ratelimit.Requests), Limit: limit, Amount: 1, Shared: true}
	}
	asks := []ratelimit.Ask{group(1, 1), group(2, 3)}
	mustAdmit(t, other, asks, nil)
	mustAdmit(t, l, asks, nil)
	mustAdmit(t, other, asks, nil)
	mustRefuse(t, l, asks, nil)
	if a, b := heldBy(t, store, asks[0].Bucket), heldBy(t, store, asks[1].Bucket); a != 3 || b != 3 {
		t.Errorf("the groups hold %d and %d, not 3 each", a, b)
	}
}

// A limiter with a store that nobody else uses is a limiter.
func TestSharedIsALimiter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var clock ratelimittest.Clock
		after := rapid.Bool().Draw(t, "charge after")
		alone := ratelimit.New(&ratelimit.Options{Now: clock.Now, ChargeAfter: after})
		store := ratelimit.New(&ratelimit.Options{Now: clock.Now, ChargeAfter: after,
			Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{Now: clock.Now})})
		type pair struct{ alone, store *ratelimit.Lease }
		var open []pair
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch {
			case len(open) > 0 && rapid.IntRange(0, 2).Draw(t, "close") == 0:
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				if rapid.Bool().Draw(t, "release") {
					open[i].alone.Release()
					open[i].store.Release()
				} else {
					n := rapid.Int64Range(-1, 60).Draw(t, "used")
					open[i].alone.Settle(n)
					open[i].store.Settle(n)
				}
				open = slices.Delete(open, i, i+1)
			case rapid.IntRange(0, 3).Draw(t, "pause") == 0:
				clock.Advance(time.Duration(rapid.Int64Range(0, int64(40*time.Second)).Draw(t, "for")))
			default:
				caller := rapid.Uint64Range(1, 3).Draw(t, "caller")
				asks := sixLimits(1, caller, caller%2+1)
				for i := range asks {
					asks[i].Limit = rapid.Int64Range(1, 40).Draw(t, "limit")
				}
				ratelimit.ReserveTokens(asks, rapid.Int64Range(1, 30).Draw(t, "tokens"))
				p := pair{new(ratelimit.Lease), new(ratelimit.Lease)}
				v, w := alone.Admit(context.Background(), asks, p.alone), store.Admit(context.Background(), asks, p.store)
				if v.OK != w.OK || v.Disabled != w.Disabled || v.Blocked != w.Blocked {
					// The model knows no slots: right after a period it has room.
					if !w.OK || v.RetryAfter > time.Minute/50 {
						t.Fatalf("alone: %+v, with a store: %+v", v, w)
					}
				}
				if v.OK != w.OK {
					p.alone.Release()
					p.store.Release()
				} else if v.OK {
					open = append(open, p)
				}
			}
		}
	})
}

// Goroutines of three processes take exactly what one store has.
func TestSharedParallel(t *testing.T) {
	const limit = 100
	opts := &ratelimit.Options{Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{}), StoreTimeout: time.Minute}
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range 3 {
		l := ratelimit.New(opts)
		for range 8 {
			all.Go(func() {
				for i := range 40 {
					var lease ratelimit.Lease
					if !l.Admit(context.Background(), tokens(limit, 1), &lease).OK {
						continue
					}
					if i%3 == 0 {
						lease.Release()
					} else {
						admitted.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	for l := ratelimit.New(opts); l.Admit(context.Background(), tokens(limit, 1), nil).OK; {
		admitted.Add(1)
	}
	if n := admitted.Load(); n != limit {
		t.Errorf("%d admitted, the limit is %d", n, limit)
	}
}
