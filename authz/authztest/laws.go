package authztest

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"pgregory.net/rapid"
)

// law is one promise of an authoriser.
type law struct {
	name  string
	says  string // the promise, in a sentence
	check func(t *rapid.T, a *authz.Authorizer)
}

// TestAuthorizer runs all laws on the authorisers that newAuthorizer makes, one
// for each generated world.
func TestAuthorizer(t *testing.T, newAuthorizer func() *authz.Authorizer) {
	t.Run("oracle", func(t *testing.T) {
		t.Parallel()
		testOracle(t, newAuthorizer)
	})
	t.Run("graphs", func(t *testing.T) {
		t.Parallel()
		testGraphs(t, newAuthorizer)
	})
	for _, l := range laws() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if t.Failed() {
					t.Log("the law says: " + l.says)
				}
			}()
			rapid.Check(t, func(rt *rapid.T) { l.check(rt, newAuthorizer()) })
		})
	}
}

func laws() []law {
	return []law{{
		"reasons", "what a decision rests on is true, suffices alone, and is said of allowed decisions only",
		reasonsSuffice,
	}, {
		"missing", "what is missing suffices once granted, is not granted yet, is no more than needed to use and to create, and is empty only when no grant can help",
		missingSuffices,
	}, {
		"default deny", "whoever was given nothing may do nothing, nor may the unknown, nor is the unknown allowed (invariant I32)",
		nothingIsAllowed,
	}, {
		"grants add", "a grant or a membership never takes access away (invariant I32)",
		givingNeverTakes,
	}, {
		"revocation takes", "revoking, leaving, deleting and dropping never add access (invariant I32)",
		takingNeverGives,
	}, {
		"unrelated", "grants to others, and grants elsewhere, change nothing about a decision",
		unrelatedChangesNothing,
	}, {
		"gates", "without the usage privilege of a container nothing inside it can be used, seen, listed, created or managed, unless managing comes from that level or above (spec §12.4)",
		gatesClose,
	}, {
		"gates and managers", "who manages a container manages, sees and lists all below without its usage privilege, and uses nothing there (spec §12.2)",
		managersPassGates,
	}, {
		"listing", "who can see an object can list what it is in, and what is listed does not change with what is hidden (invariant I33)",
		listingIsSeeing,
	}, {
		"leaves", "nobody lists in what nothing lives in, and no grant would help (invariant I32)",
		leavesListNothing,
	}, {
		"moments", "a decision belongs to the snapshot it was asked of: an older one, a newer one, a transaction's, one of another catalog (invariant I34)",
		snapshotDecides,
	}, {
		"identity", "an object or a principal made again under the same name has nothing of the first (invariant I35)",
		namesCarryNothing,
	}, {
		"fresh", "after any changes every decision is that of the same world built anew under other ids (invariant I35)",
		freshIsSame,
	}, {
		"holdings", "what a principal holds is every privilege that takes effect there and is granted or owned, each with a fact for it, and nothing else",
		holdingsAreFacts,
	}, {
		"who can", "who may use a privilege is, in order of id, everybody for whom the check allows it",
		whoCanIsFilter,
	}, {
		"groups", "a group holds for its members, however deep, and for nobody else; a group as caller holds what its groups and everybody hold (invariant I40, ruling R20)",
		groupsAreClosed,
	}}
}

// testGraphs is the law of groups at their largest: a principal is in every
// group that the closure of the memberships says, whatever their graph, no
// graph has circles, and the cost is linear (invariant I40).
func testGraphs(t *testing.T, newAuthorizer func() *authz.Authorizer) {
	for _, g := range graphs {
		t.Run(g.name, func(t *testing.T) { testGraph(t, newAuthorizer(), g) })
	}
	t.Run("cost", func(t *testing.T) { testCost(t, newAuthorizer()) })
}

// testOracle is the law that the others lean on: every answer is the oracle's
// (invariant I31). It also sees to it that the worlds are worth asking about.
func testOracle(t *testing.T, newAuthorizer func() *authz.Authorizer) {
	worlds, total := 0, Tally{}
	rapid.Check(t, func(rt *rapid.T) {
		tally := Compare(rt, DrawCatalog(rt).Snapshot(), newAuthorizer())
		worlds++
		total.Decisions += tally.Decisions
		total.Allowed += tally.Allowed
	})
	t.Logf("%d decisions in %d worlds, %d allowed", total.Decisions, worlds, total.Allowed)
	dull := total.Decisions < 1000*worlds || total.Allowed < total.Decisions/100 || total.Allowed > total.Decisions/2
	if dull && !t.Failed() {
		t.Error("the generated worlds are dull")
	}
}
