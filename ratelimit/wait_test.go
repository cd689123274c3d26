package ratelimit_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// crowd is many waiting calls in a bubble, and the order they were admitted in.
type crowd struct {
	l *ratelimit.Limiter

	mu    sync.Mutex
	order []call
	all   sync.WaitGroup
}

type call struct {
	caller uint64
	nth    int // of this caller
	at     time.Time
}

// wait has the nth call of caller wait, and returns once it does.
func (c *crowd) wait(ctx context.Context, caller uint64, nth int, asks []ratelimit.Ask) {
	c.all.Go(func() {
		if c.l.Wait(ctx, caller, asks, nil).OK {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.order = append(c.order, call{caller, nth, time.Now()})
		}
	})
	synctest.Wait()
}

func (c *crowd) admitted() []call {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.order)
}

// One caller with a thousand waiting calls is one turn ahead of another's first.
func TestWaitFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		ctx, cancel := context.WithCancel(t.Context())
		mustAdmit(t, c.l, requests(1), nil)
		for i := range 1000 {
			c.wait(ctx, 1, i, requests(1))
		}
		c.wait(ctx, 2, 0, requests(1))
		c.wait(ctx, 2, 1, requests(1))
		time.Sleep(61 * time.Second)
		time.Sleep(61 * time.Second)
		got := c.admitted()
		if len(got) != 2 || got[0].caller != 1 || got[1].caller != 2 {
			t.Errorf("admitted: %+v", got)
		}
		cancel()
		c.all.Wait()
		if n := c.l.Health().Waiting; n != 0 {
			t.Errorf("%d wait after all hung up", n)
		}
	})
}

// Callers take turns, and each one's calls go in the order they came, however
// many become free at once.
func TestWaitTurns(t *testing.T) {
	for _, limit := range []int64{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			c := crowd{l: ratelimit.New(nil)}
			for range limit {
				mustAdmit(t, c.l, requests(limit), nil)
			}
			calls := map[uint64]int{1: 8, 2: 3, 3: 5}
			for caller, n := range calls {
				for i := range n {
					c.wait(t.Context(), caller, i, requests(limit))
				}
			}
			c.all.Wait()
			next := make(map[uint64]int)
			turns := make(map[uint64]int)
			for _, got := range c.admitted() {
				if got.nth != next[got.caller] {
					t.Fatalf("limit %d: call %d of caller %d came after %d others", limit, got.nth, got.caller, next[got.caller])
				}
				next[got.caller]++
				turns[got.caller]++
				for other, n := range calls {
					if other != got.caller && next[other] < n && turns[got.caller]-turns[other] > 1 {
						t.Fatalf("limit %d: caller %d has had %d turns and caller %d, who waits, %d", limit, got.caller, turns[got.caller], other, turns[other])
					}
				}
			}
			if len(c.admitted()) != 16 {
				t.Fatalf("limit %d: %d of 16 were admitted", limit, len(c.admitted()))
			}
		})
	}
}

// In any interval of one period no more are admitted than without waiting, and
// room is not left unused while calls wait.
func TestWaitCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, calls = 7, 100
		c := crowd{l: ratelimit.New(nil)}
		begun := time.Now()
		for i := range calls {
			c.wait(t.Context(), uint64(i%9), i, requests(limit))
			time.Sleep(time.Duration(i*37%1000) * time.Millisecond)
		}
		c.all.Wait()
		got := c.admitted()
		for i := limit; i < len(got); i++ {
			if d := got[i].at.Sub(got[i-limit].at); d <= time.Minute {
				t.Fatalf("%d were admitted within %v", limit+1, d)
			}
		}
		if took, most := time.Since(begun), (calls/limit+1)*61*time.Second; len(got) != calls || took > most {
			t.Errorf("%d were admitted in %v, which could take %v", len(got), took, most)
		}
	})
}

// What is given back wakes who waits for it, at once.
func TestWaitGivenBack(t *testing.T) {
	underWay := []ratelimit.Ask{{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 1, Amount: 1}}
	for _, c := range []struct {
		name  string
		asks  []ratelimit.Ask
		store bool
		close func(*ratelimit.Lease)
	}{
		{"settled with less", tokens(100, 80), false, func(le *ratelimit.Lease) { le.Settle(20) }},
		{"released", tokens(100, 80), false, func(le *ratelimit.Lease) { le.Release() }},
		{"requests released", requests(1), false, func(le *ratelimit.Lease) { le.Release() }},
		{"no longer under way", underWay, false, func(le *ratelimit.Lease) { le.Settle(5) }},
		{"settled with less in a store", tokens(100, 80), true, func(le *ratelimit.Lease) { le.Settle(20) }},
		{"released in a store", requests(1), true, func(le *ratelimit.Lease) { le.Release() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := &ratelimit.Options{}
				if c.store {
					opts.Store = ratelimittest.NewSlow(ratelimittest.StoreOptions{})
				}
				crowd := crowd{l: ratelimit.New(opts)}
				var lease ratelimit.Lease
				mustAdmit(t, crowd.l, c.asks, &lease)
				crowd.wait(t.Context(), 1, 0, c.asks)
				time.Sleep(500 * time.Millisecond)
				if n := crowd.l.Health().Waiting; n != 1 {
					t.Fatalf("%d wait", n)
				}
				closed := time.Now()
				c.close(&lease)
				got := crowd.admitted()
				if len(got) != 1 || got[0].at != closed {
					t.Errorf("closed at %v, admitted: %+v", closed, got)
				}
				crowd.all.Wait()
			})
		})
	}
}

// What another process gives back is noticed within a second.
func TestWaitOtherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := ratelimittest.NewSlow(ratelimittest.StoreOptions{})
		opts := &ratelimit.Options{Store: store}
		c, other := crowd{l: ratelimit.New(opts)}, ratelimit.New(opts)
		var lease ratelimit.Lease
		mustAdmit(t, other, tokens(100, 100), &lease)
		before := store.Trips()
		c.wait(t.Context(), 1, 0, tokens(100, 100))
		c.wait(t.Context(), 2, 0, tokens(100, 0))
		time.Sleep(10 * time.Second)
		if n := store.Trips() - before; n > 15 {
			t.Errorf("%d round trips to wait for ten seconds", n)
		}
		lease.Settle(0)
		closed := time.Now()
		time.Sleep(time.Second)
		if got := c.admitted(); len(got) != 1 || got[0].caller != 1 || got[0].at.Sub(closed) > time.Second {
			t.Errorf("closed at %v, admitted: %+v", closed, got)
		}
		c.all.Wait()
	})
}

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

// What is given back between the refusal and the waiting is not missed.
func TestWaitNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowAnswer{Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{})}
		opts := &ratelimit.Options{Store: store}
		l, other := ratelimit.New(opts), ratelimit.New(opts)
		var lease ratelimit.Lease
		mustAdmit(t, other, tokens(100, 100), &lease)
		store.before = lease.Release
		begun := time.Now()
		if v := l.Wait(t.Context(), 1, tokens(100, 100), nil); !v.OK || time.Since(begun) != 0 {
			t.Errorf("%+v after %v", v, time.Since(begun))
		}
	})
}

// The second call of a lease that was open already wakes those who wait for
// what it took, too.
func TestWaitSecondOfLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(&ratelimit.Options{Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{})})}
		var lease ratelimit.Lease
		mustAdmit(t, c.l, requests(5), &lease)
		mustAdmit(t, c.l, tokens(100, 80), &lease)
		c.wait(t.Context(), 1, 0, tokens(100, 80))
		time.Sleep(500 * time.Millisecond)
		closed := time.Now()
		lease.Settle(10)
		if got := c.admitted(); len(got) != 1 || got[0].at != closed {
			t.Errorf("closed at %v, admitted: %+v", closed, got)
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
	group := func(id uint64) ratelimit.Ask {
		return ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyUserGroup, id, ratelimit.Tokens), Limit: 100, Amount: 60, Shared: true}
	}
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		var two ratelimit.Lease
		mustAdmit(t, c.l, []ratelimit.Ask{group(1)}, nil)
		c.wait(t.Context(), 1, 0, []ratelimit.Ask{group(1)})
		mustAdmit(t, c.l, []ratelimit.Ask{group(2)}, &two)
		c.wait(t.Context(), 2, 0, []ratelimit.Ask{group(1), group(2)})
		time.Sleep(500 * time.Millisecond)
		c.wait(t.Context(), 2, 1, []ratelimit.Ask{group(1), group(2)})
		time.Sleep(700 * time.Millisecond)
		two.Release()
		time.Sleep(time.Second)
		if got := c.admitted(); len(got) != 1 || got[0].caller != 2 || got[0].nth != 0 {
			t.Errorf("admitted: %+v", got)
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

// Nobody knows when a call under way ends: even a short wait may help.
func TestWaitUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		asks := []ratelimit.Ask{{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 1, Amount: 1}}
		var lease ratelimit.Lease
		mustAdmit(t, c.l, asks, &lease)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		c.wait(ctx, 1, 0, asks)
		c.wait(ctx, 2, 0, asks)
		time.Sleep(50 * time.Millisecond)
		lease.Release()
		c.all.Wait()
		if got := c.admitted(); len(got) != 1 || got[0].caller != 1 || c.l.Health().Waiting != 0 {
			t.Errorf("admitted: %+v", got)
		}
	})
}

// Wait returns at once when waiting does not help.
func TestWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &ratelimittest.Faulty{
			Store:  ratelimittest.NewSlow(ratelimittest.StoreOptions{}),
			Script: func(int64) ratelimittest.Fault { return ratelimittest.FailBefore },
		}
		full := ratelimit.New(&ratelimit.Options{MaxBuckets: 1})
		mustAdmit(t, full, requests(1), nil)
		busy := ratelimit.New(&ratelimit.Options{MaxWaiting: 2})
		mustAdmit(t, busy, requests(1), nil)
		ctx, cancel := context.WithCancel(t.Context())
		for caller := range uint64(2) {
			go busy.Wait(ctx, caller, requests(1), nil)
		}
		synctest.Wait()
		ended, end := context.WithCancel(t.Context())
		end()
		soon, endSoon := context.WithTimeout(t.Context(), 30*time.Second)
		defer endSoon()
		queued := ratelimit.New(nil)
		mustAdmit(t, queued, requests(1), nil)
		go queued.Wait(ctx, 7, requests(1), nil)
		synctest.Wait()
		away := ratelimit.New(&ratelimit.Options{Store: store, WhenAway: ratelimit.Deny})
		mustRefuse(t, away, requests(1), nil)
		blocked := ratelimit.New(nil)
		mustAdmit(t, blocked, requests(1), nil)
		for _, c := range []struct {
			name string
			l    *ratelimit.Limiter
			ctx  context.Context
			asks []ratelimit.Ask
			is   func(ratelimit.Verdict) bool
		}{
			{"disabled", blocked, t.Context(), requests(0), func(v ratelimit.Verdict) bool { return v.Disabled }},
			{"disabled behind others", queued, t.Context(), append(userTokens(1, 0, 1), requests(1)...), func(v ratelimit.Verdict) bool { return v.Disabled }},
			{"full", full, t.Context(), tokens(1, 1), func(v ratelimit.Verdict) bool { return v.Full }},
			{"away", away, t.Context(), requests(1), func(v ratelimit.Verdict) bool { return v.Away }},
			{"ended", blocked, ended, requests(1), func(v ratelimit.Verdict) bool { return v.RetryAfter > 0 }},
			{"ends too soon", blocked, soon, requests(1), func(v ratelimit.Verdict) bool { return v.RetryAfter > 30*time.Second }},
			{"ends too soon behind others", queued, soon, requests(1), func(v ratelimit.Verdict) bool { return v.RetryAfter > 30*time.Second }},
			{"too many", busy, t.Context(), requests(1), func(v ratelimit.Verdict) bool { return v.Blocked == requests(1)[0] }},
			{"admitted", blocked, ended, tokens(1, 1), func(v ratelimit.Verdict) bool { return v.OK }},
		} {
			begun := time.Now()
			v := c.l.Wait(c.ctx, 9, c.asks, nil)
			if !c.is(v) || v.OK != (c.name == "admitted") || time.Since(begun) != 0 {
				t.Errorf("%s: %+v after %v", c.name, v, time.Since(begun))
			}
		}
		cancel()
		synctest.Wait()
		if busy.Health().Waiting+queued.Health().Waiting+blocked.Health().Waiting != 0 {
			t.Error("somebody still waits")
		}
	})
}

// The end of ctx ends the waiting at that moment, with the last refusal, and
// the next one's turn has come.
func TestWaitHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		mustAdmit(t, c.l, tokens(100, 50), nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		var v ratelimit.Verdict
		c.all.Go(func() { v = c.l.Wait(ctx, 1, tokens(100, 90), nil) })
		synctest.Wait()
		c.wait(t.Context(), 2, 0, tokens(100, 50))
		time.Sleep(time.Second)
		hungUp := time.Now()
		cancel(errors.New("hang up"))
		if got := c.admitted(); len(got) != 1 || got[0].at != hungUp {
			t.Errorf("hung up at %v, admitted: %+v", hungUp, got)
		}
		if v.OK || v.Blocked != tokens(100, 90)[0] || v.RetryAfter <= 0 {
			t.Errorf("hung up with %+v", v)
		}
		c.all.Wait()
	})
}

// Storms of calls that hang up leave nothing behind, and the calls that stay
// are admitted.
func TestWaitStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		mustAdmit(t, c.l, tokens(10, 10), nil)
		for round := range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			for i := range 40 {
				c.all.Go(func() { c.l.Wait(ctx, uint64(i%7), append(tokens(10, 1), userTokens(uint64(i%3), 5, 1)...), nil) })
			}
			c.all.Go(func() { c.l.Wait(t.Context(), uint64(round), tokens(10, 1), nil) })
			time.Sleep(time.Duration(round) * time.Second)
			cancel()
		}
		c.all.Wait()
		if n := c.l.Health().Waiting; n != 0 {
			t.Errorf("%d wait", n)
		}
	})
}

// A call that need not wait costs what Admit does.
func TestWaitAllocs(t *testing.T) {
	l := ratelimit.New(nil)
	asks := sixLimits(1, 2, 3)
	var lease ratelimit.Lease
	for name, f := range map[string]func() ratelimit.Verdict{
		"Admit": func() ratelimit.Verdict { return l.Admit(context.Background(), asks, &lease) },
		"Wait":  func() ratelimit.Verdict { return l.Wait(context.Background(), 1, asks, &lease) },
	} {
		if n := testing.AllocsPerRun(100, func() {
			if v := f(); !v.OK {
				t.Fatalf("%s: %+v", name, v)
			}
			lease.Settle(50)
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
