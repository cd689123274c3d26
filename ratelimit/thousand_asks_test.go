package ratelimit_test

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// A call may have a thousand asks, in any order and many for one bucket: it
// takes from each bucket once, the most that is asked of it, shadows counting
// only where nothing else asks; and gives back exactly that.
func TestThousandAsks(t *testing.T) {
	l := ratelimit.New(&ratelimit.Options{Now: newFakeClock().Now})
	type want struct {
		most   int64
		shadow bool
	}
	wants := make(map[ratelimit.Bucket]want)
	var asks []ratelimit.Ask
	for i := range 1000 {
		key := ratelimit.KeyService + ratelimit.Key(i%6)
		a := ratelimit.Ask{
			Bucket: bucketOf(key, uint64(i%37), ratelimit.Requests+ratelimit.Dimension(i%2)),
			Limit:  1 << 40,
			Amount: int64(1 + i*577%1000),
			Shadow: i%11 == 0,
			Shared: key == ratelimit.KeyUserGroup,
		}
		asks = append(asks, a)
		w, ok := wants[a.Bucket]
		switch {
		case !ok || w.shadow && !a.Shadow:
			w = want{a.Amount, a.Shadow}
		case w.shadow == a.Shadow:
			w.most = max(w.most, a.Amount)
		}
		wants[a.Bucket] = w
	}
	check := func(calls int64) {
		t.Helper()
		for b, w := range wants {
			if used, _ := l.Usage(b, 1<<40); used != calls*w.most {
				t.Fatalf("%d used of %+v in %d calls of %d", used, b, calls, w.most)
			}
		}
	}
	var lease ratelimit.Lease
	for calls := range int64(3) {
		mustAdmit(t, l, asks, &lease)
		check(calls + 1)
	}
	lease.Release()
	check(0)
	for _, d := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
		if tally := l.Memory().Tally(d); tally.Leases != 0 || tally.Open != 0 {
			t.Errorf("%v: %+v", d, tally)
		}
	}
	if n := l.Len(); n != len(wants) {
		t.Errorf("%d buckets, want %d", n, len(wants))
	}
}
