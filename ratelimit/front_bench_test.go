package ratelimit_test

import (
	"context"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// BenchmarkFront has six limits admitted and settled by each of the ways in
// front of memory: Wait when nobody waits, Wait when others wait for other
// buckets, a store in this process, and one that is away.
func BenchmarkFront(b *testing.B) {
	gone := newSpy(newFakeClock())
	gone.fail(errAway)
	for _, c := range []struct {
		name   string
		opts   *ratelimit.Options
		wait   bool
		others int
	}{
		{"Admit", nil, false, 0},
		{"Wait", nil, true, 0},
		{"WaitAmongOthers", nil, true, 100},
		{"Store", &ratelimit.Options{Store: ratelimit.NewMemory(nil)}, false, 0},
		{"Away", &ratelimit.Options{Store: gone, Now: newFakeClock().Now}, false, 0},
		{"AwayShare", &ratelimit.Options{Store: gone, Now: newFakeClock().Now, Share: 50}, false, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := ratelimit.New(c.opts)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for i := range uint64(c.others) {
				full := userTokens(i, 1, 1)
				l.Admit(ctx, full, nil)
				go l.Wait(ctx, i, full, nil)
			}
			for l.Health().Waiting < c.others {
				time.Sleep(time.Millisecond)
			}
			asks := sixLimits(1, 1000, 3)
			var lease ratelimit.Lease
			b.ReportAllocs()
			for b.Loop() {
				v := ratelimit.Verdict{}
				if c.wait {
					v = l.Wait(context.Background(), 1, asks, &lease)
				} else {
					v = l.Admit(context.Background(), asks, &lease)
				}
				if !v.OK {
					b.Fatal(v)
				}
				lease.Settle(70)
			}
		})
	}
}
