package routing

import (
	"math/bits"
	"time"
)

// letsIn reports whether a ramping key lets the lot in. The share of lots grows
// evenly from a tenth at the start of the ramp to all at its end; a lot once let
// in stays so. Each key asks for other lots, and none of them for those that the
// traffic split gives to one primary.
func (c coolRule) letsIn(key, lot uint64, elapsed time.Duration) bool {
	if elapsed < 0 {
		elapsed = 0
	}
	if elapsed >= c.ramp {
		return true
	}
	grown, _ := bits.Div64(uint64(elapsed)>>32, uint64(elapsed)<<32, uint64(c.ramp)) // in 2^-32
	share := (1<<32 + 9*grown) / 10
	return scramble(lot^scramble(key))>>32 < share
}

// scramble makes of a number another one whose bits all depend on all of its
// bits: it is the x-th number of SplitMix64.
func scramble(x uint64) uint64 {
	x = (x + 1) * 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
