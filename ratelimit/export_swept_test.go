package ratelimit_test

import (
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// follower keeps what a memory counts by following its changes.
type follower map[ratelimit.Bucket]map[time.Time]int64

// follow takes in the changes since the last time.
func (f follower) follow(m *ratelimit.Memory) {
	fresh := make(map[ratelimit.Bucket]bool)
	for c := range m.Export(true) {
		if !fresh[c.Bucket] {
			fresh[c.Bucket] = true
			f[c.Bucket] = make(map[time.Time]int64)
		}
		f[c.Bucket][c.At] = c.Amount
	}
}

// counts yields what f keeps.
func (f follower) counts(yield func(ratelimit.Count) bool) {
	for b, slots := range f {
		for at, n := range slots {
			if !yield(ratelimit.Count{Bucket: b, At: at, Amount: n}) {
				return
			}
		}
	}
}

// Who follows the changes hears of the last one: what was given back is not
// forgotten before, however often memory is swept.
func TestExportSwept(t *testing.T) {
	for _, asks := range [][]ratelimit.Ask{tokens(100, 100), userTokens(1, 100, 100)} {
		clock := newFakeClock()
		l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
		kept := make(follower)
		var lease ratelimit.Lease
		mustAdmit(t, l, asks, &lease)
		kept.follow(l.Memory())
		lease.Release()
		l.Sweep()
		kept.follow(l.Memory())
		next := ratelimit.New(&ratelimit.Options{Now: clock.Now})
		next.Memory().Import(kept.counts)
		if used, _ := next.Usage(asks[0].Bucket, 100); used != 0 {
			t.Errorf("%v: %d used after everything was given back", asks[0].Bucket.Key, used)
		}
		l.Sweep()
		if n := l.Len(); n != 0 {
			t.Errorf("%v: %d buckets kept when all is told", asks[0].Bucket.Key, n)
		}
	}
}

// Nothing is kept for one who does not follow, or does so no more.
func TestExportSweptForgets(t *testing.T) {
	for _, c := range []struct {
		name  string
		begun bool          // somebody has followed
		since time.Duration // then nobody
		kept  int
	}{
		{"nobody follows", false, 0, 0},
		{"followed a while ago", true, 9 * time.Minute, 2},
		{"follows no more", true, 11 * time.Minute, 0},
	} {
		clock := newFakeClock()
		l := ratelimit.New(&ratelimit.Options{Now: clock.Now})
		var lease ratelimit.Lease
		mustAdmit(t, l, append(tokens(100, 100), userTokens(1, 100, 100)...), &lease)
		if c.begun {
			make(follower).follow(l.Memory())
		}
		lease.Release()
		clock.Advance(c.since)
		l.Sweep()
		if n := l.Len(); n != c.kept {
			t.Errorf("%s: %d buckets, want %d", c.name, n, c.kept)
		}
	}
}
