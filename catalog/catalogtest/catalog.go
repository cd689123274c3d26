package catalogtest

import (
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
)

// TestCatalog checks the laws of [catalog.Catalog] over a store, which open
// opens as for [TestStore]. A store that has its commits again when it is
// opened again is found out, and then closed and opened in earnest.
func TestCatalog(t *testing.T, open func(t testing.TB, dir string) catalog.Store) {
	run(t, catalogLaws, open)
	run(t, batchLaws, open)
	run(t, historyLaws, open)
	run(t, backupLaws, open)
}

var catalogLaws = []law{
	{"founding", "a new catalog has the metastore and the built-in principals at version 1, and they stay as they are", checkFounding},
	{"standing still", "a snapshot shows the same whatever is committed, and while the catalog closes", checkStandingStill},
	{"copies", "nothing handed in or out shares memory with what is stored", checkCopies},
	{"versions", "every commit's version is one more than the last, and an update without effect makes none", checkVersions},
	{"whole versions", "no reader sees half of an update", checkWholeVersions},

	{"function error", "an update whose function fails, panics or ends its goroutine leaves no trace and harms nothing", checkFunctionError},
	{"store error", "an update that the store refuses leaves no trace, whichever it is, and can be repeated", checkStoreError},
	{"durable first", "no snapshot and no watcher shows a commit before the store has it", checkDurableFirst},
	{"unknown outcome", "a commit that the store kept without saying so shows up in the next update or watch, once", checkUnknownOutcome},
	{"own conflict", "an ErrConflict of the function's own is returned like any other error", checkOwnConflict},
	{"closed", "a closed catalog refuses updates with ErrClosed, and watchers end with it", checkClosed},

	{"reopen", "a catalog opened again is equal, and gives out no id a second time", checkReopenCatalog},
	{"drop", "dropping an object removes the grants on it and on all that is in it", checkDrop},
	{"clean start", "an object or principal made again under a name of old is new and holds nothing", checkCleanStart},
	{"siblings", "what is in one container is never listed or found in another with a longer name", checkSiblings},
	{"crowds", "hundreds of siblings, put in and taken out in any order, are listed in order, found by name, and nothing else is", checkCrowds},
	{"rename", "a renamed object keeps its id and all it has, and takes everything inside along", checkRename},
	{"principals", "principal names are compared without case and shown as first written", checkPrincipals},
	{"cycles", "a membership is refused exactly when it would make a group a member of itself", checkCycles},
	{"deep groups", "nesting may be as deep as it likes", checkDeepGroups},

	{"watch", "a catalog's watch yields every commit in order, each once it is visible", checkWatch},
	{"two catalogs", "catalogs over one store lose no update and come to the same state", checkTwoCatalogs},
	{"model", "after any history, with faults and re-openings, every readable fact is that of the plain model", checkMachine},
}

// testOptions are those of every catalog here: the service kind, and a clock
// that stands still so that dumps can be compared.
func testOptions() *catalog.Options {
	return &catalog.Options{
		Kinds: []catalog.Kind{ServiceKind()},
		Now:   func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.Local) },
	}
}
