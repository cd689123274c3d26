package routing

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// usual is a percentile of the latest latencies: at least 95 percent of those
// that it was worked out from do not exceed it, and it is one of them.
func TestUsual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(&Options{Observe: true})
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64()).Draw(t, "latency"))
		}), 0, 200).Draw(t, "latencies")
		for i, d := range all {
			r.observe(7, d)
			got, ok := r.usual(7)
			n := i + 1
			if ok != (n >= 20) {
				t.Fatalf("usual after %d: %t", n, ok)
			}
			if !ok || (n-20)%8 != 0 {
				continue
			}
			latest := slices.Clone(all[max(0, n-64):n])
			for j := range latest {
				latest[j] = max(latest[j], 0)
			}
			within := 0
			for _, l := range latest {
				if l <= got {
					within++
				}
			}
			slices.Sort(latest)
			if !slices.Contains(latest, got) || within*100 < 95*len(latest) || got > latest[(95*len(latest)+99)/100-1] {
				t.Fatalf("usual %v of %v", got, latest)
			}
		}
		if _, ok := r.usual(8); ok {
			t.Fatal("of a key never seen")
		}
	})
}

func TestUsualInNumbers(t *testing.T) {
	r := New(&Options{Observe: true})
	want := map[int]time.Duration{20: 19, 27: 19, 28: 27, 36: 35, 60: 57, 68: 65, 100: 97}
	for n := 1; n <= 100; n++ {
		r.observe(7, time.Duration(n))
		if got, _ := r.usual(7); want[n] != 0 && got != want[n] {
			t.Errorf("after 1 to %d: %d, want %d", n, got, want[n])
		}
	}
}

// Where nothing is observed nothing is kept, and key 0 is nobody's.
func TestObservesNothing(t *testing.T) {
	off, on := New(nil), New(&Options{Strategy: LeastLatency{}})
	for range 30 {
		off.observe(1, time.Second)
		on.observe(0, time.Second)
	}
	for _, r := range []*Router{off, on} {
		if _, ok := r.usual(1); ok {
			t.Error("knows something")
		}
		if _, ok := r.usual(0); ok {
			t.Error("knows something of key 0")
		}
	}
	if n := testing.AllocsPerRun(100, func() { off.observe(1, time.Second); off.usual(1) }); n > 0 {
		t.Errorf("%v allocations where nothing is observed", n)
	}
	on.observe(1, time.Second)
	if n := testing.AllocsPerRun(100, func() { on.observe(1, time.Second); on.usual(1) }); n > 0 {
		t.Errorf("%v allocations once a key is known", n)
	}
}

// However many keys are seen, memory is bounded.
func TestObservationsAreBounded(t *testing.T) {
	now := time.Unix(0, 0)
	r := New(&Options{Observe: true, Now: func() time.Time { return now }})
	for key := uint64(1); key <= 20_000; key++ {
		now = now.Add(time.Millisecond)
		r.observe(key, time.Second)
	}
	n := 0
	for i := range r.observed.shards {
		n += len(*r.observed.shards[i].byKey.Load())
	}
	if n > shardKeys<<shardBits || n < 10_000 {
		t.Errorf("%d keys are remembered", n)
	}
	for key := uint64(15_000); key <= 20_000; key++ {
		if _, ok := (Seen{router: r, now: r.clock()}).Latency(key); !ok {
			t.Fatalf("key %d is forgotten, others are older", key)
		}
	}
}

// What is older than five minutes does not count any more: the average begins
// anew.
func TestAverageBeginsAnew(t *testing.T) {
	now := time.Unix(0, 0)
	r := New(&Options{Observe: true, Now: func() time.Time { return now }})
	for _, tt := range []struct{ after, latency, want time.Duration }{
		{0, 800 * time.Millisecond, 800 * time.Millisecond},
		{latencyHolds, 1600 * time.Millisecond, 900 * time.Millisecond},
		{latencyHolds + 1, 100 * time.Millisecond, 100 * time.Millisecond},
	} {
		now = now.Add(tt.after)
		r.observe(7, tt.latency)
		if got, ok := (Seen{router: r, now: r.clock()}).Latency(7); !ok || got != tt.want {
			t.Errorf("%v later: %v, %t, want %v", tt.after, got, ok, tt.want)
		}
	}
}
