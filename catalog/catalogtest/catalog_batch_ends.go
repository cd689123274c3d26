package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/catalog"
)

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
