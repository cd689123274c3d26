package authz

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// WhoCan returns, ordered by id, the users, service principals and groups for
// which [Authorizer.Check] allows a privilege on an object.
//
// What a group holds is worked out once for all who are in it: the cost is linear
// in principals and memberships.
func (a *Authorizer) WhoCan(s *catalog.Snapshot, privilege catalog.Privilege, on catalog.ID) []catalog.PrincipalID {
	return everyone(s, on, func(e *evaluation, p path) bool { return e.mayUse(p, s.Kinds().Set(privilege)) })
}

// WhoManages is [Authorizer.WhoCan] for [Authorizer.Manage].
func (a *Authorizer) WhoManages(s *catalog.Snapshot, on catalog.ID) []catalog.PrincipalID {
	return everyone(s, on, (*evaluation).mayManage)
}

// WhoCreates is [Authorizer.WhoCan] for [Authorizer.Create].
func (a *Authorizer) WhoCreates(s *catalog.Snapshot, t catalog.SecurableType, parent catalog.ID) []catalog.PrincipalID {
	return everyone(s, parent, func(e *evaluation, p path) bool { return e.mayCreate(p, t) })
}

// everyone returns, ordered by id, the principals that may.
func everyone(s *catalog.Snapshot, on catalog.ID, may func(*evaluation, path) bool) []catalog.PrincipalID {
	h := newHoldings(s, on)
	if len(h.shared) == 0 {
		return nil
	}
	var can []catalog.PrincipalID
	for _, t := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range s.Principals(t) {
			if may(&evaluation{s: s, caller: p.ID}, h.of(p.ID)) {
				can = append(can, p.ID)
			}
		}
	}
	slices.Sort(can)
	return can
}

// holdings are what principals hold on an object and on what contains it. They
// are the facts of [catalog.Standing], put together from the direct ones.
type holdings struct {
	s      *catalog.Snapshot
	shared path                                           // what all accounts hold
	direct map[catalog.PrincipalID][]catalog.PrivilegeSet // by level
	groups map[catalog.PrincipalID]path                   // those worked out; nil: under way
}

func newHoldings(s *catalog.Snapshot, on catalog.ID) *holdings {
	var st catalog.Standing
	st.Stand(s, catalog.AccountUsers, on)
	h := &holdings{
		s: s, shared: slices.Clone(path(st.Path())),
		direct: map[catalog.PrincipalID][]catalog.PrivilegeSet{}, groups: map[catalog.PrincipalID]path{},
	}
	for n := range h.shared {
		for g := range s.GrantsOn(h.shared[n].ID) {
			if h.direct[g.To] == nil {
				h.direct[g.To] = make([]catalog.PrivilegeSet, len(h.shared))
			}
			h.direct[g.To][n] = h.direct[g.To][n].Union(s.Kinds().Set(g.Privilege))
		}
	}
	return h
}

// of returns what a principal holds. Groups above it are worked out before those
// below, without recursion, because they can be nested very deep.
func (h *holdings) of(p catalog.PrincipalID) path {
	for next := []catalog.PrincipalID{p}; len(next) > 0; {
		at := next[len(next)-1]
		known, seen := h.groups[at]
		if !seen {
			h.groups[at] = nil
			for group := range h.s.MemberOf(at) {
				if _, seen := h.groups[group]; !seen {
					next = append(next, group)
				}
			}
			continue
		}
		if known == nil {
			h.groups[at] = h.sum(at)
		}
		next = next[:len(next)-1]
	}
	whole := h.groups[p]
	if who, _ := h.s.Principal(p); who.Type != catalog.Group {
		delete(h.groups, p) // nobody is in it
	}
	return whole
}

// sum adds up what a principal holds in person and through groups.
func (h *holdings) sum(p catalog.PrincipalID) path {
	whole := slices.Clone(h.shared)
	for n := range whole {
		whole[n].Owned = whole[n].Owned || whole[n].Owner == p
		if direct := h.direct[p]; direct != nil {
			whole[n].Held = whole[n].Held.Union(direct[n])
		}
	}
	for group := range h.s.MemberOf(p) {
		for n, level := range h.groups[group] {
			whole[n].Owned = whole[n].Owned || level.Owned
			whole[n].Held = whole[n].Held.Union(level.Held)
		}
	}
	return whole
}
