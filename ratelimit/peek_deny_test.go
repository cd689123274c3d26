package ratelimit_test

import (
	"context"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// While the store is away and Deny holds, nothing remains of what the store
// counts, as nothing would be admitted; calls under way are not its affair.
func TestPeekDeny(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience, WhenAway: ratelimit.Deny})
	underWay := ratelimit.Ask{Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}, Limit: 2, Amount: 1}
	asks := append(requests(5), tokens(100, 10)...)
	asks = append(asks, underWay)
	check := func(away bool, remaining ...int64) {
		t.Helper()
		v, all := l.Peek(context.Background(), asks, nil)
		if v.OK == away || v.Away != away || len(all) != len(remaining) {
			t.Fatalf("%+v, %+v", v, all)
		}
		for i, n := range remaining {
			if all[i].Remaining != n {
				t.Errorf("%d remain of %+v, want %d", all[i].Remaining, all[i].Ask, n)
			}
		}
	}
	check(false, 5, 100, 2)
	store.fail(errAway)
	check(true, 0, 0, 2) // the call that notices
	check(true, 0, 0, 2)
	store.fail(nil)
	clock.Advance(minuteSlot)
	check(false, 5, 100, 2)
}
