package ratelimittest

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// drawCompany draws how many limiters there are, their limit and their share.
func drawCompany(t *rapid.T, open Open, whenAway ratelimit.WhenAway) *company {
	return newCompany(t, open,
		rapid.IntRange(1, 3).Draw(t, "limiters"),
		rapid.Int64Range(1, 20).Draw(t, "limit"),
		ratelimit.Options{WhenAway: whenAway, Share: rapid.SampledFrom([]int{1, 20, 34, 50, 100}).Draw(t, "share")})
}

// drawCalls has calls come to limiters at random for a few periods.
func drawCalls(t *rapid.T, c *company, each func(v ratelimit.Verdict)) {
	for range rapid.IntRange(1, 40).Draw(t, "calls") {
		switch rapid.IntRange(0, 5).Draw(t, "pause") {
		case 0:
			time.Sleep(min(drawStep(t), 2*time.Minute))
		case 1:
			time.Sleep(time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "seconds")))
		case 2:
			c.endAll()
		}
		amount := rapid.Int64Range(1, c.share).Draw(t, "amount")
		used := rapid.Int64Range(0, amount).Draw(t, "used")
		v := c.call(rapid.IntRange(0, len(c.limiters)-1).Draw(t, "limiter"), amount, used, rapid.Bool().Draw(t, "stay"))
		each(v)
	}
}

func checkTogether(t *rapid.T, open Open) {
	c := drawCompany(t, open, ratelimit.Bounded)
	c.share = c.limit
	before := c.slow.Trips()
	for range rapid.IntRange(1, 40).Draw(t, "calls") {
		if rapid.IntRange(0, 2).Draw(t, "pause") == 0 {
			time.Sleep(drawStep(t))
		}
		amount := rapid.Int64Range(1, c.limit).Draw(t, "amount")
		used := rapid.Int64Range(0, amount).Draw(t, "used")
		v := c.call(rapid.IntRange(0, len(c.limiters)-1).Draw(t, "limiter"), amount, used, true)
		trips := c.slow.Trips() - before
		if v.OK && trips != 1 || trips > 1 {
			t.Fatalf("%d round trips for %+v", trips, v)
		}
		if v.OK && rapid.Bool().Draw(t, "end") {
			before = c.slow.Trips()
			c.endAll()
			if trips := c.slow.Trips() - before; trips > 1 || (trips == 1) != (used != amount) {
				t.Fatalf("%d round trips to settle %d of %d", trips, used, amount)
			}
		}
		c.endAll()
		before = c.slow.Trips()
	}
	c.atMost(c.limit)
	c.recovered()
}

func checkBounded(t *rapid.T, open Open) {
	c := drawCompany(t, open, ratelimit.Bounded)
	c.store.Delay = rapid.SampledFrom([]time.Duration{c.timeout / 2, 2 * c.timeout}).Draw(t, "delay")
	c.store.Script = drawScript(t)
	drawCalls(t, c, func(v ratelimit.Verdict) {
		if v.Away {
			t.Fatalf("%+v, but nobody denies", v)
		}
	})
	c.atMost(c.limit + int64(len(c.limiters))*c.share)
	c.recovered()
}

func checkDenied(t *rapid.T, open Open) {
	c := drawCompany(t, open, ratelimit.Deny)
	c.store.Delay = 2 * c.timeout
	c.store.Script = drawScript(t)
	drawCalls(t, c, func(ratelimit.Verdict) {})
	c.atMost(c.limit)
	c.recovered()
}

// drawScript draws a script in which the store is well for a while and unwell
// for a while. It speaks no nonsense, which may well be an untrue yes.
func drawScript(t *rapid.T) func(int64) Fault {
	unwell := faults[:len(faults)-1]
	script := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fault {
		if rapid.Bool().Draw(t, "well") {
			return NoFault
		}
		return rapid.SampledFrom(unwell).Draw(t, "fault")
	}), 1, 20).Draw(t, "script")
	return func(call int64) Fault { return script[int(call/2)%len(script)] }
}

func checkAway(t *rapid.T, open Open) {
	whenAway := rapid.SampledFrom([]ratelimit.WhenAway{ratelimit.Bounded, ratelimit.Deny}).Draw(t, "when away")
	c := drawCompany(t, open, whenAway)
	fault := rapid.SampledFrom([]Fault{FailBefore, FailAfter, HangBefore, HangAfter, Panic, Late}).Draw(t, "fault")
	c.store.Delay = 2 * c.timeout
	c.store.Script = func(int64) Fault { return fault }
	for round := range 3 {
		began, admitted := time.Now(), int64(0)
		for range 2*c.limit + 3 {
			v := c.call(0, 1, 1, false)
			switch {
			case v.OK:
				admitted++
			case v.Away != (whenAway == ratelimit.Deny) || v.Disabled || v.Full:
				t.Fatalf("away, and refused with %+v", v)
			}
		}
		if took := time.Since(began); took > 2*c.timeout {
			t.Fatalf("calls of one moment took %v", took)
		}
		if want := c.share; whenAway == ratelimit.Bounded && admitted != want || whenAway == ratelimit.Deny && admitted != 0 {
			t.Fatalf("round %d: %d admitted of %d, the share is %d", round, admitted, c.limit, want)
		}
		if h := c.limiters[0].Health(); !h.Away || h.Err == nil || whenAway == ratelimit.Bounded && h.Alone != uint64(admitted)*uint64(round+1) {
			t.Fatalf("%d admitted alone, and health is %+v", admitted, h)
		}
		time.Sleep(c.period.Duration() + grain(c.period))
	}
	c.recovered()
}

func checkOwed(t *rapid.T, open Open) {
	c := newCompany(t, open, 1, 1000, ratelimit.Options{})
	fault := rapid.SampledFrom([]Fault{FailBefore, FailAfter, HangBefore, HangAfter, Panic, Late}).Draw(t, "fault")
	c.store.Delay = 2 * c.timeout
	reserved := rapid.Int64Range(1, 100).Draw(t, "reserved")
	used := reserved + rapid.Int64Range(1, 500).Draw(t, "excess")
	var lease ratelimit.Lease
	if v := c.limiters[0].Admit(context.Background(), c.ask(reserved), &lease); !v.OK {
		t.Fatalf("%+v on an idle bucket", v)
	}
	c.store.Script = func(int64) Fault { return fault }
	lease.Settle(used)
	if h := c.limiters[0].Health(); !h.Away {
		t.Fatalf("the store failed, and health is %+v", h)
	}
	c.store.Script = nil
	time.Sleep(1100 * time.Millisecond)
	// The next that settles brings it along.
	c.call(0, 2, 1, false)
	c.call(0, 2, 1, false)
	bucket := c.ask(0)[0].Bucket
	stored, twice := usedOf(t, c.slow, bucket), fault == FailAfter || fault == HangAfter
	// An answer that was lost may have it told twice, never not at all.
	if want := used + 2; stored < want || !twice && stored != want {
		t.Fatalf("the store knows of %d, %d were used", stored, want)
	}
	if h := c.limiters[0].Health(); h.Away || h.Owed != 0 || h.Unheard != 0 {
		t.Fatalf("all is told, and health is %+v", h)
	}
}

// testEveryCall fails each call of a story in each way, one at a time.
func testEveryCall(t *testing.T, open Open) {
	const calls, limit = 25, 12
	for _, fault := range faults {
		for k := int64(1); k <= calls; k++ {
			synctest.Test(t, func(t *testing.T) {
				c := newCompany(t, open, 2, limit, ratelimit.Options{Share: 50})
				c.store.Delay = 2 * c.timeout
				c.store.Script = func(call int64) Fault {
					if call == k {
						return fault
					}
					return NoFault
				}
				story := rand.New(rand.NewPCG(uint64(k), 1))
				for range calls {
					amount := 1 + story.Int64N(4)
					c.call(story.IntN(2), amount, story.Int64N(amount+1), story.IntN(2) == 0)
					if story.IntN(3) == 0 {
						time.Sleep(time.Duration(story.Int64N(int64(10 * time.Second))))
					}
					if story.IntN(4) == 0 {
						c.endAll()
					}
				}
				c.atMost(limit + 2*c.share)
				c.recovered()
				if t.Failed() {
					t.Logf("call %d: %v", k, fault)
				}
			})
		}
	}
}
