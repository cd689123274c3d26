package authztest

import (
	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// Tally counts decisions.
type Tally struct {
	Decisions int
	Allowed   int // of the decisions
}

func (t *Tally) add(more Tally) {
	t.Decisions += more.Decisions
	t.Allowed += more.Allowed
}

// Compare asks the authoriser and the oracle everything that the given callers
// can ask about a snapshot, or, when none is given, everything that anybody
// can ask, and fails the test at the first difference. Of some decisions it
// also compares the reasons. It returns how many decisions it compared.
func Compare(t rapid.TB, s *catalog.Snapshot, a *authz.Authorizer, callers ...catalog.PrincipalID) Tally {
	t.Helper()
	w := WorldOf(s)
	if len(callers) == 0 {
		callers = w.Callers()
	}
	return newExam(NewOracle(w)).sit(t, a, s, callers...)
}
