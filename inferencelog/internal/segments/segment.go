package segments

import "math/bits"

// A segment is one file and what became of its frames. All but its name and its first number is guarded by Log.mu.
type segment struct {
	name  string // its path
	first uint64 // the number of its first frame

	last    uint64   // of its last frame, first-1 when there is none yet
	settled []uint64 // a bit for each number of first…last: done, or not there
	undone  uint64   // how many bits are not set
	low     int      // words of settled before this one are full

	end    int64 // where what is acknowledged ends
	size   int64 // what it takes on disk, at most
	sealed bool  // never written again

	file  File // open while somebody uses it
	users int
}

func newSegment(name string, first uint64) *segment {
	return &segment{name: name, first: first, last: first - 1}
}

// cover adds the numbers up to one as settled, for there is nothing to be read.
func (s *segment) cover(upto uint64) {
	for s.last < upto {
		s.last++
		n := s.last - s.first
		if n%64 == 0 {
			s.settled = append(s.settled, 0)
		}
		s.settled[n/64] |= 1 << (n % 64)
	}
}

// extend adds n numbers that are not settled.
func (s *segment) extend(n uint64) {
	s.last += n
	s.undone += n
	for uint64(len(s.settled))*64 < s.last-s.first+1 {
		s.settled = append(s.settled, 0)
	}
}

func (s *segment) isSettled(seq uint64) bool {
	n := seq - s.first
	return s.settled[n/64]&(1<<(n%64)) != 0
}

// settle says whether seq, which is one of the segment's numbers, was not settled before.
func (s *segment) settle(seq uint64) bool {
	if s.isSettled(seq) {
		return false
	}
	n := seq - s.first
	s.settled[n/64] |= 1 << (n % 64)
	s.undone--
	return true
}

// unsettled returns the first number that is not settled, when there is one.
func (s *segment) unsettled() uint64 {
	for ^s.settled[s.low] == 0 {
		s.low++
	}
	return s.first + uint64(s.low)*64 + uint64(bits.TrailingZeros64(^s.settled[s.low]))
}
