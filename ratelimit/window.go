package ratelimit

import "math"

// window counts what was taken from one bucket during the last period. What
// was taken in slot k counts during the slots k to k+64, and leaves when slot
// k+65 begins: always more than a period after it was taken.
//
// Only slots in which something was taken have a cell, oldest first, and a
// cell is eight bytes, so a quiet bucket stays small and a busy one needs 65
// cells. The guard is the mutex of the shard.
type window struct {
	used   int64 // sum of all cells, at most 2^63-1
	last   int64 // the newest slot seen
	cells  []cell
	leases int32 // open leases that may still come back to this window
}

// cell is an amount and, in the low eight bits, the slot it was taken in
// modulo 256. That tells the slot, because no cell is older than 64 slots. A
// larger amount takes several cells of one slot.
type cell uint64

const (
	slotBits  = 8
	slotMask  = 1<<slotBits - 1
	maxInCell = 1<<55 - 1

	busyCells = 72 // a full window, and no waste: 576 bytes
)

func (c cell) amount() int64 { return int64(c >> slotBits) }

func (c cell) withAmount(n int64) cell { return cell(n)<<slotBits | c&slotMask }

// age returns in how many slots before the newest one c was taken.
func (w *window) age(c cell) int64 { return (w.last - int64(c&slotMask)) & slotMask }

// advance moves the window to slot, never back, and drops what has left it.
func (w *window) advance(slot int64) {
	moved := slot - w.last
	if moved <= 0 {
		return
	}
	w.last = slot
	if moved > slots {
		w.used, w.cells = 0, w.cells[:0]
		return
	}
	gone := 0
	for gone < len(w.cells) && w.age(w.cells[gone]) > slots {
		w.used -= w.cells[gone].amount()
		gone++
	}
	if gone > 0 {
		w.cells = w.cells[:copy(w.cells, w.cells[gone:])]
	}
}

// take adds n to the newest slot and returns how much was added: less than n
// only if the window would hold more than 2^63-1.
func (w *window) take(n int64) int64 {
	n = min(n, math.MaxInt64-w.used)
	w.used += n
	now := cell(w.last & slotMask)
	if top := len(w.cells) - 1; n > 0 && top >= 0 && w.cells[top]&slotMask == now {
		held := w.cells[top].amount()
		more := min(n, maxInCell-held)
		w.cells[top] = now.withAmount(held + more)
		n -= more
		if n == 0 {
			return more
		}
		return more + w.push(now, n)
	}
	return w.push(now, n)
}

// push adds n in new cells of slot now and returns n.
func (w *window) push(now cell, n int64) int64 {
	for left := n; left > 0; left -= maxInCell {
		if len(w.cells) == cap(w.cells) && len(w.cells) < busyCells {
			// Doubling past a full window would waste half of it.
			w.cells = append(make([]cell, 0, min(2*len(w.cells)+2, busyCells)), w.cells...)
		}
		w.cells = append(w.cells, now.withAmount(min(left, maxInCell)))
	}
	return n
}

// giveBack removes n that was taken in slot, unless that has left the window.
func (w *window) giveBack(slot, n int64) {
	age := w.last - slot
	if age > slots {
		return
	}
	for i := len(w.cells) - 1; i >= 0 && n > 0 && w.age(w.cells[i]) <= age; i-- {
		if w.age(w.cells[i]) == age {
			part := min(n, w.cells[i].amount())
			w.cells[i] = w.cells[i].withAmount(w.cells[i].amount() - part)
			w.used -= part
			n -= part
		}
	}
	for top := len(w.cells) - 1; top >= 0 && w.cells[top].amount() == 0; top-- {
		w.cells = w.cells[:top]
	}
}

// slotsUntil returns how many slots from the newest one begins the one in
// which at least n have left the window. n is from 1 to used.
func (w *window) slotsUntil(n int64) int64 {
	for _, c := range w.cells {
		n -= c.amount()
		if n <= 0 {
			return slots + 1 - w.age(c)
		}
	}
	return 0
}

// idle reports whether w can be forgotten at slot without forgiving anything.
func (w *window) idle(slot int64) bool {
	w.advance(slot)
	return w.used == 0 && w.leases == 0
}
