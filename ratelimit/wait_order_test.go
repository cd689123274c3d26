package ratelimit_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// A call that comes later does not overtake, even if it would fit; one that
// does not wait may.
func TestWaitNoOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		mustAdmit(t, c.l, tokens(100, 50), nil)
		c.wait(t.Context(), 1, 0, tokens(100, 90))
		c.wait(t.Context(), 2, 0, tokens(100, 10))
		time.Sleep(30 * time.Second)
		if got := c.admitted(); len(got) != 0 {
			t.Fatalf("admitted: %+v", got)
		}
		mustAdmit(t, c.l, tokens(100, 10), nil)
		c.all.Wait()
		if got := c.admitted(); got[0].caller != 1 || got[1].caller != 2 {
			t.Errorf("admitted: %+v", got)
		}
	})
}

// Nor does it overtake those who wait for one bucket by waiting for another.
func TestWaitNoDetour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		few := ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserDefault, 9, ratelimit.Requests), Limit: 2, Amount: 1}
		mustAdmit(t, c.l, []ratelimit.Ask{few}, nil)
		mustAdmit(t, c.l, []ratelimit.Ask{few}, nil)
		time.Sleep(20 * time.Second)
		mustAdmit(t, c.l, tokens(100, 50), nil)
		c.wait(t.Context(), 1, 0, append([]ratelimit.Ask{few}, tokens(100, 10)...))
		c.wait(t.Context(), 2, 0, tokens(100, 90))
		c.wait(t.Context(), 3, 0, append([]ratelimit.Ask{few}, tokens(100, 10)...))
		c.all.Wait()
		if got := c.admitted(); got[0].caller != 1 || got[1].caller != 2 || got[2].caller != 3 {
			t.Errorf("admitted: %+v", got)
		}
	})
}

// A call that was the first for a bucket and then waits for another one is not
// sent to the end when that has room.
func TestWaitOneDetour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		begun := time.Now()
		mustAdmit(t, c.l, tokens(100, 50), nil)
		time.Sleep(10 * time.Second)
		own := ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserDefault, 2, ratelimit.Requests), Limit: 1, Amount: 1}
		mustAdmit(t, c.l, []ratelimit.Ask{own}, nil)
		for i := range 3 {
			c.wait(t.Context(), 1, i, tokens(100, 90))
		}
		c.wait(t.Context(), 2, 0, append(tokens(100, 5), own))
		c.all.Wait()
		if got := c.admitted(); got[0].caller != 1 || got[1].caller != 2 || got[1].at.Sub(begun) != 71*time.Second {
			t.Errorf("begun at %v, admitted: %+v", begun, got)
		}
	})
}

// A call whose turn has come for a bucket, but not for another one, lets those
// behind it pass.
func TestWaitMovesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		var lease ratelimit.Lease
		mustAdmit(t, c.l, tokens(100, 100), &lease)
		own := ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserDefault, 1, ratelimit.Requests), Limit: 1, Amount: 1}
		mustAdmit(t, c.l, []ratelimit.Ask{own}, nil)
		c.wait(t.Context(), 1, 0, append(tokens(100, 5), own))
		c.wait(t.Context(), 2, 0, tokens(100, 5))
		time.Sleep(10 * time.Second)
		lease.Settle(0)
		if got := c.admitted(); len(got) != 1 || got[0].caller != 2 {
			t.Errorf("admitted: %+v", got)
		}
		c.all.Wait()
	})
}

// Waiting for one bucket holds up nobody who does not need it.
func TestWaitApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		mustAdmit(t, c.l, userTokens(1, 100, 100), nil)
		for i := range 10 {
			c.wait(t.Context(), 1, i, append(userTokens(1, 100, 10), tokens(1000, 10)...))
		}
		for caller := range uint64(50) {
			c.wait(t.Context(), 2+caller, 0, append(userTokens(2+caller, 100, 10), tokens(1000, 10)...))
		}
		if got := c.admitted(); len(got) != 50 {
			t.Errorf("%d of the 50 others were admitted at once", len(got))
		}
		c.all.Wait()
	})
}

// A caller in two groups waits for the looser one, and not behind those who
// are in one of them alone.
func TestWaitGroups(t *testing.T) {
	group := func(id uint64) ratelimit.Ask {
		return ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserGroup, id, ratelimit.Tokens), Limit: 100, Amount: 60, Shared: true}
	}
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		var one, two ratelimit.Lease
		mustAdmit(t, c.l, []ratelimit.Ask{group(1)}, &one)
		c.wait(t.Context(), 1, 0, []ratelimit.Ask{group(1)})
		mustAdmit(t, c.l, []ratelimit.Ask{group(2)}, &two)
		c.wait(t.Context(), 2, 0, []ratelimit.Ask{group(1), group(2)})
		if got := c.admitted(); len(got) != 0 {
			t.Fatalf("admitted: %+v", got)
		}
		time.Sleep(5 * time.Second)
		two.Release()
		time.Sleep(time.Second)
		if got := c.admitted(); len(got) != 1 || got[0].caller != 2 {
			t.Fatalf("admitted: %+v", got)
		}
		mustAdmit(t, c.l, nil, &one)
		c.wait(t.Context(), 3, 0, []ratelimit.Ask{group(1), group(3)})
		if got := c.admitted(); len(got) != 2 || got[1].caller != 3 {
			t.Errorf("admitted: %+v", got)
		}
		c.all.Wait()
	})
}

// Of one caller's calls that wait for several groups the first goes first.
func TestWaitGroupsInOrder(t *testing.T) {
	group := func(id uint64, amount int64) ratelimit.Ask {
		return ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserGroup, id, ratelimit.Tokens), Limit: 100, Amount: amount, Shared: true}
	}
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		var two ratelimit.Lease
		mustAdmit(t, c.l, []ratelimit.Ask{group(1, 80)}, nil)
		c.wait(t.Context(), 1, 0, []ratelimit.Ask{group(1, 80)})
		mustAdmit(t, c.l, []ratelimit.Ask{group(2, 80)}, &two)
		c.wait(t.Context(), 2, 0, []ratelimit.Ask{group(1, 30), group(2, 30)})
		time.Sleep(500 * time.Millisecond)
		c.wait(t.Context(), 2, 1, []ratelimit.Ask{group(1, 30), group(2, 30)})
		time.Sleep(1700 * time.Millisecond)
		two.Release() // before the second call looks again, and the first later
		time.Sleep(500 * time.Millisecond)
		for n := range 2 {
			time.Sleep(500 * time.Millisecond)
			got := c.admitted()
			if len(got) != n+1 || got[n].caller != 2 || got[n].nth != n {
				t.Fatalf("admitted: %+v", got)
			}
		}
		c.all.Wait()
	})
}

// A caller's call does not pass an earlier one of the same caller by waiting
// for something else.
func TestWaitCallerInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		few := []ratelimit.Ask{{Bucket: bucketOf(ratelimit.KeyUserDefault, 9, ratelimit.Requests), Limit: 2, Amount: 1}}
		var room, one, two ratelimit.Lease
		mustAdmit(t, c.l, tokens(100, 60), &room)
		mustAdmit(t, c.l, tokens(100, 40), nil)
		mustAdmit(t, c.l, few, &one)
		mustAdmit(t, c.l, few, &two)
		c.wait(t.Context(), 1, 0, tokens(100, 50))
		c.wait(t.Context(), 1, 1, tokens(100, 90))
		c.wait(t.Context(), 3, 0, few)
		c.wait(t.Context(), 1, 2, append(slices.Clone(few), tokens(100, 5)...))
		c.wait(t.Context(), 2, 0, tokens(100, 90))
		room.Settle(0) // for call 0, and then it is caller 2's turn
		synctest.Wait()
		one.Release() // for caller 3
		synctest.Wait()
		two.Release() // for call 2, but for call 1
		c.all.Wait()
		got := c.admitted()
		nth := func(n int) int {
			return slices.IndexFunc(got, func(x call) bool { return x.caller == 1 && x.nth == n })
		}
		if got[0].caller != 1 || got[1].caller != 3 || nth(0) > nth(1) || nth(1) > nth(2) {
			t.Errorf("admitted: %+v", got)
		}
	})
}
