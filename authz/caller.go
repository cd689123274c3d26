package authz

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// memberships returns the caller and every group it is in, directly or through
// groups, with the group of all accounts last (spec §12.3). It is empty for a
// principal that does not exist and for the built-in one that nobody can act as.
func memberships(s *catalog.Snapshot, caller catalog.PrincipalID) []catalog.PrincipalID {
	p, ok := s.Principal(caller)
	if !ok || p.Type == catalog.System {
		return nil
	}
	in := []catalog.PrincipalID{caller}
	for i := 0; i < len(in); i++ {
		for group := range s.MemberOf(in[i]) {
			if !slices.Contains(in, group) {
				in = append(in, group)
			}
		}
	}
	if !slices.Contains(in, catalog.AccountUsers) {
		in = append(in, catalog.AccountUsers)
	}
	return in
}

// Memberships returns the principal itself and every group it is in, directly
// or through groups, including the group of all accounts. It is what decisions
// are made with, for those who must count by the same groups (spec §5.3).
func (a *Authorizer) Memberships(s *catalog.Snapshot, p catalog.PrincipalID) []catalog.PrincipalID {
	return memberships(s, p)
}
