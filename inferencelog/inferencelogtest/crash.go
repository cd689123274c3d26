package inferencelogtest

import (
	"os"
	"strconv"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

// CrashOptions say what [Crash] tries.
type CrashOptions struct {
	// Open opens the sink that is kept in a folder, which is there; or opens it again, also after a kill. Required.
	// The sink must be a [inferencelog.RowReader]; what it has taken must outlive its process.
	Open func(dir string) (inferencelog.LogSink, error)

	// Kills is how many processes are killed. Default: 50.
	Kills int
}

func (o *CrashOptions) kills() int {
	if o.Kills <= 0 {
		return 50
	}
	return o.Kills
}

const (
	crashDir   = "INFERENCELOGTEST_CRASH_DIR"   // the folder that a child works in; unset: this process is no child
	crashRound = "INFERENCELOGTEST_CRASH_ROUND" // the child's number
)

// killsAFolder is how many processes are killed one after the other on the same folder, before the books are checked and
// another folder is begun.
const killsAFolder = 25

// Crash shows that rows which were acknowledged with the durability [inferencelog.Journaled] survive SIGKILL, and get into
// the sink exactly once.
//
// It starts this test binary anew, as a child that runs the calling test alone: there Crash opens the sink and a journal
// in a folder, appends rows from several goroutines, says which of them were acknowledged, and does not return. The
// parent kills the child at random moments, at start-up and while it closes too, and starts the next one on the same folder,
// again and again. Then it opens both itself and checks that
//
//   - every row that was acknowledged is in its tables, once and whole, and every other row is whole or absent;
//   - the books balanced whenever a child looked at them, and nothing is counted lost;
//   - the journal is empty after a clean Close.
//
// The calling test may do nothing that a child must not do as well before it calls Crash.
func Crash(t *testing.T, o CrashOptions) {
	t.Helper()
	if dir := os.Getenv(crashDir); dir != "" {
		os.Exit(crashChild(o, dir, os.Getenv(crashRound)))
	}
	kills, rounds, rows, books := 0, 0, 0, 0
	for kills < o.kills() {
		dir := t.TempDir()
		said := crashed{acked: make(map[string]bool)}
		for said.kills < killsAFolder && kills+said.kills < o.kills() {
			rounds++
			if err := said.round(t, dir, strconv.Itoa(rounds)); err != nil {
				t.Fatal(err)
			}
		}
		if err := said.check(t.Context(), o, dir); err != nil {
			t.Fatalf("after %d kills on one folder: %v", said.kills, err)
		}
		kills += said.kills
		rows += len(said.acked)
		books += said.books
		_ = os.RemoveAll(dir) // a thousand kills leave much behind
	}
	t.Logf("%d processes, %d kills: %d rows were acknowledged and are there; the books balanced %d times", rounds, kills, rows, books)
	if rows == 0 || books == 0 {
		t.Fatal("inferencelogtest: no child lived long enough to acknowledge a row")
	}
}
