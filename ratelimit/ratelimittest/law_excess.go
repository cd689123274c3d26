package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkExcess has calls use more than they reserved, or less, and end when they
// like. It writes down what stands to each moment: whoever is admitted fits on
// top of all that was charged in the period before, overdrafts included.
func checkExcess(t *rapid.T, open Open) {
	key, period := drawKey(t), drawPeriod(t)
	limit := rapid.OneOf(rapid.Int64Range(1, 40), rapid.Int64Range(64, 300)).Draw(t, "limit")
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	type running struct {
		lease ratelimit.Lease
		of    *passed
	}
	var log []*passed
	var calls []*running
	standing := func() (sum int64) {
		for _, p := range log {
			if clock.since-p.at <= period.Duration() {
				sum += p.amount
			}
		}
		return sum
	}
	admit := func(amount int64) bool {
		r := &running{of: &passed{clock.since, amount}}
		if !l.Admit(context.Background(), askOf(key, 1, period, limit, amount), &r.lease).OK {
			return false
		}
		log, calls = append(log, r.of), append(calls, r)
		if sum := standing(); sum > limit {
			t.Fatalf("%d was admitted, and %d stand in the last %v, the limit is %d", amount, sum, period.Duration(), limit)
		}
		return true
	}
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		switch rapid.IntRange(0, 5).Draw(t, "step") {
		case 0:
			clock.Advance(time.Duration(rapid.Int64Range(0, int64(period.Duration()/2)).Draw(t, "pause")))
		case 1:
			// As many as there is room for.
			for admit(max(limit/8, 1)) {
			}
		case 2:
			admit(rapid.Int64Range(1, limit).Draw(t, "amount"))
		default:
			if len(calls) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(calls)-1).Draw(t, "call")
			r := calls[i]
			calls = append(calls[:i], calls[i+1:]...)
			used := r.of.amount * rapid.SampledFrom([]int64{0, 0, 1, 3}).Draw(t, "used")
			if more := used - r.of.amount; more > 0 {
				log = append(log, &passed{clock.since, more})
			}
			r.of.amount = min(used, r.of.amount)
			r.lease.Settle(used)
		}
	}
}
