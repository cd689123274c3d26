package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// deeds is one thing of every sort that an update can do to a town.
func (w *town) deeds() []func(tx *catalog.Tx) error {
	return []func(tx *catalog.Tx) error{
		func(tx *catalog.Tx) error { return tx.Change(w.main, rename("other")) },
		func(tx *catalog.Tx) error { return tx.Change(w.service, catalog.Edit{Spec: &Service{Text: "new"}}) },
		func(tx *catalog.Tx) error { return tx.Grant(w.model, w.alice, catalog.Execute) },
		func(tx *catalog.Tx) error { return tx.Revoke(w.main, w.team, catalog.UseCatalog) },
		func(tx *catalog.Tx) error {
			_, err := tx.Create(catalog.Draft{Type: catalog.TypeTable, Parent: w.sch, Name: "log", Owner: w.bob})
			return err
		},
		func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.Group, "new group"); return err },
		func(tx *catalog.Tx) error { return tx.RenamePrincipal(w.alice, "alicia") },
		func(tx *catalog.Tx) error { return tx.AddMember(w.team, w.alice) },
		func(tx *catalog.Tx) error { return tx.RemoveMember(w.team, w.bob) },
		func(tx *catalog.Tx) error { _, err := tx.Drop(w.sch, true); return err },
		func(tx *catalog.Tx) error { return tx.DropPrincipal(w.bob) },
	}
}

func checkFunctionError(t *testing.T, open opener) {
	w := open.town(t)
	before, version := Dump(w.Snapshot()), w.Snapshot().Version()
	untouched := func(what string) {
		t.Helper()
		if d := difference(Dump(w.Snapshot()), before); d != "" || w.Snapshot().Version() != version {
			t.Fatalf("%s left a trace: version %d, was %d: %s", what, w.Snapshot().Version(), version, d)
		}
		if _, head := load(t, w.store); head.Version != version {
			t.Fatalf("%s is in the store, at version %d", what, head.Version)
		}
	}
	deeds := w.deeds()
	for n := range len(deeds) + 1 {
		ends := map[string]func(){"failing": func() {}, "panicking": func() { panic("oh") }, "leaving": runtime.Goexit}
		for what, end := range ends {
			oops := errors.New("oops")
			var err error
			done := make(chan bool)
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				_, err = w.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
					for _, deed := range deeds[:n] {
						if err := deed(tx); err != nil {
							t.Errorf("deed: %v", err)
						}
					}
					end()
					return oops
				})
			}()
			<-done
			if what == "failing" && err != oops {
				t.Errorf("Update returns %v, want the function's own error", err)
			}
			untouched(fmt.Sprintf("%s after %d steps", what, n))
		}
	}
	w.update(t, func(tx *catalog.Tx) error {
		for _, deed := range deeds {
			if err := deed(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if w.Snapshot().Version() != version+1 {
		t.Errorf("after the failures an update makes version %d of %d", w.Snapshot().Version(), version)
	}
}

func checkStoreError(t *testing.T, open opener) {
	// The same deeds, one update each, with the k-th append failing once.
	play := func(k int) string {
		t.Helper()
		w := open.town(t)
		n := 0
		w.Catalog = openCatalog(t, &FaultStore{Store: lend(w.store), Before: func(op Op) error {
			if op != OpAppend {
				return nil
			}
			if n++; n == k {
				return errFault
			}
			return nil
		}})
		failures := 0
		for _, deed := range w.deeds() {
			before, version := Dump(w.Snapshot()), w.Snapshot().Version()
			_, err := w.Update(withPatience(t), "tester", deed)
			if err == nil {
				continue
			}
			if failures++; !errors.Is(err, errFault) {
				t.Errorf("Update: %v, want the store's error", err)
			}
			if d := difference(Dump(w.Snapshot()), before); d != "" || w.Snapshot().Version() != version {
				t.Errorf("append %d failed and left a trace: %s", k, d)
			}
			w.update(t, deed)
		}
		if want := min(k, 1); failures != want {
			t.Errorf("append %d was to fail; %d updates failed", k, failures)
		}
		return Dump(w.Snapshot())
	}
	want := play(0)
	for k := range len((&town{}).deeds()) {
		if d := difference(play(k+1), want); d != "" {
			t.Errorf("after append %d failed once, the outcome differs: %s", k+1, d)
		}
	}
}

func checkDurableFirst(t *testing.T, open opener) {
	w := open.town(t)
	entered, release := make(chan bool), make(chan error)
	hold := func(op Op) error {
		if op != OpAppend {
			return nil
		}
		entered <- true
		return <-release
	}
	for _, at := range []string{"before", "after"} {
		f := &FaultStore{Store: lend(w.store)}
		if at == "before" {
			f.Before = hold
		} else {
			f.After = hold
		}
		c := openCatalog(t, f)
		version := c.Snapshot().Version()
		before := Dump(c.Snapshot())
		for _, outcome := range []error{errFault, nil} {
			if at == "after" && outcome != nil {
				continue // the unknown outcome has a law of its own
			}
			done := make(chan error, 1)
			go func() {
				_, err := c.Update(withPatience(t), "tester", func(tx *catalog.Tx) error { return tx.Change(w.main, comment(at)) })
				done <- err
			}()
			select {
			case <-entered:
			case err := <-done:
				t.Fatalf("Update returned without asking the store: %v", err)
			}
			if d := difference(Dump(c.Snapshot()), before); d != "" || c.Snapshot().Version() != version {
				t.Errorf("a snapshot shows a commit %s the store has it: %s", at, d)
			}
			release <- outcome
			if err := <-done; !errors.Is(err, outcome) {
				t.Errorf("Update: %v, want %v", err, outcome)
			}
			shown := c.Snapshot().Version() == version+1
			if shown != (outcome == nil) {
				t.Errorf("the store said %v and the snapshot is at version %d of %d", outcome, c.Snapshot().Version(), version)
			}
		}
	}
	// A watcher gets only what the store has.
	ctx, cancel := context.WithCancel(withPatience(t))
	cancel()
	c := openCatalog(t, &FaultStore{Store: lend(w.store), Before: func(op Op) error {
		if op == OpAppend {
			return errFault
		}
		return nil
	}})
	if _, err := c.Update(withPatience(t), "tester", func(tx *catalog.Tx) error { return tx.Change(w.main, comment("never")) }); err == nil {
		t.Error("Update: no error")
	}
	for commit, err := range c.Watch(ctx, c.Snapshot().Version()) {
		if err == nil {
			t.Errorf("a watcher gets version %d, which the store refused", commit.Version)
		}
	}
}

func checkUnknownOutcome(t *testing.T, open opener) {
	w := open.town(t)
	version := w.Snapshot().Version()
	silent := false
	c := openCatalog(t, &FaultStore{Store: lend(w.store), After: func(op Op) error {
		if op == OpAppend && silent {
			return errFault
		}
		return nil
	}})
	add := func(tx *catalog.Tx) error {
		sec, _ := tx.Securable(w.main)
		return tx.Change(w.main, comment(sec.Comment+"+"))
	}
	count := func(want int) {
		t.Helper()
		sec, _ := c.Snapshot().Securable(w.main)
		if sec.Comment != strings.Repeat("+", want) {
			t.Errorf("the comment counts %q, want %d", sec.Comment, want)
		}
	}
	silent = true
	if _, err := c.Update(withPatience(t), "tester", add); !errors.Is(err, errFault) {
		t.Fatalf("Update: %v, want the store's error", err)
	}
	count(0)
	silent = false
	if v, err := c.Update(withPatience(t), "tester", add); err != nil || v != version+2 {
		t.Fatalf("the next update makes version %d, %v; want %d", v, err, version+2)
	}
	count(2)
	silent = true
	if _, err := c.Update(withPatience(t), "tester", add); !errors.Is(err, errFault) {
		t.Fatalf("Update: %v, want the store's error", err)
	}
	for commit, err := range c.Watch(withPatience(t), version) {
		if err != nil || c.Snapshot().Version() < commit.Version {
			t.Fatalf("Watch: version %d, %v, with a snapshot at %d", commit.Version, err, c.Snapshot().Version())
		}
		if commit.Version == version+3 {
			break
		}
	}
	count(3)
}

func checkOwnConflict(t *testing.T, open opener) {
	w := open.town(t)
	calls := 0
	mine := fmt.Errorf("mine: %w", catalog.ErrConflict)
	_, err := w.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
		calls++
		return mine
	})
	if err != mine || calls != 1 {
		t.Errorf("Update: %v after %d calls, want the function's own error after one", err, calls)
	}
}

func checkClosed(t *testing.T, open opener) {
	w := open.town(t)
	version := w.Snapshot().Version()
	waiting, ended := make(chan bool), make(chan error, 1)
	go func() {
		var last error
		for commit, err := range w.Watch(withPatience(t), 0) {
			if last = err; commit.Version == version {
				close(waiting)
			}
		}
		ended <- last
	}()
	<-waiting
	for range 2 {
		if err := w.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := <-ended; !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("a watcher ends with %v", err)
	}
	if _, err := w.Update(withPatience(t), "tester", func(*catalog.Tx) error { return nil }); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Update after Close: %v", err)
	}
	for _, err := range w.Watch(withPatience(t), 0) {
		if !errors.Is(err, catalog.ErrClosed) {
			t.Errorf("Watch after Close: %v", err)
		}
	}
	if _, ok := w.Snapshot().Node(w.main); !ok {
		t.Error("a snapshot cannot be read after Close")
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open.town(t).Update(done, "tester", func(*catalog.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Update with a context that is done: %v", err)
	}
}
