package modelservice

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// restoreWorld is loggingWorld with an admin, a backup in which the owner of the
// service may write its rows, and a way to take that right away.
func restoreWorld(t *testing.T, store catalog.Store) (m *Metastore, service catalog.ID, owner, admin catalog.PrincipalID, backup []byte, bar func()) {
	t.Helper()
	must := func(_ uint64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	m, service, owner = loggingWorldOn(t, store)
	must(m.catalog.Update(t.Context(), "host", func(tx *catalog.Tx) (err error) {
		if admin, err = tx.CreatePrincipal(catalog.User, "admin"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, admin)
	}))
	var b bytes.Buffer
	must(0, m.Backup(admin, &b))
	return m, service, owner, admin, b.Bytes(), func() {
		must(m.catalog.Update(t.Context(), "host", func(tx *catalog.Tx) error {
			admins := catalog.MetastoreAdmins
			for kind, name := range map[catalog.SecurableType]catalog.FullName{
				catalog.TypeCatalog: {Catalog: "main"}, catalog.TypeSchema: {Catalog: "main", Schema: "default"},
			} {
				id, _ := tx.Lookup(kind, name)
				if err := tx.Change(id, catalog.Edit{Owner: &admins}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// A call that ended before a restore, and has found then that the owner may not
// write its row, does not stop the logging of the state that has come: that is
// what it comes to when the restore falls between its look at the catalog and its
// stop.
func TestStopDecidedBeforeRestore(t *testing.T) {
	m, service, owner, admin, backup, bar := restoreWorld(t, nil)
	bar()
	before := m.catalog.Snapshot()
	if err := m.Restore(t.Context(), admin, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	if m.mayWrite(before, service, owner, before.Compiled(service).(*compiled).table) {
		t.Error("the row may be written")
	}
	if is := m.service(m.catalog.Snapshot(), service).Spec.InferenceTable.Logging; is.Status != LoggingActive {
		t.Errorf("logging is %+v", is)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if is := m.service(m.catalog.Snapshot(), service).Spec.InferenceTable.Logging; is.Status != LoggingActive {
		t.Errorf("logging is %+v in the end", is)
	}
}

// The same where calls really end while a state in which they may write comes
// back.
func TestCallsEndWhileRestored(t *testing.T) {
	const rounds, calls = 30, 8
	m, service, owner, admin, backup, bar := restoreWorld(t, nil)
	for round := range rounds {
		bar()
		var group sync.WaitGroup
		for range calls {
			group.Go(func() { m.mayLog(m.catalog.Snapshot().Compiled(service).(*compiled), owner) })
		}
		if err := m.Restore(t.Context(), admin, bytes.NewReader(backup)); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		if is := m.service(m.catalog.Snapshot(), service).Spec.InferenceTable.Logging; is.Status != LoggingActive {
			t.Fatalf("round %d: logging is %+v", round, is)
		}
	}
}

// sickStore returns a store that panics at the next commit after sick is set.
func sickStore(sick *atomic.Bool) catalog.Store {
	return &catalogtest.FaultStore{Store: catalog.NewMemoryStore(), Before: func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend && sick.Swap(false) {
			panic("the store is sick")
		}
		return nil
	}}
}

// A store that panics when it is told of a stop is told again.
func TestStoreThatPanicsAtAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sick atomic.Bool
		m, service, owner, _, _, bar := restoreWorld(t, sickStore(&sick))
		bar()
		sick.Store(true)
		if m.mayLog(m.catalog.Snapshot().Compiled(service).(*compiled), owner) {
			t.Error("a row may be written")
		}
		time.Sleep(time.Hour)
		if err := m.Close(t.Context()); err != nil || sick.Load() {
			t.Errorf("%v, and the store is still to panic: %t", err, sick.Load())
		}
		if is := m.service(m.catalog.Snapshot(), service).Spec.InferenceTable.Logging; is.Status == LoggingActive {
			t.Errorf("logging is %+v", is)
		}
	})
}

// A store that panics while it is given a restore does not keep the catalog from
// being told of stops ever after.
func TestStopAfterRestorePanics(t *testing.T) {
	var sick atomic.Bool
	m, service, owner, admin, backup, bar := restoreWorld(t, sickStore(&sick))
	sick.Store(true)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		m.Restore(t.Context(), admin, bytes.NewReader(backup))
	}()
	bar()
	if m.mayLog(m.catalog.Snapshot().Compiled(service).(*compiled), owner) {
		t.Error("a row may be written")
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
