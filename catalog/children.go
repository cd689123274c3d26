package catalog

import (
	"iter"
	"slices"
	"strings"
)

// siblings are the objects of one kind in one container, ordered by name, in
// pieces that a change can copy. They are changed as [pages] are.
type siblings struct {
	by     *edit
	kind   SecurableType
	pieces []piece
}

type piece struct {
	by  *edit
	all []child
}

// child names an object and says which it is. What else there is to know about
// it changes without its container.
type child struct {
	name string
	id   ID
}

// maxPiece is how many children a piece has at most; an even number.
const maxPiece = 128

func byName(c child, name string) int { return strings.Compare(c.name, name) }

// find returns the piece in which a name is or would be.
func (s *siblings) find(name string) int {
	n, exact := slices.BinarySearchFunc(s.pieces, name, func(p piece, name string) int {
		return byName(p.all[0], name)
	})
	if !exact && n > 0 {
		n--
	}
	return n
}

// own returns siblings that may be changed under e, and the piece of a name.
func (s *siblings) own(e *edit, name string) (*siblings, int) {
	if s.by != e {
		s = &siblings{by: e, kind: s.kind, pieces: slices.Clone(s.pieces)}
	}
	n := s.find(name)
	if n < len(s.pieces) && s.pieces[n].by != e {
		s.pieces[n] = piece{by: e, all: slices.Clone(s.pieces[n].all)}
	}
	return s, n
}

// with adds a child whose name is free.
func (s *siblings) with(e *edit, c child) *siblings {
	s, n := s.own(e, c.name)
	if n == len(s.pieces) {
		s.pieces = append(s.pieces, piece{by: e})
	}
	p := &s.pieces[n]
	at, _ := slices.BinarySearchFunc(p.all, c.name, byName)
	p.all = slices.Insert(p.all, at, c)
	if len(p.all) > maxPiece {
		// Names often arrive in order; a full last piece then stays full.
		cut := maxPiece / 2
		if n == len(s.pieces)-1 && at == maxPiece {
			cut = maxPiece
		}
		rest := piece{by: e, all: slices.Clone(p.all[cut:])}
		p.all = slices.Clone(p.all[:cut])
		s.pieces = slices.Insert(s.pieces, n+1, rest)
	}
	return s
}

// without removes the child of a name, and is nil when none is left.
func (s *siblings) without(e *edit, c child) *siblings {
	s, n := s.own(e, c.name)
	if n == len(s.pieces) {
		return s
	}
	p := &s.pieces[n]
	at, ok := slices.BinarySearchFunc(p.all, c.name, byName)
	if !ok || p.all[at].id != c.id {
		return s
	}
	p.all = slices.Delete(p.all, at, at+1)
	if len(p.all) == 0 {
		s.pieces = slices.Delete(s.pieces, n, n+1)
	}
	if len(s.pieces) == 0 {
		return nil
	}
	return s
}

// after yields the children whose names come after one, in order.
func (s *siblings) after(name string) iter.Seq[child] {
	return func(yield func(child) bool) {
		for n := s.find(name); n < len(s.pieces); n++ {
			all := s.pieces[n].all
			at, exact := slices.BinarySearchFunc(all, name, byName)
			if exact {
				at++
			}
			for _, c := range all[at:] {
				if !yield(c) {
					return
				}
			}
		}
	}
}
