package main

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// setUp makes alice, an administrator; and under her rights bob and carol, who
// may call the service main.default.chat, and its table, which is alice's.
func setUp(ctx context.Context, ms *modelservice.Metastore) (map[string]catalog.PrincipalID, error) {
	var alice catalog.PrincipalID
	_, err := ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if err := tx.AddMember(catalog.MetastoreAdmins, alice); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"model"})
	})
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		"CREATE USER bob", "CREATE USER carol", "CREATE CATALOG main", "CREATE SCHEMA main.default",
		"GRANT USE CATALOG, USE SCHEMA, EXECUTE ON CATALOG main TO `account users`",
	} {
		if _, err := statement.Execute(ctx, ms, alice, sql, nil); err != nil {
			return nil, err
		}
	}
	_, err = ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{
			Destinations:   []modelservice.Destination{{Name: "only", Model: "system.ai.model"}},
			InferenceTable: &modelservice.InferenceTable{Parent: "main.default", Durability: inferencelog.Journaled},
		},
	})
	people := map[string]catalog.PrincipalID{"alice": alice}
	s := ms.Catalog().Snapshot()
	for _, name := range []string{"bob", "carol"} {
		p, _ := s.PrincipalNamed(name)
		people[name] = p.ID
	}
	return people, err
}
