package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/catalog"
)

var batchLaws = []law{
	{"gathering", "while the store is busy changes go on, each on what the one before leaves; nobody else sees any of it, and the store keeps together what has gathered", checkGathering},
	{"gathered failure", "what the store does not keep never was: its updates fail, those that wait behind run again, and versions and ids are given out anew", checkGatheredFailure},
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
	_, together := open.fresh(t).(catalog.Batcher)
	for _, behind := range []bool{false, true} { // whether the first or what gathers behind it fails
		j := open.jam(t)
		before, version := Dump(j.Snapshot()), j.Snapshot().Version()
		var given []catalog.PrincipalID
		note := func(name string) func(tx *catalog.Tx) error {
			return func(tx *catalog.Tx) error {
				id, err := tx.CreatePrincipal(catalog.User, name)
				given = append(given, id)
				return err
			}
		}
		first := j.first(note("first"))
		all := j.users(4)
		if behind {
			j.next(faultNone)
			j.get(first).kept(t)
			before, version = Dump(j.Snapshot()), version+1
			if j.let(faultBefore); !together { // those behind it are whole
				j.get(all[0]).failed(t, errFault)
				for _, done := range all[1:] {
					j.get(done).kept(t)
				}
				j.settled()
				continue
			}
			for _, done := range all {
				j.get(done).failed(t, errFault)
			}
			if d := difference(Dump(j.Snapshot()), before); d != "" || j.Snapshot().Version() != version {
				t.Errorf("what failed has left a trace: %s", d)
			}
			version-- // as if the first were the one below
		} else {
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
			version += 3
		}
		j.settled()
		at, err := j.Update(withPatience(t), "tester", note("last"))
		if err != nil || at != version+2 {
			t.Errorf("the next update is at version %d, %v; want %d", at, err, version+2)
		}
		want := given[0] + 4 // the ids of the four that ran again
		if behind {
			want = given[0] + 1
		}
		if last := given[len(given)-1]; last != want {
			t.Errorf("the next id is %d, want %d: that of what failed, given out anew", last, want)
		}
		// An id of an object that never was has no etag, no owner, no name.
		p, ok := j.Snapshot().Principal(want)
		if !ok || p.Name != "last" {
			t.Errorf("the id is that of %+v, %t", p, ok)
		}
		j.settled()
	}
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

func checkGatheredBroken(t *testing.T, open opener) {
	j := open.jam(t)
	all := []<-chan outcome{j.first(user("first"))}
	all = append(all, j.users(2)...)
	for _, end := range []func(){func() {}, func() { panic("oh") }, runtime.Goexit} {
		ended := make(chan bool)
		ctx, cancel := context.WithCancel(withPatience(t))
		go func() {
			defer close(ended)
			defer func() { _ = recover() }()
			_, err := j.Update(ctx, "tester", func(tx *catalog.Tx) error {
				for _, deed := range j.deeds() {
					if err := deed(tx); err != nil {
						t.Errorf("deed: %v", err)
					}
				}
				cancel()
				end()
				return errors.New("oops")
			})
			if err == nil {
				t.Error("Update: no error")
			}
		}()
		<-ended
		cancel()
	}
	all = append(all, j.begin(withPatience(t), user("last")))
	j.let(faultNone)
	for _, done := range all {
		j.get(done).kept(t)
	}
	if node, _ := j.Snapshot().Node(j.main); node.Name != "main" || !j.has("last") {
		t.Error("a change that failed has left a trace, or what came after it has not")
	}
	j.settled()
}

func checkStorePanic(t *testing.T, open opener) {
	for _, end := range []func(){func() { panic("oh") }, runtime.Goexit} {
		w := open.town(t)
		entered, release, ended := make(chan bool), make(chan bool), atomic.Bool{}
		c := openCatalog(t, &FaultStore{Store: lend(w.store), Before: func(op Op) error {
			if op == OpAppend && !ended.Swap(true) {
				entered <- true
				<-release
				end()
			}
			return nil
		}})
		left := make(chan bool)
		go func() {
			defer close(left)
			defer func() { _ = recover() }()
			_, _ = c.Update(withPatience(t), "tester", user("first"))
			t.Error("Update returns as if nothing were")
		}()
		<-entered
		var group sync.WaitGroup
		for i := range 3 {
			group.Go(func() {
				if _, err := c.Update(withPatience(t), "tester", user(fmt.Sprint(i))); err != nil {
					t.Errorf("Update behind the one that panics: %v", err)
				}
			})
		}
		release <- true
		<-left
		group.Wait()
		if n := c.Snapshot().Version(); n != w.Snapshot().Version()+3 {
			t.Errorf("the snapshot is at version %d", n)
		}
	}
}

func checkGatheredClosed(t *testing.T, open opener) {
	j := open.jam(t)
	all := []<-chan outcome{j.first(user("first"))}
	all = append(all, j.users(3)...)
	ctx, cancel := context.WithCancel(withPatience(t))
	cancel()
	if err := j.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close that does not wait: %v", err)
	}
	closed := make(chan error, 1)
	go func() { closed <- j.Close(withPatience(t)) }()
	runtime.Gosched()
	select {
	case err := <-closed:
		t.Errorf("Close does not wait for what has gathered: %v", err)
	default:
	}
	j.let(faultNone)
	for _, done := range all {
		j.get(done).kept(t)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := j.Update(withPatience(t), "tester", user("late")); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Update after Close: %v", err)
	}
	j.settled()
}

func checkGatheredRestore(t *testing.T, open opener) {
	j := open.jam(t)
	saved, version := backup(t, j.Snapshot()), j.Snapshot().Version()
	all := []<-chan outcome{j.first(user("first"))}
	all = append(all, j.users(2)...)
	restored := make(chan outcome, 1)
	asked := make(chan bool)
	go func() {
		at, err := j.Restore(withPatience(t), "restorer", bytes.NewReader(saved), &catalog.RestoreOptions{
			Allow: func(now, then *catalog.Snapshot) error {
				if now != j.Snapshot() || now.Version() != version+3 {
					t.Errorf("a restore begins at version %d, the snapshot is at %d, want %d", now.Version(), j.Snapshot().Version(), version+3)
				}
				close(asked)
				return nil
			},
		})
		restored <- outcome{at, err}
	}()
	j.let(faultNone)
	<-asked
	late := j.begin(withPatience(t), user("late"))
	for _, done := range append(all, late) {
		j.get(done).kept(t)
	}
	o := j.get(restored)
	if o.kept(t); o.version != version+4 {
		t.Errorf("the restore is at version %d, want %d", o.version, version+4)
	}
	if j.has("first") || j.has("user 1") || !j.has("late") {
		t.Error("after the restore there is what was before, or there is not what came later")
	}
	j.settled()
}

func checkAlone(t *testing.T, open opener) {
	j := open.jam(t)
	version := j.Snapshot().Version()
	all := []<-chan outcome{j.first(user("first"))}
	all = append(all, j.users(2)...)
	var begins []uint64
	var alone atomic.Bool
	acts := j.begin(withPatience(t), func(tx *catalog.Tx) error {
		begins = append(begins, tx.Version())
		if err := user("alone")(tx); err != nil {
			return err
		}
		if err := tx.Alone(); err != nil {
			return fmt.Errorf("in other words: %w", errFault) // Update knows all the same
		}
		if _, head := load(t, j.store); head.Version != tx.Version() || j.Snapshot().Version() != tx.Version() {
			t.Errorf("a change that is alone begins at version %d, and the store has %d, the snapshot %d", tx.Version(), head.Version, j.Snapshot().Version())
		}
		alone.Store(true)
		return nil
	})
	// What comes later finds what it did, in the store.
	later := make(chan outcome, 1)
	go func() {
		at, err := j.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
			if _, head := load(t, j.store); alone.Load() && head.Version < version+4 {
				t.Errorf("a change begins at version %d while one is alone, and the store is at %d", tx.Version(), head.Version)
			}
			return user("later")(tx)
		})
		later <- outcome{at, err}
	}()
	j.let(faultNone)
	for _, done := range append(all, later, acts) {
		j.get(done).kept(t)
	}
	if len(begins) != 2 || !j.has("alone") || !j.has("later") {
		t.Errorf("a change that is alone has begun at versions %v", begins)
	}
	// Its errors are its own, and what it does can fail like anything else.
	if _, err := j.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
		if err := tx.Alone(); err != nil {
			return err
		}
		return errFault
	}); !errors.Is(err, errFault) {
		t.Errorf("Update: %v", err)
	}
	j.settled()
}

// checkEverybody counts: each update adds one to what it finds, and remembers
// what it has made of it.
func checkEverybody(t *testing.T, open opener) {
	w := open.town(t)
	const catalogs, writers, each = 2, 6, 12
	type sum struct {
		version uint64
		is      int
	}
	var mu sync.Mutex
	sums := map[uint64]int{}
	lost, refused := 0, 0
	var group sync.WaitGroup
	var all []*catalog.Catalog
	for i := range catalogs {
		n := atomic.Int64{}
		c := openCatalog(t, &FaultStore{Store: lend(w.store), Before: func(op Op) error {
			if op == OpAppend && n.Add(1)%7 == int64(i) {
				return errFault
			}
			return nil
		}})
		all = append(all, c)
		for j := range writers {
			group.Go(func() {
				for k := range each {
					var is sum
					ctx, cancel := context.WithCancel(withPatience(t))
					version, err := c.Update(ctx, "tester", func(tx *catalog.Tx) error {
						if j == 0 && k%4 == 0 {
							if err := tx.Alone(); err != nil {
								return err
							}
						}
						main, _ := tx.Securable(w.main)
						n, _ := strconv.Atoi(main.Comment)
						is = sum{tx.Version() + 1, n + 1}
						if j == 1 && k%3 == 0 {
							cancel()
						}
						if j == 2 && k%3 == 0 {
							return errSum
						}
						if _, err := tx.CreatePrincipal(catalog.User, fmt.Sprint("user ", n+1)); err != nil {
							return err
						}
						return tx.Change(w.main, comment(strconv.Itoa(n+1)))
					})
					cancel()
					s := c.Snapshot()
					mu.Lock()
					switch {
					case err == nil:
						if version != is.version || s.Version() < version {
							t.Errorf("Update returns version %d, its last run began before %d, and the snapshot is at %d", version, is.version, s.Version())
						}
						if _, ok := s.PrincipalNamed(fmt.Sprint("user ", is.is)); !ok {
							t.Errorf("version %d has returned, and what it made is not there", version)
						}
						if _, twice := sums[version]; twice {
							t.Errorf("version %d is given out twice", version)
						}
						sums[version] = is.is
					case errors.Is(err, errSum): // what was found was there
						if now, _ := s.Securable(w.main); len(now.Comment) > 0 && mustInt(now.Comment) < is.is-1 {
							t.Errorf("a change has found %d, and there is %s", is.is-1, now.Comment)
						}
						refused++
					case errors.Is(err, errFault), errors.Is(err, context.Canceled):
						lost++
					default:
						t.Errorf("Update: %v", err)
					}
					mu.Unlock()
				}
			})
		}
	}
	group.Wait()
	newest := openCatalog(t, lend(w.store))
	main, _ := newest.Snapshot().Securable(w.main)
	if main.Comment != strconv.Itoa(len(sums)) || len(sums)+lost+refused != catalogs*writers*each {
		t.Errorf("the sum is %s; %d updates were kept, %d lost, %d refused", main.Comment, len(sums), lost, refused)
	}
	version := w.Snapshot().Version()
	for n := range len(sums) {
		if got := sums[version+1+uint64(n)]; got != n+1 {
			t.Errorf("version %d has the sum %d, want %d", version+1+uint64(n), got, n+1)
		}
	}
	for _, c := range all {
		for commit, err := range c.Watch(withPatience(t), newest.Snapshot().Version()-1) {
			if err != nil || commit.Version != newest.Snapshot().Version() {
				t.Errorf("Watch: version %d, %v", commit.Version, err)
			}
			break
		}
		if d := difference(Dump(c.Snapshot()), Dump(newest.Snapshot())); d != "" {
			t.Errorf("catalogs differ: %s", d)
		}
	}
}

var errSum = errors.New("catalogtest: so many there are")

func mustInt(s string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s))
	return n
}
