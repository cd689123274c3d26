package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkShadow tells two limiters the same, one of them without the asks in the
// shadow.
func checkShadow(t *rapid.T, open Open) {
	var clock Clock
	opts := &ratelimit.Options{Now: clock.Now, ChargeAfter: rapid.Bool().Draw(t, "charge after")}
	shadowed, bare := open(opts), open(opts)
	var open1, open2 []*ratelimit.Lease
	var asks []ratelimit.Ask
	for range rapid.IntRange(1, 40).Draw(t, "calls") {
		clock.Advance(drawStep(t))
		if rapid.IntRange(0, 2).Draw(t, "again") > 0 {
			asks = drawMixed(t)
		}
		lease1, lease2 := new(ratelimit.Lease), new(ratelimit.Lease)
		v1 := shadowed.Admit(context.Background(), asks, lease1)
		v2 := bare.Admit(context.Background(), enforced(asks), lease2)
		v1.Shadow = nil
		if v1 != v2 {
			t.Fatalf("%+v with asks in the shadow, %+v without, to %+v", v1, v2, asks)
		}
		for _, a := range asks {
			if a.Bucket.Principal == shadowOnly {
				continue
			}
			used1, _ := shadowed.Usage(a.Bucket, 0)
			if used2, _ := bare.Usage(a.Bucket, 0); used1 != used2 {
				t.Fatalf("%d used with asks in the shadow, %d without, of %+v", used1, used2, a.Bucket)
			}
		}
		open1, open2 = append(open1, lease1), append(open2, lease2)
		if rapid.Bool().Draw(t, "close") {
			i := rapid.IntRange(0, len(open1)-1).Draw(t, "lease")
			if rapid.Bool().Draw(t, "settle") {
				used := drawAmount(t)
				open1[i].Settle(used)
				open2[i].Settle(used)
			} else {
				open1[i].Release()
				open2[i].Release()
			}
		}
	}
}

// checkShadowCounts fills a bucket in the shadow: it passes everything, counts
// it, and says what it would have refused.
func checkShadowCounts(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	limit := rapid.Int64Range(1, 10).Draw(t, "limit")
	ask := oneAsk(1, drawPeriod(t), limit, 1)
	ask[0].Shadow = true
	for n := range int64(20) {
		v := l.Admit(context.Background(), ask, nil)
		switch {
		case !v.OK:
			t.Fatalf("refused in the shadow: %+v", v)
		case n < limit && v.Shadow != nil:
			t.Fatalf("call %d of %d: %+v", n+1, limit, *v.Shadow)
		case n >= limit && v.Shadow == nil:
			t.Fatalf("call %d of %d passes without a word", n+1, limit)
		case n >= limit && (v.Shadow.OK || v.Shadow.RetryAfter <= 0 || v.Shadow.Blocked.Bucket != ask[0].Bucket):
			t.Fatalf("call %d of %d: %+v", n+1, limit, *v.Shadow)
		}
		if used, _ := l.Usage(ask[0].Bucket, limit); used != n+1 {
			t.Fatalf("%d counted after %d calls", used, n+1)
		}
	}
	// The same bucket, now enforced, keeps what was counted (ruling R26).
	ask[0].Shadow = false
	if v := l.Admit(context.Background(), ask, nil); v.OK {
		t.Fatalf("enforcing what was in the shadow forgave 20 calls of %d", limit)
	}
	clock.Advance(ask[0].Bucket.Period.Duration() + time.Hour/slotsPerPeriod)
	if v := l.Admit(context.Background(), ask, nil); !v.OK {
		t.Fatalf("%+v a period later", v)
	}
}
