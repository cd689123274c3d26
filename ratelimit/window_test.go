package ratelimit

import "testing"

// A window reaches over a period and the slot that is under way.
func TestWindowReach(t *testing.T) {
	w := window{last: 100}
	w.take(100, 5)
	w.advance(101)
	w.take(101, 1)
	if begins := w.freeFrom(6); begins != 101+slots+1 {
		t.Errorf("all leave in slot %d, want %d", begins, 101+slots+1)
	}
	w.advance(100 + slots)
	if w.used != 6 {
		t.Errorf("%d used after a period, want 6", w.used)
	}
	w.advance(101 + slots)
	if w.used != 1 {
		t.Errorf("%d used when the first slot has left, want 1", w.used)
	}
}
