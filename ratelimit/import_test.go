package ratelimit_test

import (
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// A memory that goes on from what another has exported tells callers to wait
// exactly as long, wherever in the hour both have begun.
func TestImportRetryAfter(t *testing.T) {
	for _, begun := range []time.Duration{0, 5 * time.Minute, 59 * time.Minute} {
		for _, period := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
			var clock ratelimittest.Clock
			clock.Set(begun + 7*time.Second)
			asks := requests(3)
			asks[0].Bucket.Period = period
			l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
			for range 3 {
				mustAdmit(t, l, asks, nil)
				clock.Advance(period.Duration() / 4)
			}
			next := ratelimit.New(&ratelimit.Options{Now: clock.Now})
			next.Memory().Import(l.Memory().Export(false))
			before, after := mustRefuse(t, l, asks, nil), mustRefuse(t, next, asks, nil)
			if before != after {
				t.Errorf("begun at %v, %v: %+v, and then %+v", begun, period, before, after)
			}
		}
	}
}
