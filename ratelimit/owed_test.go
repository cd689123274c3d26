package ratelimit_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// userTokens asks for amount tokens of one caller.
func userTokens(caller uint64, limit, amount int64) []ratelimit.Ask {
	return []ratelimit.Ask{{Bucket: bucketOf(ratelimit.KeyUserDefault, caller, ratelimit.Tokens), Limit: limit, Amount: amount}}
}

// What a store did not hear of when calls settled it hears of when it is back:
// use beyond the reservation once, by bucket, and give-backs never.
func TestOwed(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	const limit = 1000
	var beyond, again, less, other, last ratelimit.Lease
	mustAdmit(t, l, userTokens(1, limit, 10), &beyond)
	mustAdmit(t, l, userTokens(1, limit, 10), &again)
	mustAdmit(t, l, userTokens(2, limit, 10), &less)
	mustAdmit(t, l, userTokens(3, limit, 10), &other)
	mustAdmit(t, l, requests(limit), &last)

	store.fail(errAway)
	beyond.Settle(15)
	again.Settle(30)
	less.Settle(4)
	other.Release()
	if h := l.Health(); !h.Away || h.Owed != 1 || h.Unreturned != 2 || h.Unheard != 0 || h.Alone != 0 {
		t.Fatalf("health is %+v", h)
	}
	clock.Advance(time.Second)
	store.fail(nil)
	for i, want := range []int64{20, 10, 10} {
		if n := heldBy(t, store, userTokens(uint64(i+1), limit, 0)[0].Bucket); n != want {
			t.Fatalf("the store holds %d of caller %d, not %d", n, i+1, want)
		}
	}
	before := len(store.settles)
	last.Settle(0) // has nothing to say for itself
	if h := l.Health(); h.Away || h.Owed != 0 || h.Unreturned != 2 {
		t.Errorf("health is %+v", h)
	}
	if n := len(store.settles) - before; n != 1 {
		t.Errorf("%d round trips", n)
	}
	for i, want := range []int64{45, 10, 10} {
		if n := heldBy(t, store, userTokens(uint64(i+1), limit, 0)[0].Bucket); n != want {
			t.Errorf("the store holds %d of caller %d, not %d", n, i+1, want)
		}
	}
	// Memory heard of all of it when it happened.
	for i, want := range []int64{45, 4, 0} {
		if n, _ := l.Usage(userTokens(uint64(i+1), limit, 0)[0].Bucket, limit); n != want {
			t.Errorf("memory holds %d of caller %d, not %d", n, i+1, want)
		}
	}
}

// What is owed is bounded, and what does not fit is counted. It is told little
// by little, and kept when that fails.
func TestOwedBounded(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: time.Minute})
	const callers = 1500
	leases := make([]ratelimit.Lease, 2*callers)
	for i := range leases {
		mustAdmit(t, l, userTokens(uint64(i%callers), math.MaxInt64, 1), &leases[i])
	}
	store.fail(errAway)
	for i := range leases {
		leases[i].Settle(math.MaxInt64)
	}
	if h := l.Health(); h.Owed != 1024 || h.Unheard != 2*(callers-1024) {
		t.Fatalf("health is %+v", h)
	}
	clock.Advance(time.Second)
	tell := func() {
		var lease ratelimit.Lease
		mustAdmit(t, l, requests(math.MaxInt64), &lease)
		lease.Settle(0)
	}
	store.fail(nil)
	store.deaf = errAway
	before := len(store.settles)
	tell()
	if n := len(store.settles) - before; n != 1 || len(store.settles[before]) != 128 {
		t.Fatalf("%d round trips, the first with %d buckets", n, len(store.settles[before]))
	}
	if h := l.Health(); h.Owed != 1024 || !h.Away {
		t.Fatalf("health is %+v after another failure", h)
	}
	clock.Advance(time.Second)
	store.deaf = nil
	for range 8 {
		tell()
	}
	if h := l.Health(); h.Owed != 0 || h.Away {
		t.Fatalf("health is %+v", h)
	}
	told := 0
	for i := range uint64(callers) {
		if heldBy(t, store, userTokens(i, 0, 0)[0].Bucket) == math.MaxInt64 {
			told++
		}
	}
	if told != 1024 {
		t.Errorf("the store heard of %d buckets, not 1024", told)
	}
}

// A settlement goes out although the call that it is for was hung up, and does
// not wait while the store is away.
func TestOwedDoesNotWait(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	var leases [5]ratelimit.Lease
	for i := range leases {
		mustAdmit(t, l, tokens(1000, 10), &leases[i])
	}
	store.fail(errAway)
	l.Admit(context.Background(), tokens(1000, 10), nil)
	before := store.trips()
	for i := range leases {
		leases[i].Settle(20)
	}
	if n := store.trips() - before; n != 0 {
		t.Errorf("%d settlements went to a store that is away", n)
	}
	if h := l.Health(); h.Owed != 1 {
		t.Errorf("health is %+v", h)
	}
}

// A call that has nothing to tell the store does not use up the second's try.
func TestOwedNothing(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	var lease ratelimit.Lease
	mustAdmit(t, l, requests(10), &lease)
	store.fail(errAway)
	mustAdmit(t, l, requests(10), nil)
	store.fail(nil)
	clock.Advance(time.Second)
	lease.Settle(5)
	mustAdmit(t, l, requests(10), nil)
	if h := l.Health(); h.Away || h.Alone != 1 {
		t.Errorf("health is %+v", h)
	}
}
