package e2e

import (
	"slices"
	"testing"
)

// The list of models is the list of services that the caller may call: it is
// not enough to know of one.
func TestModels(t *testing.T) {
	s, _ := seeded(t)
	s.sql(t, admin, "GRANT USE CATALOG ON CATALOG main TO bob")
	s.sql(t, admin, "GRANT USE SCHEMA ON SCHEMA main.default TO bob")
	s.sql(t, admin, "GRANT READ METADATA ON MODEL SERVICE main.default.`team-chat` TO bob")
	for caller, want := range map[string][]string{alice: {service}, bob: nil} {
		list, err := s.client(caller).ListModels(t.Context())
		must(t, err)
		var ids []string
		for _, m := range list.Models {
			ids = append(ids, m.ID)
			if m.Object != "model" || m.OwnedBy != admin || m.CreatedAt == 0 {
				t.Errorf("entry %+v", m)
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s sees %v, want %v", caller, ids, want)
		}
	}
}
