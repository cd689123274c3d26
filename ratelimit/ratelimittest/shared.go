package ratelimittest

import (
	"testing"

	"pgregory.net/rapid"
)

// sharedLaws hold for limiters that count together in a store, whatever that
// store does (ruling R5).
var sharedLaws = []law{
	{"Together", "while the store answers, all limiters together admit at most the limit, for one round trip a call", checkTogether},
	{"Bounded", "whatever fails, all together admit at most the limit and the share of each, and none waits for longer than its time", checkBounded},
	{"Denied", "whatever fails, limiters that deny admit together at most the limit", checkDenied},
	{"Away", "alone a limiter admits its share of the limit and no more, or nothing if it denies, and says so", checkAway},
	{"Owed", "what was used beyond a reservation while the store was away, the store hears of when it is back", checkOwed},
}

// TestShared checks the laws of limiters with Options.Store. Open is given one.
func TestShared(t *testing.T, open Open) {
	for _, l := range sharedLaws {
		t.Run(l.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				rapid.SyncTest(r, func(r *rapid.T) { l.check(r, open) })
			})
			if t.Failed() {
				t.Logf("the law: %s", l.says)
			}
		})
	}
	t.Run("EveryCall", func(t *testing.T) { testEveryCall(t, open) })
}
