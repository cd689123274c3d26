package tiktoken

import (
	"math/bits"
	"unicode/utf8"
)

const (
	// shortPiece is how long a piece may be for looking at all its pairs to
	// be the fastest way to the best of them.
	shortPiece = 32

	// longPiece is how long a piece may be. What is longer is cut: nothing
	// that people write has so long a run without a break, and the time and
	// the memory for one are bounded so.
	longPiece = 4096
)

// count returns how many tokens a piece is.
func (v *vocabulary) count(piece []byte, s *scratch) int64 {
	if len(piece) == 1 || v.rank(piece) != none {
		return 1
	}
	total, last, before := 0, 0, []byte(nil)
	for len(piece) > 0 {
		cut := cutOf(piece)
		if string(piece[:cut]) != string(before) { // long runs are often of one character
			last = v.merge(piece[:cut], s)
		}
		total += last
		before, piece = piece[:cut], piece[cut:]
	}
	return int64(total)
}

// cutOf returns how much of piece is counted at once: all of it, or whole
// characters of at most longPiece bytes.
func cutOf(piece []byte) int {
	if len(piece) <= longPiece {
		return len(piece)
	}
	for cut := longPiece; cut > longPiece-utf8.UTFMax; cut-- {
		if utf8.RuneStart(piece[cut]) {
			return cut
		}
	}
	return longPiece // no text
}

func (v *vocabulary) merge(piece []byte, s *scratch) int {
	if len(piece) <= shortPiece {
		return v.mergeShort(piece)
	}
	return v.mergeLong(piece, s)
}

// mergeShort counts the parts of a piece when, again and again, the two
// neighbours that make the token of the lowest rank have become one; of equals,
// the first.
func (v *vocabulary) mergeShort(piece []byte) int {
	var starts [shortPiece + 1]uint8
	var ranks [shortPiece]uint32 // of the part that begins here and the next
	parts := len(piece)
	for i := range parts - 1 {
		starts[i] = uint8(i)
		ranks[i] = v.pairs[pair(piece[i:])]
	}
	starts[parts-1], starts[parts] = uint8(parts-1), uint8(parts)
	for {
		best, at := uint32(none), 0
		for i, rank := range ranks[:parts-1] {
			if rank < best {
				best, at = rank, i
			}
		}
		if best == none {
			return parts
		}
		copy(starts[at+1:parts], starts[at+2:parts+1])
		copy(ranks[at:parts-2], ranks[at+1:parts-1])
		parts--
		if at+1 < parts {
			ranks[at] = v.rank(piece[starts[at]:starts[at+2]])
		}
		if at > 0 {
			ranks[at-1] = v.rank(piece[starts[at-1]:starts[at+1]])
		}
	}
}

// scratch is the memory that merging a long piece needs.
type scratch struct {
	next, prev [longPiece]int32 // the parts that begin behind and before one

	// best has at 1 the lowest rank of all pairs of parts and where it is, of
	// equals the first, at 2 and 3 those of the halves, and so on; at size+i
	// that of the part that begins at i and the next.
	best [2 * longPiece]uint64
	size int // a power of two
}

const noPair = none << 32

// mergeLong counts what mergeShort does, with a tree.
func (v *vocabulary) mergeLong(piece []byte, s *scratch) int {
	parts := len(piece)
	s.start(parts)
	for i := range parts - 1 {
		s.next[i], s.prev[i+1] = int32(i+1), int32(i)
		s.best[s.size+i] = key(v.pairs[pair(piece[i:])], i)
	}
	s.next[parts-1], s.prev[0] = int32(parts), -1
	s.play()
	for s.best[1] < noPair {
		at := int(uint32(s.best[1]))
		gone := int(s.next[at])
		after := int(s.next[gone])
		s.next[at] = int32(after)
		parts--
		s.put(gone, none)
		rank := uint32(none)
		if after < len(piece) {
			s.prev[after] = int32(at)
			rank = v.rank(piece[at:s.next[after]])
		}
		s.put(at, rank)
		if before := int(s.prev[at]); before >= 0 {
			s.put(before, v.rank(piece[before:after]))
		}
	}
	return parts
}

func key(rank uint32, at int) uint64 { return uint64(rank)<<32 | uint64(at) }

// start empties the tree and makes it as large as n places need.
func (s *scratch) start(n int) {
	s.size = 1 << bits.Len(uint(n-1))
	for i := s.size; i < 2*s.size; i++ {
		s.best[i] = noPair
	}
}

// play fills the tree above the places.
func (s *scratch) play() {
	for i := s.size - 1; i > 0; i-- {
		s.best[i] = min(s.best[2*i], s.best[2*i+1])
	}
}

// put changes the rank of the pair at a place.
func (s *scratch) put(at int, rank uint32) {
	i := s.size + at
	s.best[i] = key(rank, at)
	for i >>= 1; i > 0; i >>= 1 {
		lowest := min(s.best[2*i], s.best[2*i+1])
		if s.best[i] == lowest {
			return
		}
		s.best[i] = lowest
	}
}
