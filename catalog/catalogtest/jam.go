package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// jam is a town whose store takes no commit until it is told what becomes of it,
// so that updates gather behind one another.
type jam struct {
	*town
	t       *testing.T
	entered chan bool
	verdict chan fault
	free    atomic.Bool // the store works as ever
	appends atomic.Int64
}

func (open opener) jam(t *testing.T) *jam {
	t.Helper()
	j := &jam{town: open.town(t), t: t, entered: make(chan bool), verdict: make(chan fault)}
	j.free.Store(true)
	outcome, ended := faultNone, make(chan bool)
	j.Catalog = openCatalog(t, &FaultStore{
		Store: lend(j.store),
		Before: func(op Op) error {
			if op != OpAppend {
				return nil
			}
			j.appends.Add(1)
			if outcome = faultNone; !j.free.Load() {
				select {
				case j.entered <- true:
				case <-ended:
				}
				select {
				case outcome = <-j.verdict:
				case <-ended:
				}
			}
			if outcome == faultBefore {
				return errFault
			}
			return nil
		},
		After: func(op Op) error {
			if op == OpAppend && outcome == faultAfter {
				return errFault
			}
			return nil
		},
	})
	t.Cleanup(func() { close(ended) }) // a law that has failed ends all the same
	j.free.Store(false)
	return j
}

// outcome is what became of an update.
type outcome struct {
	version uint64
	err     error
}

// begin begins an update, and returns when its change has run.
func (j *jam) begin(ctx context.Context, change func(tx *catalog.Tx) error) <-chan outcome {
	j.t.Helper()
	ran, done := make(chan bool, 1000), make(chan outcome, 1)
	go func() {
		version, err := j.Update(ctx, "tester", func(tx *catalog.Tx) error {
			defer func() { ran <- true }()
			return change(tx)
		})
		done <- outcome{version, err}
	}()
	select {
	case <-ran:
	case <-ctx.Done():
		j.t.Fatal("no change runs while the store is busy")
	}
	return done
}

// first begins an update and waits until the store is asked to keep it.
func (j *jam) first(change func(tx *catalog.Tx) error) <-chan outcome {
	j.t.Helper()
	done := j.begin(withPatience(j.t), change)
	j.busy()
	return done
}

func (j *jam) busy() {
	j.t.Helper()
	select {
	case <-j.entered:
	case <-withPatience(j.t).Done():
		j.t.Fatal("the store is not asked")
	}
}

// gathered waits until updates go on after a version that is still to come.
func (j *jam) gathered(version uint64) {
	j.t.Helper()
	patient := withPatience(j.t)
	for seen := uint64(0); seen < version; runtime.Gosched() {
		ctx, cancel := context.WithCancel(patient)
		_, err := j.Update(ctx, "nobody", func(tx *catalog.Tx) error {
			seen = tx.Version()
			cancel() // what was seen is not to be waited for
			return nil
		})
		if patient.Err() != nil {
			j.t.Fatalf("updates go on after version %d, want %d: %v", seen, version, err)
		}
	}
}

// let tells the store what becomes of the commit, or the commits, that it has,
// and lets it work from then on.
func (j *jam) let(f fault) {
	j.free.Store(true)
	j.verdict <- f
}

// next tells it likewise, and waits until it is asked again.
func (j *jam) next(f fault) {
	j.t.Helper()
	j.verdict <- f
	j.busy()
}

// get waits for an update to return.
func (j *jam) get(done <-chan outcome) outcome {
	j.t.Helper()
	select {
	case o := <-done:
		if o.err == nil && j.Snapshot().Version() < o.version {
			j.t.Errorf("Update returned version %d, and the snapshot is at %d", o.version, j.Snapshot().Version())
		}
		return o
	case <-withPatience(j.t).Done():
		j.t.Fatal("an update does not return")
		return outcome{}
	}
}

// pending reports an update that has returned too early.
func (j *jam) pending(what string, all ...<-chan outcome) {
	j.t.Helper()
	for _, done := range all {
		select {
		case o := <-done:
			j.t.Fatalf("%s: an update has returned %d, %v", what, o.version, o.err)
		default:
		}
	}
}

// settled compares what is here with what the store has, to the last row.
func (j *jam) settled() {
	j.t.Helper()
	again := openCatalog(j.t, lend(j.store))
	if d := difference(Dump(j.Snapshot()), Dump(again.Snapshot())); d != "" || again.Snapshot().Version() != j.Snapshot().Version() {
		j.t.Errorf("the store has version %d, and the snapshot shows %d: %s", again.Snapshot().Version(), j.Snapshot().Version(), d)
	}
}

// user makes a principal of some name.
func user(name string) func(tx *catalog.Tx) error {
	return func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, name); return err }
}

// users begins updates, each behind the other, and waits until they have gathered.
func (j *jam) users(n int) []<-chan outcome {
	j.t.Helper()
	var all []<-chan outcome
	for i := range n {
		all = append(all, j.begin(withPatience(j.t), user(fmt.Sprint("user ", i))))
	}
	j.gathered(j.Snapshot().Version() + 1 + uint64(n))
	return all
}

func (j *jam) has(name string) bool {
	_, ok := j.Snapshot().PrincipalNamed(name)
	return ok
}

// kept checks that an update was kept.
func (o outcome) kept(t *testing.T) {
	t.Helper()
	if o.err != nil {
		t.Errorf("Update: %v", o.err)
	}
}

func (o outcome) failed(t *testing.T, want error) {
	t.Helper()
	if !errors.Is(o.err, want) {
		t.Errorf("Update: version %d, %v; want %v", o.version, o.err, want)
	}
}
