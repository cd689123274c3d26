package ratelimit

import "math"

// window counts what was taken from one bucket during the last period. What
// was taken in slot k counts during the slots k to k+60, and leaves when slot
// k+61 begins: always more than a period after it was taken. The guard is the
// mutex of the shard.
//
// While everything was taken in one slot there is no ring, and last is that
// slot. Later last is the newest slot seen, and newest its cell.
type window struct {
	used    int64 // sum of all cells, at most 2^63-1
	last    int64
	ring    ring
	leases  int32 // open leases that may still come back to this window
	newest  uint8
	changed bool // since the last Export
}

// advance drops what has left the window by slot. Time never runs back.
func (w *window) advance(slot int64) {
	moved := slot - w.last
	switch {
	case moved <= 0:
	case w.ring == nil:
		if moved > slots {
			w.used = 0
		}
	case moved > slots:
		clear(w.ring)
		w.used, w.last = 0, slot
	default:
		for w.last = slot; moved > 0; moved-- {
			if w.newest++; w.newest == cells {
				w.newest = 0
			}
			if gone := w.ring.at(int(w.newest)); gone != 0 {
				w.used -= gone
				w.ring.add(int(w.newest), -gone)
			}
		}
	}
}

// take adds n to slot, or to the newest slot if that is later, and returns
// that slot and how much was added: less than n only if the window would hold
// more than 2^63-1. The window has been advanced to slot.
func (w *window) take(slot, n int64) (in, added int64) {
	n = min(n, math.MaxInt64-w.used)
	w.changed = true
	if w.ring == nil && slot > w.last {
		if w.used == 0 {
			w.last = slot
		} else if n > 0 {
			w.ring = make(ring, cells)
			w.newest = 0
			w.add(0, w.used)
			w.advance(slot)
		}
	}
	w.used += n
	if w.ring != nil && n > 0 {
		w.add(int(w.newest), n)
	}
	return max(slot, w.last), n
}

// add adds n to a cell, in a wider ring if need be.
func (w *window) add(cell int, n int64) {
	for !w.ring.add(cell, n) {
		w.ring = w.ring.wider()
	}
}

// giveBack removes up to n that was taken in slot, unless that has left the
// window.
func (w *window) giveBack(slot, n int64) {
	cell, ok := w.cell(slot)
	if !ok {
		return
	}
	w.changed = true
	if w.ring == nil {
		w.used -= min(n, w.used)
		return
	}
	n = min(n, w.ring.at(cell))
	w.used -= n
	w.ring.add(cell, -n)
}

// in returns what was taken in slot and still counts.
func (w *window) in(slot int64) int64 {
	cell, ok := w.cell(slot)
	switch {
	case !ok:
		return 0
	case w.ring == nil:
		return w.used
	}
	return w.ring.at(cell)
}

// cell returns the cell of slot, unless nothing of slot is in the window.
func (w *window) cell(slot int64) (int, bool) {
	age := w.last - slot
	if age < 0 || age > slots || w.ring == nil && age != 0 {
		return 0, false
	}
	cell := int(w.newest) - int(age)
	if cell < 0 {
		cell += cells
	}
	return cell, true
}

// freeFrom returns the slot that begins when at least n have left the window.
// n is from 1 to used.
func (w *window) freeFrom(n int64) int64 {
	if w.ring != nil {
		for slot := w.last - slots; slot < w.last; slot++ {
			if n -= w.in(slot); n <= 0 {
				return slot + slots + 1
			}
		}
	}
	return w.last + slots + 1
}

// newestUsed returns the newest slot of which anything counts, or the oldest
// there is.
func (w *window) newestUsed() int64 {
	if w.ring == nil {
		return w.last
	}
	slot := w.last
	for slot > w.last-slots && w.in(slot) == 0 {
		slot--
	}
	return slot
}

// idle reports whether w can be forgotten at slot without forgiving anything.
// Who follows the changes must have heard of the last one.
func (w *window) idle(slot int64, follow bool) bool {
	w.advance(slot)
	return w.used == 0 && w.leases == 0 && !(follow && w.changed)
}
