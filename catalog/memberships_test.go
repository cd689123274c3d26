package catalog_test

import (
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// Nobody is principal 0, which stands for none; and nobody acts as what is not
// there or cannot log in.
func TestMembershipsOfNobody(t *testing.T) {
	c := openMemory(t)
	var alice catalog.PrincipalID
	update(t, c, func(tx *catalog.Tx) (err error) {
		alice, err = tx.CreatePrincipal(catalog.User, "alice")
		return err
	})
	s := c.Snapshot()
	m := s.Memberships(alice)
	if m.Has(0) || !m.Has(alice) || !m.Has(catalog.AccountUsers) || m.Has(catalog.MetastoreAdmins) || m.Len() != 2 {
		t.Errorf("alice is %v", slices.Collect(m.All()))
	}
	for _, p := range []catalog.PrincipalID{0, 99, catalog.SystemUser, 1<<64 - 1} {
		if m := s.Memberships(p); m != nil || m.Has(p) || m.Has(0) || m.Len() != 0 || len(slices.Collect(m.All())) != 0 {
			t.Errorf("%d is %v", p, slices.Collect(m.All()))
		}
	}
}
