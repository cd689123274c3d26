package ratelimit

import "testing"

// TestWindowNeverGoesBack: another call may have moved a window on between a
// call's look at the clock and its lock.
func TestWindowNeverGoesBack(t *testing.T) {
	w := window{last: 100}
	w.take(5)
	w.advance(90)
	if w.last != 100 || w.used != 5 {
		t.Fatalf("slot %d, %d used", w.last, w.used)
	}
	w.take(1)
	if n := w.slotsUntil(6); n != slots+1 {
		t.Errorf("all leave after %d slots, want %d", n, slots+1)
	}
	w.advance(100 + slots)
	if w.used != 6 {
		t.Errorf("%d used in the last slot that counts", w.used)
	}
	w.advance(101 + slots)
	if w.used != 0 || len(w.cells) != 0 {
		t.Errorf("%d used in %d cells after the window", w.used, len(w.cells))
	}
}
