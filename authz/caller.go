package authz

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// Memberships returns the principal itself and every group it is in, directly
// or through groups, including the group of all accounts. It is what decisions
// are made with, for those who must count by the same groups (spec §5.3).
func (a *Authorizer) Memberships(s *catalog.Snapshot, p catalog.PrincipalID) []catalog.PrincipalID {
	return slices.Collect(s.Memberships(p).All())
}
