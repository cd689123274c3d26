package ratelimit_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// liar is a store that says whatever it is set to.
type liar struct {
	verdict ratelimit.Verdict
	taken   []ratelimit.Taken
	used    int64
	settled []ratelimit.Settled
}

func (l *liar) Take(_ context.Context, _ []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	copy(taken, l.taken)
	return l.verdict, nil
}

func (l *liar) Settle(_ context.Context, settled []ratelimit.Settled) error {
	l.settled = append(l.settled, settled...)
	return nil
}

func (l *liar) Used(_ context.Context, _ []ratelimit.Bucket, used []int64) error {
	for i := range used {
		used[i] = l.used
	}
	return nil
}

// Whatever a store says, a verdict keeps its promises, what is told back is
// sound, and this process's own limits hold.
func TestBelieve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64Range(-3, 12), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1 << 53}), rapid.Int64())
		asks := append(tokens(10, rapid.Int64Range(-1, 12).Draw(t, "amount")), requests(1000)...)
		asks = append(asks, tokens(8, 3)...)
		asks[2].Shadow = true
		asks = append(asks, ratelimit.Ask{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 50, Amount: 1})
		if rapid.Bool().Draw(t, "shadows alone") {
			asks = asks[2:3]
		}
		lie := &liar{used: number.Draw(t, "used")}
		drawVerdict := func() ratelimit.Verdict {
			return ratelimit.Verdict{
				OK: rapid.Bool().Draw(t, "ok"), Disabled: rapid.Bool().Draw(t, "disabled"),
				Full: rapid.Bool().Draw(t, "full"), Away: rapid.Bool().Draw(t, "away"),
				RetryAfter: time.Duration(number.Draw(t, "retry after")),
				Blocked:    rapid.SampledFrom(append(asks, ratelimit.Ask{}, tokens(77, 1)[0])).Draw(t, "blocked"),
			}
		}
		var clock fakeClock
		l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: lie, StoreTimeout: patience})
		var admitted int64
		for range rapid.IntRange(1, 12).Draw(t, "calls") {
			lie.verdict = drawVerdict()
			if rapid.Bool().Draw(t, "shadow") {
				shadow := drawVerdict()
				shadow.Shadow = &shadow
				lie.verdict.Shadow = &shadow
			}
			lie.taken = nil
			for range rapid.IntRange(0, len(asks)).Draw(t, "taken") {
				lie.taken = append(lie.taken, ratelimit.Taken{
					Bucket: rapid.SampledFrom(append(asks, ratelimit.Ask{})).Draw(t, "bucket").Bucket,
					Slot:   number.Draw(t, "slot"), Amount: number.Draw(t, "took"),
				})
			}
			lie.settled = nil
			var lease ratelimit.Lease
			v := l.Admit(context.Background(), asks, &lease)
			checkVerdict(t, v, asks)
			if v.OK {
				if v.Disabled || v.Full || v.Away || v.RetryAfter != 0 || v.Blocked != (ratelimit.Ask{}) {
					t.Fatalf("admitted with %+v", v)
				}
				if !asks[0].Shadow {
					admitted += min(max(asks[0].Amount, 1), 10)
				}
				if rapid.Bool().Draw(t, "release") {
					lease.Release()
					if !asks[0].Shadow {
						admitted -= min(max(asks[0].Amount, 1), 10)
					}
				} else {
					lease.Settle(min(max(asks[0].Amount, 1), 10))
				}
			} else if lease.Open() {
				t.Fatal("a refused call holds a lease")
			}
			for _, s := range lie.settled {
				known := false
				for _, a := range asks {
					known = known || a.Bucket == s.Bucket
				}
				if !known || s.Amount < 0 || s.Amount > 12 || s.Used < 0 || s.Used == s.Amount || s.Bucket.Dimension == ratelimit.Concurrent {
					t.Fatalf("the store was told %+v", s)
				}
			}
			v, standings := l.Peek(context.Background(), asks, nil)
			checkVerdict(t, v, asks)
			for _, s := range standings {
				if s.Used < 0 || s.Remaining < 0 || s.Remaining > s.Ask.Limit {
					t.Fatalf("%+v", s)
				}
			}
			if h := l.Health(); h.Away || h.Owed != 0 {
				t.Fatalf("health is %+v", h)
			}
		}
		if admitted > 10 {
			t.Fatalf("%d admitted of 10 by one process", admitted)
		}
	})
}

// checkVerdict checks what every verdict promises.
func checkVerdict(t *rapid.T, v ratelimit.Verdict, asks []ratelimit.Ask) {
	for _, r := range []*ratelimit.Verdict{&v, v.Shadow} {
		if r == nil || r.OK && r == &v {
			continue
		}
		known := false
		for _, a := range asks {
			known = known || a == r.Blocked
		}
		if !known || r.OK || !r.Disabled && (r.RetryAfter <= 0 || r.RetryAfter > 2*time.Hour) || r.Away {
			t.Fatalf("%+v", r)
		}
		if r != &v && r.Shadow != nil {
			t.Fatalf("the shadow has a shadow: %+v", r)
		}
	}
}
