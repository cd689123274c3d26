package authztest

import (
	"maps"
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// exam is a world with what the oracle answers about it. The answers are
// worked out once for each caller, so that the same questions can be put
// again: inside the update that makes the world, after it, on the snapshot
// when it is old, and to the same state opened again.
type exam struct {
	*Oracle
	asked   World // the world, less the objects that are not asked about
	answers map[catalog.PrincipalID][]Answer
}

func newExam(o *Oracle) *exam {
	return &exam{o, o.world, map[catalog.PrincipalID][]Answer{}}
}

// examined returns whose answers are worked out.
func (e *exam) examined() []catalog.PrincipalID { return slices.Sorted(maps.Keys(e.answers)) }

// every701st question has its reasons looked at too: for all it would take too
// long, and a prime keeps them from being always the same question.
const every701st = 701

// sit puts all questions of some callers to an authoriser, on a snapshot of
// the exam's world, and fails the test at the first wrong answer.
func (e *exam) sit(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, callers ...catalog.PrincipalID) Tally {
	t.Helper()
	var tally Tally
	for _, caller := range callers {
		e.compareMemberships(t, a, s, caller)
		answers, worked := e.answers[caller]
		if !worked {
			answers = e.Answers(caller, e.asked.Questions(caller))
			e.answers[caller] = answers
		}
		i := 0
		for q := range e.asked.Questions(caller) {
			d, want := q.Ask(a, s), answers[i]
			if d.Allowed != want.Allowed || d.Visible != want.Visible {
				t.Fatalf("%s\nauthorizer: allowed %t, visible %t\noracle:     allowed %t, visible %t\nin the world\n%s",
					e.world.Format(q), d.Allowed, d.Visible, want.Allowed, want.Visible, e.world)
			}
			if i++; (uint64(caller)*31+uint64(i))%every701st == 0 {
				e.compareWhy(t, q, d)
				e.compareHoldings(t, a, s, caller, q.On)
			}
			tally.Decisions++
			if d.Allowed {
				tally.Allowed++
			}
		}
	}
	return tally
}

func (e *exam) compareMemberships(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, caller catalog.PrincipalID) {
	t.Helper()
	got := slices.Sorted(s.Memberships(caller).All())
	if want := e.identities(caller); !slices.Equal(got, want) {
		t.Fatalf("%s acts as %d, want %d, in the world\n%s", e.world.principalName(caller), got, want, e.world)
	}
}

// compareWhy looks at what a decision says of itself: the facts it rests on,
// or what is missing.
func (o *Oracle) compareWhy(t rapid.TB, q Question, d authz.Decision) {
	t.Helper()
	because, missing := d.Because(), d.Missing()
	switch {
	case d.Allowed && len(missing) > 0:
		t.Fatalf("%s is allowed, missing %q, in the world\n%s", o.world.Format(q), o.world.formatMissing(q.Caller, missing), o.world)
	case !d.Allowed && len(because) > 0:
		t.Fatalf("%s is refused, because %q, in the world\n%s", o.world.Format(q), o.world.formatReasons(because), o.world)
	case d.Allowed:
		o.checkReasons(t, q, because)
	case len(missing) > 0:
		o.checkMissing(t, q, missing)
	case o.of(o.world.With(o.world.everyGrant(q)...)).Answer(q).Allowed:
		t.Fatalf("%s misses nothing, yet grants would help, in the world\n%s", o.world.Format(q), o.world)
	}
}
