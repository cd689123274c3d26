package ratelimittest

import (
	"math"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// drawAsks draws asks for one call, no two for one bucket, from a small world.
func drawAsks(t *rapid.T) []ratelimit.Ask {
	var asks []ratelimit.Ask
	for _, k := range []struct {
		key       ratelimit.Key
		principal []uint64
	}{
		{ratelimit.KeyService, []uint64{0}},
		{ratelimit.KeyUserDefault, []uint64{1}},
		{ratelimit.KeyUserGroup, []uint64{1, 2}},
	} {
		for _, principal := range k.principal {
			for _, p := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
				for _, d := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
					if rapid.IntRange(0, 2).Draw(t, "with") > 0 {
						continue
					}
					asks = append(asks, ratelimit.Ask{
						Bucket: ratelimit.Bucket{Service: 1, Principal: principal, Key: k.key, Period: p, Dimension: d},
						Limit:  drawLimit(t),
						Amount: 1,
						Shared: k.key == ratelimit.KeyUserGroup,
					})
				}
			}
		}
	}
	ratelimit.ReserveTokens(asks, drawAmount(t))
	return asks
}

func drawLimit(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(1, 12),
		rapid.SampledFrom([]int64{-1, 0, 1, math.MaxInt32, 1 << 53, 1<<55 + 1, math.MaxInt64 - 1, math.MaxInt64}),
	).Draw(t, "limit")
}

func drawAmount(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-1, 12),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt32, 1 << 53, 1<<55 - 1, 1 << 55, 1 << 62, math.MaxInt64}),
	).Draw(t, "amount")
}

// drawStep draws how long nothing happens: often within a slot, often around
// the ends of slots and periods.
func drawStep(t *rapid.T) time.Duration {
	const slot = time.Minute / slotsPerPeriod
	return rapid.OneOf(
		rapid.SampledFrom([]time.Duration{0, 1, slot - 1, slot, slot + 1, time.Minute - 1, time.Minute, time.Minute + slot,
			time.Hour / slotsPerPeriod, time.Hour, time.Hour + time.Minute}),
		rapid.Map(rapid.Int64Range(0, int64(3*slot)), func(n int64) time.Duration { return time.Duration(n) }),
		rapid.Map(rapid.Int64Range(0, int64(time.Minute)), func(n int64) time.Duration { return time.Duration(n) }),
	).Draw(t, "step")
}
