package modelservice_test

import (
	"context"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// A catalog that somebody has called system is not taken for the platform's.
func TestSyncSystemTakesNothingOver(t *testing.T) {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	m, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	var bob catalog.PrincipalID
	if _, err := c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if bob, err = tx.CreatePrincipal(catalog.User, "bob"); err != nil {
			return err
		}
		return tx.Grant(catalog.MetastoreID, bob, catalog.CreateCatalog)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.CreateCatalog(ctx, bob, modelservice.NewObject{Name: "system"}); err != nil {
		t.Fatal(err)
	}
	version := c.Snapshot().Version()
	if err := m.SyncSystem(ctx, []string{"gpt"}); modelservice.AsError(err).Code != modelservice.CodeInvalidState {
		t.Errorf("SyncSystem: %v", err)
	}
	if c.Snapshot().Version() != version {
		t.Error("something has changed")
	}
	if err := m.Drop(ctx, bob, catalog.TypeCatalog, catalog.FullName{Catalog: "system"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := m.SyncSystem(ctx, []string{"gpt"}); err != nil {
			t.Error(err)
		}
	}
}
