package routing

import (
	"encoding/binary"
	"math/bits"
)

// pin returns the index of the primary that the session prefers among those
// that out does not rule out; -1 if none is left. out may be nil.
//
// This is rendezvous hashing with weights: session and primary together name a
// number u between 0 and 1, and the primary with the least -log(u)/share wins.
// Each primary then wins its share of all sessions, and what is taken away or
// added moves only the sessions that it had or gets. All replicas agree, on any
// machine: the arithmetic is in whole numbers, and the only inputs are the
// session, the names and the percentages. Nothing is stored.
func pin(primaries []Destination, session uint64, out func(key uint64) bool) int {
	best := -1
	var bestCost, bestShare uint64
	for i := range primaries {
		d := &primaries[i]
		s := share(d)
		if s == 0 || out != nil && out(d.Key) {
			continue
		}
		c := cost(hashOf(session, d.Name))
		// c/s < bestCost/bestShare, without dividing: 39 and 7 bits.
		mine, theirs := c*bestShare, bestCost*s
		if best < 0 || mine < theirs || mine == theirs && d.Name < primaries[best].Name {
			best, bestCost, bestShare = i, c, s
		}
	}
	return best
}

// costBits are the digits after the point of cost.
const costBits = 32

// cost is -log2(u) for u = (h|1)/2^64, in 2^-costBits, rounded up: from 1 to
// 64·2^costBits. Each squaring of the mantissa yields one more digit of the
// logarithm.
func cost(h uint64) uint64 {
	h |= 1
	zeros := bits.LeadingZeros64(h)
	m := h << zeros // 1 to 2, with 63 digits
	log := uint64(63 - zeros)
	for range costBits {
		hi, lo := bits.Mul64(m, m) // 1 to 4, with 126 digits
		log <<= 1
		if hi>>63 == 1 {
			log |= 1
			m = hi
		} else {
			m = hi<<1 | lo>>63
		}
	}
	return 64<<costBits - log
}

// hashOf is a number for session and name together. It is not made to withstand
// somebody who chooses both: who chooses a session chooses its place anyway.
func hashOf(session uint64, name string) uint64 {
	h := scramble(session) + uint64(len(name))
	for len(name) > 8 {
		h = scramble(h ^ word(name[:8]))
		name = name[8:]
	}
	return scramble(h ^ word(name))
}

// word is the first 8 bytes of s, the first the lowest, zeros where it is
// shorter.
func word(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:])
}
