package catalog

// PrivilegeSet is a set of privileges in the form in which they are compared
// by the million. Sets of one catalog come from its [Kinds], or, for the
// privileges of this package, from [SetOf]; sets of two catalogs cannot be
// compared. The zero PrivilegeSet is empty.
type PrivilegeSet struct{ lo, hi uint64 }

// maxPrivileges is how many different privileges the kinds of one catalog can
// have. The last bit stands for all that they do not have.
const maxPrivileges = 127

func privilegeBit(n int) PrivilegeSet {
	if n < 64 {
		return PrivilegeSet{lo: 1 << n}
	}
	return PrivilegeSet{hi: 1 << (n - 64)}
}

// unknownPrivilege is what a grant gives that no kind of this process knows:
// something, and nothing that can be asked for.
var unknownPrivilege = privilegeBit(maxPrivileges)

// SetOf returns the set of some of this package's own privileges. Others are
// left out.
func SetOf(privileges ...Privilege) PrivilegeSet {
	var s PrivilegeSet
	for _, p := range privileges {
		for n, own := range ownPrivileges {
			if p == own {
				s = s.Union(privilegeBit(n))
			}
		}
	}
	return s
}

// Empty reports whether nothing is in the set.
func (s PrivilegeSet) Empty() bool { return s.lo|s.hi == 0 }

// Meets reports whether the sets have a privilege in common.
func (s PrivilegeSet) Meets(t PrivilegeSet) bool { return s.lo&t.lo|s.hi&t.hi != 0 }

// Union returns what is in one of the sets or in both.
func (s PrivilegeSet) Union(t PrivilegeSet) PrivilegeSet {
	return PrivilegeSet{s.lo | t.lo, s.hi | t.hi}
}

// Intersect returns what is in both sets.
func (s PrivilegeSet) Intersect(t PrivilegeSet) PrivilegeSet {
	return PrivilegeSet{s.lo & t.lo, s.hi & t.hi}
}

// Without returns what is in s and not in t.
func (s PrivilegeSet) Without(t PrivilegeSet) PrivilegeSet {
	return PrivilegeSet{s.lo &^ t.lo, s.hi &^ t.hi}
}
