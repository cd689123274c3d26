package catalog

import (
	"iter"
	"math/bits"
	"slices"
)

// Memberships are a principal and all groups that it is in, directly or through
// groups, and [AccountUsers], which everybody is in. They are immutable.
type Memberships struct {
	all    []PrincipalID
	table  []PrincipalID // open addressing; 0 is free
	shift  uint8         // of a hash, to a place in table
	within *groups       // the graph that they were worked out in
}

// Memberships returns what a principal is a member of. It is nil, which has no
// members, for one that does not exist and for the built-in one that nobody can
// act as. Asking again costs next to nothing until a membership changes.
func (s *Snapshot) Memberships(p PrincipalID) *Memberships {
	i := s.index.identities.get(uint64(p))
	if i == nil {
		return nil
	}
	if m := i.known.Load(); m != nil && m.within == s.index.groups {
		return m
	}
	if i.row == nil || i.row.Type == System {
		return nil
	}
	m := s.index.memberships(p)
	i.known.Store(m)
	return m
}

// Has reports whether p is the principal itself or a group it is in.
func (m *Memberships) Has(p PrincipalID) bool {
	if m == nil || p == 0 { // 0 is nobody, and what is free in the table
		return false
	}
	_, held := m.probe(p)
	return held
}

// Len returns how many there are, the principal itself included.
func (m *Memberships) Len() int {
	if m == nil {
		return 0
	}
	return len(m.all)
}

// All yields the principal itself, then the groups it was put into, the nearest
// first, and then [AccountUsers].
func (m *Memberships) All() iter.Seq[PrincipalID] {
	if m == nil {
		return func(func(PrincipalID) bool) {}
	}
	return slices.Values(m.all)
}

// memberships walks up from a principal. Its cost is linear in the memberships
// that it meets.
func (x *index) memberships(p PrincipalID) *Memberships {
	m := &Memberships{within: x.groups}
	m.resize(16)
	m.add(p)
	for n := 0; n < len(m.all); n++ {
		if i := x.identity(m.all[n]); i != nil {
			for _, group := range i.groups {
				m.add(group)
			}
		}
	}
	m.add(AccountUsers)
	return m
}

func (m *Memberships) add(p PrincipalID) {
	at, held := m.probe(p)
	if held {
		return
	}
	m.table[at] = p
	if m.all = append(m.all, p); 2*len(m.all) > len(m.table) {
		m.resize(2 * len(m.table))
	}
}

// resize makes the table n long, a power of two.
func (m *Memberships) resize(n int) {
	m.table = make([]PrincipalID, n)
	m.shift = uint8(64 - bits.TrailingZeros(uint(n)))
	for _, p := range m.all {
		at, _ := m.probe(p)
		m.table[at] = p
	}
}

// probe returns where p is, or where it would be. At least half of the table is
// free, so the search ends.
func (m *Memberships) probe(p PrincipalID) (at int, held bool) {
	mask := len(m.table) - 1
	at = int(uint64(p) * 0x9e3779b97f4a7c15 >> m.shift)
	for m.table[at] != p {
		if m.table[at] == 0 {
			return at, false
		}
		at = (at + 1) & mask
	}
	return at, true
}
