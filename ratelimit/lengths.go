package ratelimit

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

// lengths is how long the answers of one service are: a histogram that fades.
// Its ranks are the lengths 0 to 7, then eight equal parts of every octave up
// to 2^32, and one for all beyond.
type lengths struct {
	usual   atomic.Int64 // what Usual answers
	mu      sync.Mutex   // guards the rest
	total   uint32       // of all weights
	top     uint8        // no rank above has weight
	weights [ranks]uint16
}

const (
	partBits = 3 // an octave has 1<<partBits ranks
	topBits  = 32
	ranks    = (topBits-partBits+1)<<partBits + 1

	// one is the weight of a new answer. All weights are halved when they make
	// full; an answer alone in its rank is there for eight such times, so that
	// a few long ones in ranks of their own are not lost at the first.
	one    = 1 << 7
	full   = 256 * one
	enough = 20 * one

	// seldom is the share of answers that may be longer than the usual: one in
	// so many.
	seldom = 20
)

// add adds an answer of n tokens.
func (l *lengths) add(n int64) {
	r := rank(n)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= full {
		l.fade()
	}
	l.weights[r] += one
	l.total += one
	l.top = max(l.top, r)
	l.usual.Store(max(l.guess(), 1))
}

// guess returns the percentile, or of few answers, the longest of which may be
// an accident, twice the longest.
func (l *lengths) guess() int64 {
	if l.total >= enough {
		return longest(l.percentile())
	}
	most := longest(l.top)
	return addSaturating(most, most)
}

// fade halves all weights.
func (l *lengths) fade() {
	l.total, l.top = 0, 0
	for r := range l.weights {
		l.weights[r] /= 2
		if w := l.weights[r]; w > 0 {
			l.total += uint32(w)
			l.top = uint8(r)
		}
	}
}

// percentile returns the lowest rank above which no more than one in seldom is.
func (l *lengths) percentile() uint8 {
	var above uint32
	for r := l.top; r > 0; r-- {
		above += uint32(l.weights[r])
		if above*seldom > l.total {
			return r
		}
	}
	return 0
}

// rank returns the rank of n tokens, below 0 counting as 0.
func rank(n int64) uint8 {
	switch {
	case n < 1<<partBits:
		return uint8(max(n, 0))
	case n >= 1<<topBits:
		return ranks - 1
	}
	octave := bits.Len64(uint64(n)) - 1 - partBits
	return uint8(octave<<partBits + int(n>>octave))
}

// longest returns the most tokens that have rank r.
func longest(r uint8) int64 {
	switch {
	case r < 1<<partBits:
		return int64(r)
	case r == ranks-1:
		return math.MaxInt64
	}
	octave := r>>partBits - 1
	part := int64(r) - int64(octave)<<partBits
	return (part+1)<<octave - 1
}
