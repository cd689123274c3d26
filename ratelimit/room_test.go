package ratelimit_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// valueOf is an ask for the tag value of a service.
func valueOf(service, value uint64, p ratelimit.Period) []ratelimit.Ask {
	return []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: service, Principal: value, Key: ratelimit.KeyRequestTag, Period: p, Dimension: ratelimit.Requests},
		Limit:  5, Amount: 1,
	}}
}

// Whoever invents tag values for one service is in the way of nobody at
// another, and is told when there will be room.
func TestTagRoomIsAService(t *testing.T) {
	for _, p := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
		clock := newFakeClock()
		l := ratelimit.New(&ratelimit.Options{Now: clock.Now, MaxTagBuckets: 3})
		for value := range uint64(3) {
			clock.Advance(time.Second)
			mustAdmit(t, l, valueOf(1, value, p), nil)
		}
		v := l.Admit(context.Background(), valueOf(1, 3, p), nil)
		if v.OK || !v.Full {
			t.Fatalf("a fourth value: %+v", v)
		}
		mustAdmit(t, l, valueOf(1, 2, p), nil)
		for value := range uint64(3) {
			mustAdmit(t, l, valueOf(2, value, p), nil)
		}
		if h := l.Health(); h.Full != 1 || h.Buckets != 6 {
			t.Errorf("health: %+v", h)
		}
		if v.RetryAfter < p.Duration()-3*time.Second || v.RetryAfter > p.Duration()+2*p.Duration()/60 {
			t.Errorf("told to wait %v", v.RetryAfter)
		}
		clock.Advance(v.RetryAfter - 1)
		if v := l.Admit(context.Background(), valueOf(1, 3, p), nil); v.OK {
			t.Error("room before it was promised")
		}
		clock.Advance(1)
		mustAdmit(t, l, valueOf(1, 3, p), nil)
	}
}

// Nobody takes all the places to wait in: when they are taken, who has most of
// them gives one to who has fewer, and the call that came last goes.
func TestWaitPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(&ratelimit.Options{Now: time.Now, MaxWaiting: 3})
		full := func(service uint64) []ratelimit.Ask { return valueOf(service, 1, ratelimit.Minute) }
		for service := uint64(1); service <= 2; service++ {
			for range 5 {
				mustAdmit(t, l, full(service), nil)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		type end struct{ caller, nth int }
		var mu sync.Mutex
		var ended []end
		wait := func(caller, nth int, service uint64) {
			go func() {
				if v := l.Wait(ctx, uint64(caller), full(service), nil); !v.OK {
					mu.Lock()
					defer mu.Unlock()
					ended = append(ended, end{caller, nth})
				}
			}()
			synctest.Wait()
		}
		for nth := range 4 {
			wait(1, nth, 1)
		}
		wait(2, 0, 2)
		wait(2, 1, 2)
		mu.Lock()
		if len(ended) != 3 || ended[0] != (end{1, 3}) || ended[1] != (end{1, 2}) || ended[2] != (end{2, 1}) {
			t.Errorf("%v were sent away", ended)
		}
		mu.Unlock()
		if h := l.Health(); h.Waiting != 3 {
			t.Errorf("%d wait, want 3", h.Waiting)
		}
		cancel()
		synctest.Wait()
		if h := l.Health(); h.Waiting != 0 {
			t.Errorf("%d wait, want none", h.Waiting)
		}
	})
}
