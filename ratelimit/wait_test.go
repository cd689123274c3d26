package ratelimit_test

import (
	"context"
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
