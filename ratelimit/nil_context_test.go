package ratelimit_test

import (
	"context"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// A caller without a context is answered, and sends the store away for nobody.
func TestNilContext(t *testing.T) {
	clock := newFakeClock()
	store := newSpy(clock)
	l := ratelimit.New(&ratelimit.Options{Now: clock.Now, Store: store, StoreTimeout: patience})
	var none context.Context
	var lease ratelimit.Lease
	v := l.Admit(none, tokens(100, 80), &lease)
	lease.Settle(10)
	again, all := l.Peek(none, tokens(100, 80), nil)
	if !v.OK || !again.OK || all[0].Used != 10 || store.trips() != 3 {
		t.Errorf("%+v, and then %+v with %+v, in %d round trips", v, again, all, store.trips())
	}
	if h := l.Health(); h.Away || h.Err != nil {
		t.Errorf("health is %+v", h)
	}
}
