package authztest

import (
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// Tally counts decisions.
type Tally struct {
	Decisions int
	Allowed   int // of the decisions
}

// Compare asks the authoriser and the oracle everything that the given callers
// can ask about a snapshot, or, when none is given, everything that anybody
// can ask, and fails the test at the first difference. It returns how many
// decisions it compared.
func Compare(t rapid.TB, s *catalog.Snapshot, a *authz.Authorizer, callers ...catalog.PrincipalID) Tally {
	t.Helper()
	w := WorldOf(s)
	o := NewOracle(w)
	if len(callers) == 0 {
		callers = w.Callers()
	}
	var tally Tally
	for _, caller := range callers {
		compareMemberships(t, s, a, o, caller)
		for q := range w.Questions(caller) {
			d, want := q.Ask(a, s), o.Answer(q)
			if d.Allowed != want.Allowed || d.Visible != want.Visible {
				t.Fatalf("%s\nauthorizer: allowed %t, visible %t\noracle:     allowed %t, visible %t\nin the world\n%s",
					w.Format(q), d.Allowed, d.Visible, want.Allowed, want.Visible, w)
			}
			tally.Decisions++
			if d.Allowed {
				tally.Allowed++
			}
		}
	}
	return tally
}

func compareMemberships(t rapid.TB, s *catalog.Snapshot, a *authz.Authorizer, o *Oracle, caller catalog.PrincipalID) {
	t.Helper()
	got := slices.Sorted(slices.Values(a.Memberships(s, caller)))
	want := slices.Sorted(slices.Values(o.ids[caller]))
	if !slices.Equal(got, want) {
		t.Fatalf("%s acts as %d, want %d, in the world\n%s", o.world.principalName(caller), got, want, o.world)
	}
}
