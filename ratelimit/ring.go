package ratelimit

import (
	"encoding/binary"
	"math"
)

// cells is the number of slots that a window reaches over.
const cells = slots + 1

// ring is the cells of a window, each as wide as the largest amount needs: one,
// two, four or eight bytes. Most buckets see a few hundred in a slot, so that a
// bucket that is busy all the time needs 122 bytes.
type ring []byte

const (
	narrow = 1 * cells
	short  = 2 * cells
	middle = 4 * cells
	wide   = 8 * cells
)

func (r ring) at(i int) int64 {
	switch len(r) {
	case narrow:
		return int64(r[i])
	case short:
		return int64(binary.LittleEndian.Uint16(r[2*i:]))
	case middle:
		return int64(binary.LittleEndian.Uint32(r[4*i:]))
	}
	return int64(binary.LittleEndian.Uint64(r[8*i:]))
}

// add adds n to cell i, and reports whether it could: the sum may need wider
// cells.
func (r ring) add(i int, n int64) bool {
	switch len(r) {
	case narrow:
		if n += int64(r[i]); n > math.MaxUint8 {
			return false
		}
		r[i] = byte(n)
	case short:
		cell := r[2*i : 2*i+2]
		if n += int64(binary.LittleEndian.Uint16(cell)); n > math.MaxUint16 {
			return false
		}
		binary.LittleEndian.PutUint16(cell, uint16(n))
	case middle:
		cell := r[4*i : 4*i+4]
		if n += int64(binary.LittleEndian.Uint32(cell)); n > math.MaxUint32 {
			return false
		}
		binary.LittleEndian.PutUint32(cell, uint32(n))
	default:
		cell := r[8*i : 8*i+8]
		binary.LittleEndian.PutUint64(cell, binary.LittleEndian.Uint64(cell)+uint64(n))
	}
	return true
}

// wider returns a copy of r with cells of twice the width.
func (r ring) wider() ring {
	w := make(ring, 2*len(r))
	for i := range cells {
		w.add(i, r.at(i))
	}
	return w
}
