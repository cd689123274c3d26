package ratelimittest

import (
	"math"
	"slices"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

var (
	periods    = [...]ratelimit.Period{ratelimit.Minute, ratelimit.Hour}
	dimensions = [...]ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens, ratelimit.Concurrent}
)

// shadowOnly is the caller whose buckets drawMixed asks for in the shadow only.
const shadowOnly = 9

// drawAsks draws asks for requests and tokens of one call, no two for one
// bucket, from a small world.
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
			for _, p := range periods {
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

// drawMixed draws asks of every kind for one call: several for one bucket, in
// the shadow or not, charged before or after, of calls under way, of tags, in
// any order. Only the buckets of caller shadowOnly have no other asks than
// those in the shadow.
func drawMixed(t *rapid.T) []ratelimit.Ask {
	asks := rapid.SliceOfN(rapid.Custom(drawMixedAsk), 0, 7).Draw(t, "asks")
	ratelimit.ReserveTokens(asks, drawAmount(t))
	// A bucket that is asked for is shadowed more often than by chance.
	for _, a := range asks {
		if rapid.IntRange(0, 4).Draw(t, "again") == 0 {
			a.Shadow = rapid.Bool().Draw(t, "shadow") || a.Bucket.Principal == shadowOnly
			a.Limit, a.Amount = drawLimit(t), drawAmount(t)
			asks = append(asks, a)
		}
	}
	enforced := make(map[ratelimit.Bucket]bool)
	for _, a := range asks {
		enforced[a.Bucket] = enforced[a.Bucket] || !a.Shadow
	}
	for i := range asks {
		if b := asks[i].Bucket; !enforced[b] && b.Principal != shadowOnly {
			asks[i].Shadow = false
		}
	}
	return asks
}

func drawMixedAsk(t *rapid.T) ratelimit.Ask {
	key := rapid.SampledFrom([]ratelimit.Key{ratelimit.KeyService, ratelimit.KeyUserDefault, ratelimit.KeyUserDefault,
		ratelimit.KeyUserGroup, ratelimit.KeyUserGroup, ratelimit.KeyRequestTag}).Draw(t, "key")
	var principal uint64
	if key != ratelimit.KeyService {
		principal = rapid.SampledFrom([]uint64{1, 2, 3, shadowOnly}).Draw(t, "principal")
	}
	d := rapid.SampledFrom([]ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens, ratelimit.Tokens, ratelimit.Concurrent}).Draw(t, "dimension")
	var p ratelimit.Period
	if d != ratelimit.Concurrent {
		p = rapid.SampledFrom(periods[:]).Draw(t, "period")
	}
	return ratelimit.Ask{
		Bucket: ratelimit.Bucket{Service: 1, Principal: principal, Key: key, Period: p, Dimension: d},
		Limit:  drawLimit(t),
		Amount: 1,
		Shared: key == ratelimit.KeyUserGroup,
		Shadow: principal == shadowOnly || rapid.IntRange(0, 4).Draw(t, "shadow") == 0,
		After:  d == ratelimit.Tokens && rapid.IntRange(0, 5).Draw(t, "after") == 0,
	}
}

// enforced returns the asks that are not in the shadow.
func enforced(asks []ratelimit.Ask) []ratelimit.Ask {
	return slices.DeleteFunc(slices.Clone(asks), func(a ratelimit.Ask) bool { return a.Shadow })
}

// timed returns the asks that are not for calls under way, untimed those that
// are.
func timed(asks []ratelimit.Ask) []ratelimit.Ask {
	return slices.DeleteFunc(slices.Clone(asks), isUntimed)
}

func untimed(asks []ratelimit.Ask) []ratelimit.Ask {
	return slices.DeleteFunc(slices.Clone(asks), func(a ratelimit.Ask) bool { return !isUntimed(a) })
}

func isUntimed(a ratelimit.Ask) bool { return a.Bucket.Dimension == ratelimit.Concurrent }

func drawPeriod(t *rapid.T) ratelimit.Period {
	return rapid.SampledFrom(periods[:]).Draw(t, "period")
}

func drawLimit(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(1, 12),
		rapid.Int64Range(60, 200),
		rapid.SampledFrom([]int64{-1, 0, 1, math.MaxInt32, 1 << 53, 1<<55 + 1, math.MaxInt64 - 1, math.MaxInt64}),
	).Draw(t, "limit")
}

func drawAmount(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-1, 12),
		rapid.Int64Range(13, 250),
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
