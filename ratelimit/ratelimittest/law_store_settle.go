package ratelimittest

import (
	"time"

	"pgregory.net/rapid"
)

// checkStoreSettle has one call use less or more than it took, perhaps long
// after that has left the window, or after nothing was taken at all.
func checkStoreSettle(t *rapid.T, open OpenStore) {
	key, period := drawKey(t), drawPeriod(t)
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	clock.Advance(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "start")))
	ask := askOf(key, 1, period, rapid.Int64Range(1, 100).Draw(t, "limit"), rapid.Int64Range(1, 120).Draw(t, "amount"))
	ask[0].After = rapid.Bool().Draw(t, "after")
	v, taken := take(t, s, ask)
	if !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}
	amount := min(ask[0].Amount, ask[0].Limit)
	if ask[0].After {
		amount = 0
	}
	b := ask[0].Bucket
	if taken[0].Amount != amount || usedOf(t, s, b) != amount {
		t.Fatalf("%d counted, and %+v said to be taken, for %+v", usedOf(t, s, b), taken[0], ask[0])
	}
	running := time.Duration(rapid.Int64Range(0, int64(2*period.Duration())).Draw(t, "running"))
	clock.Advance(running)
	used := rapid.Int64Range(0, 200).Draw(t, "used")
	settle(t, s, used, taken...)
	excess := max(used-amount, 0)
	least, most := excess, used
	switch {
	case running <= period.Duration():
		least = used
	case running > period.Duration()+grain(period):
		most = excess
	}
	if n := usedOf(t, s, b); n < least || n > most {
		t.Fatalf("%d counted, %d to %d were used of %d taken %v before", n, least, most, amount, running)
	}
	// What was used beyond stands for a whole period, and no longer.
	clock.Advance(period.Duration())
	if n := usedOf(t, s, b); n < excess {
		t.Fatalf("%d counted, %d were charged a period ago", n, excess)
	}
	clock.Advance(grain(period))
	if n := usedOf(t, s, b); n != 0 {
		t.Fatalf("%d counted of what is older than a period", n)
	}
	settle(t, s, 0, taken...)
	if n := usedOf(t, s, b); n != 0 {
		t.Fatalf("%d counted after a give-back that came too late", n)
	}
}

// checkGiveBack takes twice, and gives back what was taken first: what was
// taken second counts for its whole period, and what was taken first no longer
// than its own.
func checkGiveBack(t *rapid.T, open OpenStore) {
	key, period := drawKey(t), drawPeriod(t)
	var clock Clock
	s := open(StoreOptions{Now: clock.Now})
	first := rapid.Int64Range(1, 50).Draw(t, "first")
	second := rapid.Int64Range(1, 50).Draw(t, "second")
	kept := rapid.Int64Range(0, first).Draw(t, "kept")
	b := askOf(key, 1, period, 0, 0)[0].Bucket
	_, taken := take(t, s, askOf(key, 1, period, 100, first))
	pause := time.Duration(rapid.Int64Range(int64(2*grain(period)), int64(period.Duration()/2)).Draw(t, "pause"))
	clock.Advance(pause)
	take(t, s, askOf(key, 1, period, 100, second))
	settle(t, s, kept, taken...)
	if n := usedOf(t, s, b); n != kept+second {
		t.Fatalf("%d counted, not the %d kept and %d", n, kept, second)
	}
	clock.Advance(period.Duration() - pause + grain(period))
	if n := usedOf(t, s, b); n != second {
		t.Fatalf("%d counted when the first has left, the second was %d", n, second)
	}
	clock.Advance(pause - grain(period))
	if n := usedOf(t, s, b); n != second {
		t.Fatalf("%d counted a period after %d were taken", n, second)
	}
	clock.Advance(grain(period))
	if n := usedOf(t, s, b); n != 0 {
		t.Fatalf("%d counted when all have left", n)
	}
}
