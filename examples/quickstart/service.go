package main

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// people makes alice, a metastore admin, and bob, and the models of system.ai.
// These are the host's own changes, made with nobody's rights.
func people(ctx context.Context, ms *modelservice.Metastore) (alice, bob catalog.PrincipalID, err error) {
	if err := ms.SyncSystem(ctx, []string{"primary-model", "fallback-model"}); err != nil {
		return 0, 0, err
	}
	_, err = ms.Catalog().Update(ctx, "quickstart", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if bob, err = tx.CreatePrincipal(catalog.User, "bob"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	})
	return alice, bob, err
}

// makeService makes main.default.chat: a primary, a fallback, two requests a
// minute, and an inference table, all of it alice's.
func makeService(ctx context.Context, ms *modelservice.Metastore, alice catalog.PrincipalID) error {
	main := catalog.FullName{Catalog: "main"}
	if _, err := ms.CreateCatalog(ctx, alice, modelservice.NewObject{Name: "main"}); err != nil {
		return err
	}
	if _, err := ms.CreateSchema(ctx, alice, main, modelservice.NewObject{Name: "default"}); err != nil {
		return err
	}
	two := int64(2)
	_, err := ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: main.Child("default"), Name: "chat",
		Spec: modelservice.Spec{
			Destinations:   []modelservice.Destination{{Name: "primary", Type: modelservice.PayPerToken, Model: "system.ai.primary-model"}},
			Fallbacks:      []modelservice.Destination{{Name: "fallback", Type: modelservice.PayPerToken, Model: "system.ai.fallback-model"}},
			RateLimits:     []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &two}},
			InferenceTable: &modelservice.InferenceTable{Parent: "main.default"},
		},
	})
	return err
}

// grant gives a principal what calling the service takes.
func grant(ctx context.Context, ms *modelservice.Metastore, alice catalog.PrincipalID, to string) error {
	name := catalog.FullName{Catalog: "main"}
	for _, g := range []struct {
		on   catalog.SecurableType
		leaf string
		what catalog.Privilege
	}{
		{catalog.TypeCatalog, "", catalog.UseCatalog},
		{catalog.TypeSchema, "default", catalog.UseSchema},
		{modelservice.TypeModelService, "chat", catalog.Execute},
	} {
		if g.leaf != "" {
			name = name.Child(g.leaf)
		}
		change := modelservice.GrantChange{Principal: to, Add: []catalog.Privilege{g.what}}
		if err := ms.ChangeGrants(ctx, alice, g.on, name, []modelservice.GrantChange{change}); err != nil {
			return err
		}
	}
	return nil
}
