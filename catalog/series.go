package catalog

import (
	"iter"
	"slices"
)

// series are elements in order, each once, in pieces that a change can copy.
// They are changed as [pages] are. A nil *series is empty.
type series[E any] struct {
	by     *edit
	n      int
	pieces []piece[E]
}

type piece[E any] struct {
	by  *edit
	all []E
}

// maxPiece is how many elements a piece has at most; an even number.
const maxPiece = 128

// len returns how many elements there are.
func (s *series[E]) len() int {
	if s == nil {
		return 0
	}
	return s.n
}

// find returns the piece in which an element is or would be.
func (s *series[E]) find(e E, order func(E, E) int) int {
	n, exact := slices.BinarySearchFunc(s.pieces, e, func(p piece[E], e E) int { return order(p.all[0], e) })
	if !exact && n > 0 {
		n--
	}
	return n
}

// get returns the element that is in the same place as e.
func (s *series[E]) get(e E, order func(E, E) int) (found E, ok bool) {
	if s == nil {
		return found, false
	}
	all := s.pieces[s.find(e, order)].all
	n, ok := slices.BinarySearchFunc(all, e, order)
	if ok {
		found = all[n]
	}
	return found, ok
}

// own returns a series that may be changed under by, and the piece of an
// element.
func (s *series[E]) own(by *edit, e E, order func(E, E) int) (*series[E], int) {
	switch {
	case s == nil:
		return &series[E]{by: by}, 0
	case s.by != by:
		s = &series[E]{by: by, n: s.n, pieces: slices.Clone(s.pieces)}
	}
	n := s.find(e, order)
	if n < len(s.pieces) && s.pieces[n].by != by {
		s.pieces[n] = piece[E]{by: by, all: slices.Clone(s.pieces[n].all)}
	}
	return s, n
}

// with returns the series with an element.
func (s *series[E]) with(by *edit, e E, order func(E, E) int) *series[E] {
	s, n := s.own(by, e, order)
	if n == len(s.pieces) {
		s.pieces = append(s.pieces, piece[E]{by: by})
	}
	p := &s.pieces[n]
	at, there := slices.BinarySearchFunc(p.all, e, order)
	if there {
		return s
	}
	s.n++
	p.all = slices.Insert(p.all, at, e)
	if len(p.all) > maxPiece {
		// Elements often arrive in order; a full last piece then stays full.
		cut := maxPiece / 2
		if n == len(s.pieces)-1 && at == maxPiece {
			cut = maxPiece
		}
		rest := piece[E]{by: by, all: slices.Clone(p.all[cut:])}
		p.all = slices.Clone(p.all[:cut])
		s.pieces = slices.Insert(s.pieces, n+1, rest)
	}
	return s
}

// without returns the series without an element, and nil when none is left.
func (s *series[E]) without(by *edit, e E, order func(E, E) int) *series[E] {
	s, n := s.own(by, e, order)
	if n < len(s.pieces) {
		p := &s.pieces[n]
		if at, there := slices.BinarySearchFunc(p.all, e, order); there {
			s.n--
			p.all = slices.Delete(p.all, at, at+1)
			if len(p.all) == 0 {
				s.pieces = slices.Delete(s.pieces, n, n+1)
			}
		}
	}
	if s.n == 0 {
		return nil
	}
	return s
}

// from yields the elements that do not come before e, in order.
func (s *series[E]) from(e E, order func(E, E) int) iter.Seq[E] {
	return func(yield func(E) bool) {
		if s == nil {
			return
		}
		for n := s.find(e, order); n < len(s.pieces); n++ {
			all := s.pieces[n].all
			at, _ := slices.BinarySearchFunc(all, e, order)
			for _, e := range all[at:] {
				if !yield(e) {
					return
				}
			}
		}
	}
}
