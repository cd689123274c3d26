package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
	"github.com/modelward/modelward/catalog/catalogtest"
)

func TestStore(t *testing.T) {
	catalogtest.TestStore(t, open, catalogtest.Features{Durable: true})
}

func TestCatalog(t *testing.T) {
	t.Setenv("TMPDIR", fastDir(t))
	catalogtest.TestCatalog(t, open)
}

func open(t testing.TB, dir string) catalog.Store {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(dir, "catalog.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
