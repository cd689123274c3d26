package main

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

var calendar = catalog.FullName{Catalog: "main", Schema: "office", Object: "calendar"}

// setUp makes alice, an administrator; and under her rights bob, and in the
// catalog main the toolbox office with the tool calendar.
func setUp(ctx context.Context, ms *modelservice.Metastore) (alice, bob catalog.PrincipalID, err error) {
	if _, err = ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if bob, err = tx.CreatePrincipal(catalog.User, "bob"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	}); err != nil {
		return 0, 0, err
	}
	if _, err = statement.Execute(ctx, ms, alice, "CREATE CATALOG main", nil); err != nil {
		return 0, 0, err
	}
	main, _ := ms.Catalog().Snapshot().Lookup(catalog.TypeCatalog, catalog.FullName{Catalog: "main"})
	office, err := createIn(ctx, ms, alice, catalog.Draft{Type: typeToolbox, Parent: main, Name: "office"})
	if err != nil {
		return 0, 0, err
	}
	_, err = createIn(ctx, ms, alice, catalog.Draft{
		Type: typeTool, Parent: office, Name: "calendar", Spec: &tool{Format: "%s is free."},
	})
	return alice, bob, err
}
