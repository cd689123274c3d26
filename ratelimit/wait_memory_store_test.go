package ratelimit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// Who waits for what a memory counts is woken at once, too, when it comes back
// by a limiter that has this memory as its store.
func TestWaitMemoryAsStore(t *testing.T) {
	for _, c := range []struct {
		name  string
		close func(*ratelimit.Lease)
	}{
		{"released", func(le *ratelimit.Lease) { le.Release() }},
		{"settled with less", func(le *ratelimit.Lease) { le.Settle(20) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waits := crowd{l: ratelimit.New(nil)}
				other := ratelimit.New(&ratelimit.Options{Store: waits.l.Memory()})
				var lease ratelimit.Lease
				mustAdmit(t, other, tokens(100, 80), &lease)
				waits.wait(t.Context(), 1, 0, tokens(100, 80))
				time.Sleep(500 * time.Millisecond)
				closed := time.Now()
				c.close(&lease)
				if got := waits.admitted(); len(got) != 1 || got[0].at != closed {
					t.Errorf("closed at %v, admitted: %+v", closed, got)
				}
				waits.all.Wait()
			})
		})
	}
}
