package ratelimit

import (
	"runtime"
	"testing"
	"time"
)

// A call that has read the clock and decides when others have taken in later
// slots, in other lanes, is not told to wait too short.
func TestRetryAfterOfLateCall(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	start := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	now := start
	m := NewMemory(&Options{Now: func() time.Time { return now }})
	asks := []Ask{{Bucket: Bucket{Service: 1, Key: KeyService, Period: Minute, Dimension: Requests}, Limit: 100, Amount: 50}}
	late := call{asks: asks, stops: m.sort(asks, 0, nil), peek: true}
	late.tick, late.at = m.clock.read()
	now = start.Add(time.Second)
	one, two := Lease{lane: 1}, Lease{lane: 2}
	m.admit(asks, &one)
	m.admit(asks, &two)
	v := m.exact(&late)
	if v.OK {
		t.Fatal("admitted into a full bucket")
	}
	now = start.Add(v.RetryAfter)
	if again := m.peek(asks); !again.OK {
		t.Errorf("told to wait %v, and then %v more", v.RetryAfter, again.RetryAfter)
	}
}
