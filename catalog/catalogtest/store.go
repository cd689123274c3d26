package catalogtest

import (
	"testing"

	"github.com/modelward/modelward/catalog"
)

// Features says what a store promises beyond the laws that all stores keep.
type Features struct {
	// Durable: a store opened on the directory of one that was closed has
	// everything that was appended.
	Durable bool
}

// TestStore checks every law of [catalog.Store]. Open opens the store that is
// kept in dir, a new one when dir is empty; it calls t.Fatal when it cannot. A
// store that keeps nothing in files may ignore dir.
func TestStore(t *testing.T, open func(t testing.TB, dir string) catalog.Store, features Features) {
	run(t, storeLaws, open)
	if features.Durable {
		run(t, durableLaws, open)
	} else {
		t.Log("not promised by this store: durability")
	}
}

var storeLaws = []law{
	{"empty", "a new store stands at version 0 with no rows, and its watchers wait", checkEmpty},
	{"replay", "what Load gives is what replaying the commits gives, and Watch gives the commits as they were appended", checkReplay},
	{"conflict", "an append on another version than the newest is ErrConflict and changes nothing", checkConflict},
	{"next version", "a commit of another version than prev+1 is refused and changes nothing", checkNextVersion},
	{"one winner", "of several appends on the same version exactly one succeeds and the others are ErrConflict", checkOneWinner},
	{"cancelled append", "an append whose context is done fails with the context's error and changes nothing", checkCancelledAppend},
	{"stopped load", "an error from put ends Load and is returned, and does no harm", checkStoppedLoad},
	{"ownership", "what was given to Append and what came from Watch may be changed afterwards", checkOwnership},
	{"odd rows", "keys and values of any shape that a catalog can make come back as they were", checkOddRows},
	{"watch from anywhere", "a watch after any version yields the later commits in order without gaps, then waits", checkWatchFromAnywhere},
	{"watch while appending", "watchers get every commit in order, however appends and watches interleave", checkWatchWhileAppending},
	{"watch ahead", "a watch after a version still to come yields only what comes after it", checkWatchAhead},
	{"watch cancelled", "a watch ends with its context's error, also when there is more to read", checkWatchCancelled},
	{"watch receiver", "a watch's receiver may call the store and may stop at any commit", checkWatchReceiver},
	{"trim", "trimming forgets the commits through a version and nothing else: a watch that needs them ends at once with ErrTrimmed, every other goes on without gaps", checkTrim},
	{"trim refused", "a version still to come and a done context are refused and change nothing", checkTrimRefused},
	{"trim while watching", "a watcher that trimming overtakes gets ErrTrimmed, and never a gap", checkTrimWhileWatching},
	{"trim in any order", "appends, trims and openings in any order leave what they say", checkTrimDrawn},
	{"batch", "a Batcher's batch leaves what its commits leave one by one", batches(checkBatch)},
	{"batch refused", "a batch on another version than the newest is ErrConflict, one with a gap is refused, and so is one whose context is done; nothing of it is there", batches(checkBatchRefused)},
	{"batch rivals", "of several batches on the same version exactly one is there, whole", batches(checkBatchRivals)},
	{"batch whole", "no watcher gets the first commit of a batch before the last is there", batches(checkBatchWhole)},
	{"batch closed", "after Close a batch is refused with ErrClosed", batches(checkBatchClosed)},
	{"close", "after Close every call returns ErrClosed, waiting watchers end with it, and closing again does nothing", checkClose},
}

var durableLaws = []law{
	{"reopen", "a store opened again has every row, the whole history and the same head, and goes on from there", checkReopen},
	{"batch reopen", "a store opened again has every commit of a batch", batches(checkBatchReopen)},
}
