package ratelimittest

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// Open makes a limiter with nothing counted.
type Open func(*ratelimit.Options) *ratelimit.Limiter

// law is a sentence that holds for every limiter, and its check.
type law struct {
	name  string
	says  string
	check func(t *rapid.T, open Open)
}

var laws = []law{
	{"Model", "every verdict, wait and count is that of the slow and obvious limiter", checkModel},
	{"HardCap", "in every interval of one period a bucket admits at most its limit", checkHardCap},
	{"Excess", "whoever is admitted fits on top of all that was charged in one period, use beyond reservations included", checkExcess},
	{"Flow", "under continuous demand at least 98 % of the limit is admitted", checkFlow},
	{"RetryAfter", "obeying RetryAfter on a key of one's own is enough, and a nanosecond less is not", checkRetryAfter},
	{"Refused", "a refused call changes nothing in any bucket", checkRefused},
	{"IdleFits", "on idle buckets any estimate is admitted, however large", checkIdleFits},
	{"Repaid", "use beyond the reservation is repaid before anything is admitted, and in one period", checkRepaid},
	{"SetBack", "a clock set back or forward gives no allowance and locks out for one period at most", checkSetBack},
	{"Forgotten", "only idle buckets are forgotten, and all of them", checkForgotten},
	{"Reopened", "a bucket that was forgotten is an empty one when it is used again, and its neighbours are as they were", checkReopened},
	{"Full", "at the most buckets a new key is refused and no old one is forgiven", checkFull},
	{"Tally", "what was reserved is settled, released or open, at every moment, and open no more when all is closed", checkTally},
	{"Shadow", "asks in the shadow change no verdict and no other bucket", checkShadow},
	{"ShadowCounts", "asks in the shadow pass, count, and say what they would have refused", checkShadowCounts},
	{"Concurrent", "at most the limit of calls is under way, and a closed call is so no more", checkConcurrent},
	{"Crowd", "the same when they come in parallel", checkCrowd},
	{"Edit", "a limit that changes under calls holds for every call it judges, and loses no reservation", checkEdit},
	{"Lowered", "a limit lowered below what is used admits nothing until that has drained", checkLowered},
	{"Tags", "values of request tags beyond the most are refused, and nobody else for their sake", checkTags},
	{"Hostile", "no number and no jump of the clock makes a count negative or locks out for longer than a period", checkHostile},
	{"Parallel", "parallel calls take from all of their buckets or from none", checkParallel},
}

// TestLimiter checks every law on the limiters that open makes.
func TestLimiter(t *testing.T, open Open) {
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) { l.check(r, open) })
			if t.Failed() {
				t.Logf("the law: %s", l.says)
			}
		})
	}
	t.Run("Barrier", func(t *testing.T) { testBarrier(t, open) })
}
