package ratelimit_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// Readings of the clock that come late, or from a clock that was set back,
// forgive nothing: in no order do they make time pass that has not passed.
func TestClockForgivesNothing(t *testing.T) {
	const limit = 5
	for _, c := range []struct {
		name     string
		period   ratelimit.Period
		readings []time.Duration // none more than a period after another that is earlier
	}{
		{"a goroutine that slept", ratelimit.Minute, []time.Duration{1000 * time.Second, 930 * time.Second, 1000*time.Second - time.Millisecond}},
		{"and one that was slow", ratelimit.Minute, []time.Duration{1000 * time.Second, 930 * time.Second, 999 * time.Second}},
		{"and one that slept again", ratelimit.Minute, []time.Duration{1000 * time.Second, 930 * time.Second, 1000 * time.Second, 935 * time.Second, 1000 * time.Second}},
		{"set back, and one that was slow", ratelimit.Hour, []time.Duration{1000 * time.Second, 1000*time.Second - 2*time.Hour, 999900 * time.Millisecond}},
		{"set back, and two that were slow", ratelimit.Hour, []time.Duration{1000 * time.Second, 1000*time.Second - 2*time.Hour, 999 * time.Second, 1001*time.Second - 2*time.Hour, 999 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var clock ratelimittest.Clock
			l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
			asks := requests(limit)
			asks[0].Bucket.Period = c.period
			n := 0
			for _, d := range c.readings {
				clock.Set(d)
				for range 2 * limit {
					if l.Admit(context.Background(), asks, nil).OK {
						n++
					}
				}
			}
			if n != limit {
				t.Errorf("%d admitted, the limit is %d", n, limit)
			}
		})
	}
}

// One wild reading locks nobody out: when the clock is right again time goes on
// from where it stood, and a period later there is room.
func TestClockWildReading(t *testing.T) {
	for _, c := range []struct {
		name string
		wild time.Duration
	}{
		{"as far ahead as can be", math.MaxInt64},
		{"as far back as can be", math.MinInt64},
		{"two centuries ahead", 200 * 365 * 24 * time.Hour},
		{"two centuries back", -200 * 365 * 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			var clock ratelimittest.Clock
			l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
			clock.Set(c.wild)
			mustAdmit(t, l, requests(1), nil)
			for day := range 3 {
				clock.Set(time.Duration(day) * 24 * time.Hour)
				l.Admit(context.Background(), requests(1), nil)
				clock.Advance(62 * time.Second)
				mustAdmit(t, l, requests(1), nil)
				mustRefuse(t, l, requests(1), nil)
			}
		})
	}
}
