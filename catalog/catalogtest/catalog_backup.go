package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

var backupLaws = []law{
	{"restore", "after any changes, restoring a backup brings back every row as it was, in one commit, and no id is given out twice", checkRestore},
	{"restore elsewhere", "a backup restores into another catalog, new or not, over whatever that has", checkRestoreElsewhere},
	{"restore again", "restoring what is there changes no row, and a backup of what was restored has the same rows", checkRestoreAgain},
	{"restore error", "a restore that the store refuses leaves no trace and can be repeated; one that it kept without saying so shows up", checkRestoreError},
	{"restore behind", "a catalog that is behind catches up before it restores, and the others follow", checkRestoreBehind},
	{"restore refused", "a backup that is damaged or whose rows do not fit is refused and changes nothing", checkRestoreRefused},
	{"backup of an update", "an update in the making has no backup", checkBackupInside},
}

func backup(t tb, s *catalog.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(&b); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	return b.Bytes()
}

func checkRestore(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open.story(t, rt)
		defer s.close(rt)
		s.play(rt, 3)
		type kept struct {
			bytes []byte
			dump  string
			model *model
		}
		var all []kept
		for range 3 {
			all = append(all, kept{backup(rt, s.Snapshot()), Dump(s.Snapshot()), s.model.clone()})
			s.play(rt, 2)
			k := rapid.SampledFrom(all).Draw(rt, "backup")
			work := k.model.clone()
			work.version, work.next = s.model.version, s.model.next
			version, err := s.Restore(rt.Context(), "restorer", bytes.NewReader(k.bytes), nil)
			if err != nil {
				rt.Fatalf("Restore: %v", err)
			}
			s.advance(work)
			if version != s.model.version || s.Snapshot().Version() != version {
				rt.Fatalf("Restore returns version %d, the snapshot is at %d, want %d", version, s.Snapshot().Version(), s.model.version)
			}
			if d := difference(Dump(s.Snapshot()), k.dump); d != "" {
				rt.Fatalf("restored: %s", d)
			}
			compare(rt, s.Snapshot(), s.model)
		}
		again, err := catalog.Open(rt.Context(), lend(s.store), tickingOptions())
		if err != nil {
			rt.Fatalf("Open after Restore: %v", err)
		}
		if d := difference(Dump(again.Snapshot()), Dump(s.Snapshot())); d != "" {
			rt.Fatalf("opened after Restore: %s", d)
		}
		s.Catalog = again
		s.play(rt, 2) // the model knows which id comes next
		compareRestored(rt, s)
	})
}

// compareRestored looks for the restores in the history.
func compareRestored(t *rapid.T, s *story) {
	t.Helper()
	for _, e := range events(t, s.Catalog, 0) {
		if (e.Actor == "restorer") != (e.Restored != 0) || e.Restored >= e.Version {
			t.Fatalf("event %+v", e)
		}
		if e.Restored == 0 {
			continue
		}
		var want []catalog.EventChange
		for _, change := range changesAt(s.snapshots[:e.Version+1]) {
			switch change.Kind {
			case catalog.SecurableCreated, catalog.SecurableChanged:
				change.Kind = catalog.SecurableRestored
			case catalog.PrincipalCreated, catalog.PrincipalRenamed:
				change.Kind = catalog.PrincipalRestored
			}
			want = append(want, change)
		}
		for _, change := range e.Changes {
			i := slices.Index(want, change)
			if i < 0 {
				t.Fatalf("version %d says %+v, which is not so; not told yet:\n%+v", e.Version, change, want)
			}
			want = slices.Delete(want, i, i+1)
		}
		if len(want) > 0 {
			t.Fatalf("version %d does not say %+v", e.Version, want)
		}
	}
}

func checkRestoreElsewhere(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		memory := opener(func(testing.TB, string) catalog.Store { return catalog.NewMemoryStore() })
		from, to := memory.story(t, rt), open.story(t, rt)
		defer from.close(rt)
		defer to.close(rt)
		from.play(rt, rapid.IntRange(0, 4).Draw(rt, "updates there"))
		to.play(rt, rapid.IntRange(0, 4).Draw(rt, "updates here"))
		if _, err := to.Restore(rt.Context(), "restorer", bytes.NewReader(backup(rt, from.Snapshot())), nil); err != nil {
			rt.Fatalf("Restore: %v", err)
		}
		if d := difference(Dump(to.Snapshot()), Dump(from.Snapshot())); d != "" {
			rt.Fatalf("restored elsewhere: %s", d)
		}
		var id catalog.PrincipalID
		if _, err := to.Update(rt.Context(), "tester", func(tx *catalog.Tx) (err error) {
			id, err = tx.CreatePrincipal(catalog.User, "the first after the restore")
			return err
		}); err != nil {
			rt.Fatalf("Update: %v", err)
		}
		if want := max(from.model.next, to.model.next); uint64(id) != want {
			rt.Errorf("the next id is %d, want %d", id, want)
		}
	})
}

func checkRestoreAgain(t *testing.T, open opener) {
	w := open.town(t)
	version := w.Snapshot().Version()
	first := backup(t, w.Snapshot())
	if second := backup(t, w.Snapshot()); !bytes.Equal(first, second) {
		t.Errorf("two backups of one snapshot differ:\n%s\n%s", first, second)
	}
	if v, err := w.Restore(withPatience(t), "tester", bytes.NewReader(first), nil); err != nil || v != version+1 {
		t.Errorf("restoring what is there: version %d, %v; was %d", v, err, version)
	}
	if all := events(t, w.Catalog, version); len(all) != 1 || len(all[0].Changes) != 0 || all[0].Restored != version {
		t.Errorf("restoring what is there: events %+v", all)
	}
	w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, rename("other")) })
	if v, err := w.Restore(withPatience(t), "tester", bytes.NewReader(first), nil); err != nil || v != version+3 {
		t.Errorf("restoring: version %d, %v; want %d", v, err, version+3)
	}
	_, rows, _ := bytes.Cut(first, []byte("\n"))
	_, again, _ := bytes.Cut(backup(t, w.Snapshot()), []byte("\n"))
	end := func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')] }
	if !bytes.Equal(end(rows), end(again)) {
		t.Errorf("a backup of what was restored has other rows:\n%s\n%s", rows, again)
	}
}

func checkRestoreError(t *testing.T, open opener) {
	w := open.town(t)
	kept, was := backup(t, w.Snapshot()), Dump(w.Snapshot())
	for _, deed := range w.deeds() {
		w.update(t, deed)
	}
	before, version := Dump(w.Snapshot()), w.Snapshot().Version()
	var at fault
	fire := func(op Op, here fault) error {
		if op != OpAppend || at != here {
			return nil
		}
		at = faultNone
		return errFault
	}
	faulty := openCatalog(t, &FaultStore{
		Store:  lend(w.store),
		Before: func(op Op) error { return fire(op, faultBefore) },
		After:  func(op Op) error { return fire(op, faultAfter) },
	})
	at = faultBefore
	if _, err := faulty.Restore(withPatience(t), "tester", bytes.NewReader(kept), nil); !errors.Is(err, errFault) {
		t.Errorf("Restore: %v, want the store's error", err)
	}
	if d := difference(Dump(faulty.Snapshot()), before); d != "" || faulty.Snapshot().Version() != version {
		t.Errorf("a restore that failed left a trace: %s", d)
	}
	if _, head := load(t, w.store); head.Version != version {
		t.Errorf("a restore that failed is in the store, at version %d", head.Version)
	}
	at = faultAfter
	if _, err := faulty.Restore(withPatience(t), "tester", bytes.NewReader(kept), nil); !errors.Is(err, errFault) {
		t.Errorf("Restore: %v, want the store's error", err)
	}
	if d := difference(Dump(faulty.Snapshot()), before); d != "" {
		t.Errorf("a restore of unknown outcome left a trace: %s", d)
	}
	if v, err := faulty.Restore(withPatience(t), "tester", bytes.NewReader(kept), nil); err != nil || v != version+2 {
		t.Errorf("restoring once more: version %d, %v; want %d, after the one that the store had kept", v, err, version+2)
	}
	if d := difference(Dump(faulty.Snapshot()), was); d != "" {
		t.Errorf("restored: %s", d)
	}
}

func checkRestoreBehind(t *testing.T, open opener) {
	w := open.town(t)
	kept, was := backup(t, w.Snapshot()), Dump(w.Snapshot())
	behind := openCatalog(t, lend(w.store))
	for _, deed := range w.deeds() {
		w.update(t, deed)
	}
	end := w.Snapshot().Version() + 1
	if v, err := behind.Restore(withPatience(t), "tester", bytes.NewReader(kept), nil); err != nil || v != end {
		t.Fatalf("Restore: version %d, %v; want %d", v, err, end)
	}
	for commit, err := range w.Watch(withPatience(t), end-1) {
		if err != nil || commit.Version != end || commit.Restored == 0 {
			t.Fatalf("Watch: %+v, %v", commit, err)
		}
		break
	}
	for _, c := range []*catalog.Catalog{behind, w.Catalog} {
		if d := difference(Dump(c.Snapshot()), was); d != "" {
			t.Errorf("restored: %s", d)
		}
	}
}

func checkRestoreRefused(t *testing.T, open opener) {
	w := open.town(t)
	sound := backup(t, w.Snapshot())
	w.update(t, func(tx *catalog.Tx) error { _, err := tx.Drop(w.main, true); return err })
	before, version := Dump(w.Snapshot()), w.Snapshot().Version()
	refused := func(what string, b []byte) {
		t.Helper()
		if _, err := w.Restore(withPatience(t), "tester", bytes.NewReader(b), nil); !errors.Is(err, catalog.ErrBackup) {
			t.Errorf("%s: Restore: %v, want ErrBackup", what, err)
		}
		if w.Snapshot().Version() != version {
			t.Fatalf("%s: there is a commit", what)
		}
	}
	for n := 0; n < len(sound); n += 7 {
		refused(fmt.Sprintf("cut after %d bytes", n), sound[:n])
		b := bytes.Clone(sound)
		b[n] ^= 1
		refused(fmt.Sprintf("byte %d changed", n), b)
	}
	refused("without the last line end", sound[:len(sound)-1])
	refused("with more after it", append(bytes.Clone(sound), "\n"...))
	refused("twice", append(bytes.Clone(sound), sound...))
	other, err := catalog.Open(withPatience(t), nil, nil) // knows no services
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	if _, err := other.Restore(withPatience(t), "tester", bytes.NewReader(sound), nil); !errors.Is(err, catalog.ErrBackup) {
		t.Errorf("a backup with a kind that is not known: %v", err)
	}
	if d := difference(Dump(w.Snapshot()), before); d != "" {
		t.Errorf("a refused backup has left a trace: %s", d)
	}
}

func checkBackupInside(t *testing.T, open opener) {
	w := open.town(t)
	w.update(t, func(tx *catalog.Tx) error {
		var b bytes.Buffer
		if err := tx.Backup(&b); err == nil || b.Len() > 0 {
			t.Errorf("an update has a backup: %v, %q", err, b.String())
		}
		return nil
	})
}
