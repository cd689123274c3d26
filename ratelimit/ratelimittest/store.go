package ratelimittest

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// OpenStore makes a store with nothing counted.
type OpenStore func(StoreOptions) ratelimit.Store

// storeLaw is a sentence that holds for every store, and its check.
type storeLaw struct {
	name  string
	says  string
	check func(t *rapid.T, open OpenStore)
}

var storeLaws = []storeLaw{
	{"Moment", "while no time passes, verdicts and counts are those of the slow and obvious limiter", checkMoment},
	{"StoreCap", "in every interval of one period a bucket gives at most its limit", checkStoreCap},
	{"StoreFlow", "under continuous demand at least 98 % of the limit is given", checkStoreFlow},
	{"StoreRetryAfter", "RetryAfter is enough on a key of one's own, and at most a sixtieth of the period more than that", checkStoreRetryAfter},
	{"StoreSettle", "what was used less goes back, what was used more is charged, and nothing stays for longer than a period", checkStoreSettle},
	{"GiveBack", "what goes back goes back to the time it was taken at", checkGiveBack},
	{"StoreParallel", "parallel calls take from all of their buckets or from none", checkStoreParallel},
}

// TestStore checks every law on the stores that open makes. It assumes nothing
// of the grain of a store's windows but that it is not coarser than a sixtieth
// of the period, nor of what it calls the time at which something was taken.
func TestStore(t *testing.T, open OpenStore) {
	for _, l := range storeLaws {
		t.Run(l.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) { l.check(r, open) })
			if t.Failed() {
				t.Logf("the law: %s", l.says)
			}
		})
	}
	t.Run("StoreBarrier", func(t *testing.T) { testStoreBarrier(t, open) })
}
