package main

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"github.com/modelward/modelward/ratelimit"
)

// setUp makes a model and alice, an administrator; and under her rights bob, the
// service chat that he may call three times a minute, and the service secret.
func setUp(ctx context.Context, ms *modelservice.Metastore) error {
	var alice catalog.PrincipalID
	if _, err := ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if err := tx.AddMember(catalog.MetastoreAdmins, alice); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"model"})
	}); err != nil {
		return err
	}
	sql := func(statements ...string) error {
		for _, text := range statements {
			if _, err := statement.Execute(ctx, ms, alice, text, nil); err != nil {
				return err
			}
		}
		return nil
	}
	if err := sql("CREATE USER bob", "CREATE CATALOG main", "CREATE SCHEMA main.default"); err != nil {
		return err
	}
	three := int64(3)
	for _, name := range []string{"chat", "secret"} {
		if _, err := ms.CreateService(ctx, alice, modelservice.NewService{
			Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: name,
			Spec: modelservice.Spec{
				Destinations: []modelservice.Destination{{Name: "only", Model: "system.ai.model"}},
				RateLimits:   []modelservice.RateLimit{{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: &three}},
			},
		}); err != nil {
			return err
		}
	}
	return sql("GRANT USE CATALOG, USE SCHEMA ON CATALOG main TO bob", "GRANT EXECUTE ON MODEL SERVICE main.default.chat TO bob")
}
