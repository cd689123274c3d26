package ratelimit_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

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
		time.Sleep(50 * time.Millisecond)
		lease.Release()
		c.all.Wait()
		if got := c.admitted(); len(got) != 1 {
			t.Errorf("admitted: %+v", got)
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
