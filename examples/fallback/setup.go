package main

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// setUp makes what the host makes: two models, and alice, an administrator. All
// else is made under her rights: a schema, and in it the service main.default.chat.
func setUp(ctx context.Context, ms *modelservice.Metastore) (alice catalog.PrincipalID, err error) {
	_, err = ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if err := tx.AddMember(catalog.MetastoreAdmins, alice); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"large", "small"})
	})
	if err != nil {
		return 0, err
	}
	for _, sql := range []string{"CREATE CATALOG main", "CREATE SCHEMA main.default"} {
		if _, err := statement.Execute(ctx, ms, alice, sql, nil); err != nil {
			return 0, err
		}
	}
	_, err = ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{
			Destinations:   []modelservice.Destination{{Name: "primary", Model: "system.ai.large"}},
			Fallbacks:      []modelservice.Destination{{Name: "fallback", Model: "system.ai.small"}},
			InferenceTable: &modelservice.InferenceTable{Parent: "main.default"},
		},
	})
	return alice, err
}
