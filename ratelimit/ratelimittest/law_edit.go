package ratelimittest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkEdit changes a limit while goroutines live by it. Whoever is admitted
// finds at most the limit that he was judged by, his own included, in the
// period that ends with him: so the larger of two limits holds for an interval
// in which both were in force, and the smaller from a period later on.
func checkEdit(t *rapid.T, open Open) {
	const goroutines = 4
	key, period := drawKey(t), drawPeriod(t)
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	type admitted struct {
		at           time.Duration
		limit, count int64
	}
	type running struct {
		lease ratelimit.Lease
		of    *admitted
	}
	var log [goroutines][]*admitted
	var leases [goroutines][]*running
	var now time.Duration
	for range rapid.IntRange(2, 12).Draw(t, "phases") {
		now += min(drawStep(t), period.Duration()/3)
		clock.Set(now)
		edits := rapid.SliceOfN(rapid.Int64Range(0, 60), 1, 4).Draw(t, "limits")
		var limit atomic.Int64
		limit.Store(edits[0])
		keep := rapid.IntRange(1, 4).Draw(t, "keep")
		var start, calls sync.WaitGroup
		start.Add(1)
		for g := range goroutines {
			calls.Go(func() {
				start.Wait()
				for i := range 12 {
					in := limit.Load()
					amount := int64(1 + (g+i)%3)
					r := &running{of: &admitted{now, in, min(amount, in)}}
					if !l.Admit(context.Background(), askOf(key, 1, period, in, amount), &r.lease).OK {
						continue
					}
					log[g] = append(log[g], r.of)
					leases[g] = append(leases[g], r)
					if i%keep == 0 {
						continue // ends in a later phase, under other limits
					}
					last := leases[g][len(leases[g])/2]
					leases[g] = append(leases[g][:len(leases[g])/2], leases[g][len(leases[g])/2+1:]...)
					if i%3 == 0 {
						last.lease.Release()
						last.of.count = 0
					} else {
						used := max(last.of.count-1, 0)
						last.lease.Settle(used)
						last.of.count = used
					}
				}
			})
		}
		calls.Go(func() {
			start.Wait()
			for _, e := range edits {
				limit.Store(e)
			}
		})
		start.Done()
		calls.Wait()
	}
	var all []*admitted
	var inWindow int64
	for g := range goroutines {
		for _, r := range leases[g] {
			r.lease.Settle(r.of.count)
		}
		all = append(all, log[g]...)
	}
	for _, a := range all {
		// Of calls at one moment, the one with the largest limit may be the last.
		largest, sum := a.limit, int64(0)
		for _, b := range all {
			if b.at == a.at {
				largest = max(largest, b.limit)
			}
			if b.at <= a.at && a.at-b.at <= period.Duration() {
				sum += b.count
			}
		}
		if sum > largest {
			t.Fatalf("%d in the period up to %v, where %d was the limit", sum, a.at, largest)
		}
		if now-a.at <= period.Duration() {
			inWindow += a.count
		}
	}
	books := balanced(t, l, ratelimit.Tokens)
	if books.Open != 0 || books.Leases != 0 || books.Excess != 0 {
		t.Fatalf("all is settled honestly, and the tally is %+v", books)
	}
	var settled int64
	for _, a := range all {
		settled += a.count
	}
	if books.Settled != settled {
		t.Fatalf("%d settled by hand, the tally is %+v", settled, books)
	}
	if used, _ := l.Usage(askOf(key, 1, period, 0, 0)[0].Bucket, 0); used < inWindow {
		t.Fatalf("%d used in the last period, %d counted", inWindow, used)
	}
}

// checkLowered lowers a limit below what is used: nothing passes until enough
// has left, and then what the smaller limit allows.
func checkLowered(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	slot := period.Duration() / slotsPerPeriod
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	first := rapid.Int64Range(2, 50).Draw(t, "first")
	second := rapid.Int64Range(1, 50).Draw(t, "second")
	lowered := rapid.Int64Range(1, first).Draw(t, "lowered")
	take := func(limit, amount int64) bool {
		return l.Admit(context.Background(), askOf(key, 1, period, limit, amount), nil).OK
	}
	if !take(first, first) {
		t.Fatal("an idle bucket refuses")
	}
	clock.Advance(period.Duration() / 2)
	if !take(first+second, second) {
		t.Fatal("a raised limit gives no room")
	}
	for at := period.Duration() / 2; at < period.Duration(); at += slot {
		if take(lowered, 1) {
			t.Fatalf("passed at %v, with %d of %d used", at, first+second, lowered)
		}
		clock.Advance(slot)
	}
	clock.Advance(slot) // the first have left by now, the second stand
	if ok := take(lowered, 1); ok != (second < lowered) {
		t.Fatalf("with %d of %d used, passing is %v", second, lowered, ok)
	}
	clock.Advance(period.Duration() + slot)
	if !take(lowered, lowered) {
		t.Fatal("the smaller limit does not fit on an idle bucket")
	}
}
