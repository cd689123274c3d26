package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/modelward/modelward/catalog"
)

var batchLaws = []law{
	{"gathering", "while the store is busy changes go on, each on what the one before leaves; nobody else sees any of it, and the store keeps together what has gathered", checkGathering},
	{"gathered failure", "what the store does not keep never was: its updates fail, those that wait behind run again, and versions and ids are given out anew", checkGatheredFailure},
	{"gathered failures", "what the store does not keep together fails together, or one by one where it keeps them so, and leaves no trace", checkGatheredFailures},
	{"gathered refusal", "an update that finds an error or nothing to do in what is not kept yet returns it when that is kept, and runs again when it is not", checkGatheredRefusal},
	{"gathered unknown outcome", "commits that the store kept together without saying so show up in the next update or watch", checkGatheredUnknown},
	{"gathered conflict", "updates that gather while another process commits run again, and none is lost", checkGatheredConflict},
	{"gathered and cancelled", "a context that ends while an update waits with others changes nothing for any of them", checkGatheredCancelled},
	{"gathered and broken", "a change that fails, panics or ends its goroutine harms none of those that gather", checkGatheredBroken},
	{"store panic", "a store that panics or ends the goroutine harms no update but those that it was to keep, and those learn that nobody knows", checkStorePanic},
	{"gathered and closed", "Close waits for what has gathered", checkGatheredClosed},
	{"gathered restore", "Restore waits for what has gathered, and what comes later waits for it", checkGatheredRestore},
	{"alone", "a change that is alone begins with what the store has, and nothing else happens until it is kept", checkAlone},
	{"everybody at once", "updates, restores, watches and faults at once: every update that returned is there, once and in order, and nothing else is", checkEverybody},
}

func checkGathering(t *testing.T, open opener) {
	j := open.jam(t)
	before, version := Dump(j.Snapshot()), j.Snapshot().Version()
	ctx, cancel := context.WithCancel(withPatience(t))
	var seen []uint64
	watched := make(chan bool)
	go func() {
		defer close(watched)
		for c, err := range j.Watch(ctx, version) {
			if err != nil {
				return
			}
			if now := j.Snapshot().Version(); now < c.Version {
				t.Errorf("version %d is watched, and the snapshot is at %d", c.Version, now)
			}
			if seen = append(seen, c.Version); c.Version == version+6 {
				return
			}
		}
	}()
	defer func() { cancel(); <-watched }()
	appends := j.appends.Load()
	all := []<-chan outcome{j.first(user("first"))}
	all = append(all, j.users(5)...)
	j.pending("before anything is kept", all...)
	if d := difference(Dump(j.Snapshot()), before); d != "" || j.Snapshot().Version() != version {
		t.Errorf("a snapshot shows what is not kept: version %d, was %d: %s", j.Snapshot().Version(), version, d)
	}
	if _, head := load(t, j.store); head.Version != version {
		t.Errorf("the store is at version %d, was at %d", head.Version, version)
	}
	j.next(faultNone)
	j.get(all[0]).kept(t)
	j.pending("when the first is kept", all[1:]...)
	if j.Snapshot().Version() != version+1 || !j.has("first") || j.has("user 0") {
		t.Errorf("when the first is kept the snapshot is at version %d of %d", j.Snapshot().Version(), version)
	}
	j.let(faultNone)
	for i, done := range all[1:] {
		o := j.get(done)
		o.kept(t)
		if want := version + 2 + uint64(i); o.version != want {
			t.Errorf("update %d is at version %d, want %d", i, o.version, want)
		}
		if !j.has(fmt.Sprint("user ", i)) {
			t.Errorf("update %d has returned and is not there", i)
		}
	}
	if _, together := j.store.(catalog.Batcher); together && j.appends.Load() != appends+2 {
		t.Errorf("the store was asked %d times, want twice", j.appends.Load()-appends)
	}
	<-watched
	if len(seen) != 6 {
		t.Errorf("versions %v are watched", seen)
	}
	j.settled()
}

func checkGatheredFailure(t *testing.T, open opener) {
	j := open.jam(t)
	before, version := Dump(j.Snapshot()), j.Snapshot().Version()
	var given []catalog.PrincipalID
	first := j.first(notedUser(&given, "first"))
	all := j.users(4)
	j.next(faultBefore)
	j.get(first).failed(t, errFault)
	if d := difference(Dump(j.Snapshot()), before); d != "" || j.Snapshot().Version() != version {
		t.Errorf("what failed has left a trace: %s", d)
	}
	j.pending("when the first has failed", all...)
	j.let(faultNone)
	for i, done := range all {
		if j.get(done).kept(t); !j.has(fmt.Sprint("user ", i)) {
			t.Errorf("user %d is not there", i)
		}
	}
	if j.has("first") {
		t.Error("an update that failed is there")
	}
	j.settled()
	j.newest(&given, version+5, given[0]+4)
}

func checkGatheredFailures(t *testing.T, open opener) {
	_, together := open.fresh(t).(catalog.Batcher)
	j := open.jam(t)
	var given []catalog.PrincipalID
	first := j.first(notedUser(&given, "first"))
	all := j.users(4)
	j.next(faultNone)
	j.get(first).kept(t)
	before, version := Dump(j.Snapshot()), j.Snapshot().Version()
	j.let(faultBefore)
	if !together { // the others are whole
		j.get(all[0]).failed(t, errFault)
		for _, done := range all[1:] {
			j.get(done).kept(t)
		}
		j.settled()
		j.newest(&given, version+4, given[0]+4)
		return
	}
	for _, done := range all {
		j.get(done).failed(t, errFault)
	}
	if d := difference(Dump(j.Snapshot()), before); d != "" || j.Snapshot().Version() != version {
		t.Errorf("what failed has left a trace: %s", d)
	}
	j.settled()
	j.newest(&given, version+1, given[0]+1)
}

func notedUser(given *[]catalog.PrincipalID, name string) func(tx *catalog.Tx) error {
	return func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(catalog.User, name)
		*given = append(*given, id)
		return err
	}
}

// newest makes one more user, who gets a version and an id: those that were taken
// back are given out anew.
func (j *jam) newest(given *[]catalog.PrincipalID, version uint64, id catalog.PrincipalID) {
	j.t.Helper()
	at, err := j.Update(withPatience(j.t), "tester", notedUser(given, "newest"))
	if err != nil || at != version || j.Snapshot().Version() != version {
		j.t.Errorf("the next update is at version %d, %v; want %d", at, err, version)
	}
	if last := (*given)[len(*given)-1]; last != id {
		j.t.Errorf("the next id is %d, want %d", last, id)
	}
	if p, ok := j.Snapshot().Principal(id); !ok || p.Name != "newest" {
		j.t.Errorf("the id is that of %+v, %t", p, ok)
	}
	j.settled()
}

func checkGatheredRefusal(t *testing.T, open opener) {
	for _, fails := range []fault{faultNone, faultBefore} {
		j := open.jam(t)
		version := j.Snapshot().Version()
		first := j.first(user("ann"))
		again := j.begin(withPatience(t), user("ann")) // exists already, if anything
		var idle uint64
		nothing := j.begin(withPatience(t), func(tx *catalog.Tx) error {
			if _, ok := tx.PrincipalNamed("ann"); ok {
				return nil // done already
			}
			return user("bea")(tx)
		})
		// Nobody is told of ann before she is kept.
		runtime.Gosched()
		j.pending("before it is known", first, again, nothing)
		done, cancel := context.WithCancel(withPatience(t))
		gone := j.begin(done, user("ann"))
		cancel()
		j.get(gone).failed(t, context.Canceled)
		j.let(fails)
		o := j.get(first)
		if fails == faultNone {
			o.kept(t)
			j.get(again).failed(t, catalog.ErrAlreadyExists)
			if idle = j.get(nothing).version; idle != version+1 || j.has("bea") {
				t.Errorf("nothing to do at version %d, want %d", idle, version+1)
			}
		} else {
			o.failed(t, errFault)
			a, n := j.get(again), j.get(nothing)
			a.kept(t)
			n.kept(t)
			if !j.has("ann") {
				t.Error("ann is not there: she was refused for the sake of one that never was")
			}
			if j.has("bea") != (n.version < a.version) {
				t.Errorf("bea is there: %t, at version %d, and ann at %d", j.has("bea"), n.version, a.version)
			}
		}
		j.settled()
	}
}

func checkGatheredUnknown(t *testing.T, open opener) {
	_, together := open.fresh(t).(catalog.Batcher)
	for _, watch := range []bool{false, true} {
		j := open.jam(t)
		version := j.Snapshot().Version()
		first := j.first(user("first"))
		all := j.users(4)
		j.next(faultNone)
		j.get(first).kept(t)
		j.let(faultAfter)
		kept := 4
		for i, done := range all {
			if o := j.get(done); together || i == 0 {
				o.failed(t, errFault)
			} else {
				o.kept(t)
			}
		}
		if together && j.Snapshot().Version() != version+1 {
			t.Errorf("the snapshot is at version %d, was at %d", j.Snapshot().Version(), version)
		}
		if watch {
			for c, err := range j.Watch(withPatience(t), version) {
				if err != nil || j.Snapshot().Version() < c.Version {
					t.Fatalf("Watch: version %d, %v, with a snapshot at %d", c.Version, err, j.Snapshot().Version())
				}
				if c.Version == version+1+uint64(kept) {
					break
				}
			}
		} else if at, err := j.Update(withPatience(t), "tester", user("last")); err != nil || at != version+2+uint64(kept) {
			t.Errorf("the next update is at version %d, %v; want %d", at, err, version+2+uint64(kept))
		}
		for i := range kept {
			if !j.has(fmt.Sprint("user ", i)) {
				t.Errorf("user %d is kept and does not show up", i)
			}
		}
		j.settled()
	}
}

func checkGatheredConflict(t *testing.T, open opener) {
	j := open.jam(t)
	version := j.Snapshot().Version()
	other := openCatalog(t, lend(j.store))
	first := j.first(user("first"))
	all := j.users(4)
	for i := range 3 {
		if _, err := other.Update(withPatience(t), "other", user(fmt.Sprint("other ", i))); err != nil {
			t.Fatal(err)
		}
	}
	// Whoever watches learns of it and passes it on, whatever waits.
	j.let(faultNone)
	for c, err := range j.Watch(withPatience(t), version) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Version == version+8 {
			break
		}
	}
	seen := map[uint64]bool{}
	for i, done := range append(all, first) {
		o := j.get(done)
		if o.kept(t); seen[o.version] || o.version <= version+3 || o.version > version+8 {
			t.Errorf("update %d is at version %d", i, o.version)
		}
		seen[o.version] = true
	}
	for _, name := range []string{"first", "user 0", "user 1", "user 2", "user 3", "other 0", "other 1", "other 2"} {
		if !j.has(name) {
			t.Errorf("%s is lost", name)
		}
	}
	j.settled()
}

func checkGatheredCancelled(t *testing.T, open opener) {
	for range 3 { // who of them asks the store is for chance to say
		j := open.jam(t)
		ctx, cancel := context.WithCancel(withPatience(t))
		first := j.first(user("first"))
		var names []string
		var cancelled []<-chan outcome
		for i := range 5 {
			names = append(names, fmt.Sprint("gone ", i))
			cancelled = append(cancelled, j.begin(ctx, user(names[i])))
		}
		all := []<-chan outcome{j.begin(withPatience(t), user("last"))}
		j.gathered(j.Snapshot().Version() + 7)
		cancel() // the store may look at it or not
		j.let(faultNone)
		for i, done := range cancelled {
			if o := j.get(done); (o.err == nil) != j.has(names[i]) || o.err != nil && !errors.Is(o.err, context.Canceled) {
				t.Errorf("%s: %v, and it is there: %t", names[i], o.err, j.has(names[i]))
			}
		}
		j.get(first).kept(t)
		j.get(all[0]).kept(t)
		j.settled()
	}
	j := open.jam(t)
	j.free.Store(true)
	// One whose context ends while its change runs does not come into the line.
	ctx, cancel := context.WithCancel(withPatience(t))
	_, err := j.Update(ctx, "tester", func(tx *catalog.Tx) error { cancel(); return user("late")(tx) })
	if !errors.Is(err, context.Canceled) || j.has("late") {
		t.Errorf("Update whose context ends meanwhile: %v, and it is there: %t", err, j.has("late"))
	}
}
