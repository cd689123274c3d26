package catalog_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// The footprint is an estimate of the heap: not more than there is, and most of
// it.
func TestFootprint(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	c := openMemory(t)
	before, empty := heap(), c.Snapshot().Footprint()
	// Opened from a store, so that neither the store nor the update's leavings count.
	store := catalog.NewMemoryStore()
	filled, err := catalog.Open(context.Background(), store, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filled.Update(context.Background(), "test", func(tx *catalog.Tx) error {
		in, err := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "c", Owner: catalog.SystemUser})
		if err != nil {
			return err
		}
		for n := range 20_000 {
			id, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: in, Name: fmt.Sprintf("schema-%d", n), Owner: catalog.MetastoreAdmins})
			if err != nil {
				return err
			}
			if err := tx.Grant(id, catalog.AccountUsers, catalog.UseSchema); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	between := heap()
	again, err := catalog.Open(context.Background(), store, nil)
	if err != nil {
		t.Fatal(err)
	}
	grown := heap() - between
	f := again.Snapshot().Footprint()
	sum := f.Rows + f.Decisions + f.Names
	if sum > grown || sum < grown/2 {
		t.Errorf("%+v is %d bytes, the heap grew by %d", f, sum, grown)
	}
	if empty.Rows >= f.Rows || empty.Decisions >= f.Decisions || empty.Names >= f.Names || before <= 0 {
		t.Errorf("an empty catalog has %+v, a full one %+v", empty, f)
	}
	runtime.KeepAlive(filled)
	runtime.KeepAlive(again)
}
