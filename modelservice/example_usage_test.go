package modelservice_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// Every call has a row in the usage table. An admin adds up all of them; Bob, who
// was granted the rows of his own calls, adds up those.
func ExampleMetastore_Usage() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		fmt.Println(err)
		return
	}
	gw, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: echo{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var ada, bob catalog.PrincipalID
	_, err = c.Update(ctx, "host", func(tx *catalog.Tx) error {
		var err1, err2 error
		ada, err1 = tx.CreatePrincipal(catalog.User, "ada@example.com")
		bob, err2 = tx.CreatePrincipal(catalog.User, "bob@example.com")
		return errors.Join(err1, err2, tx.AddMember(catalog.MetastoreAdmins, ada))
	})
	main := catalog.FullName{Catalog: "main"}
	_, err1 := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
	_, err2 := ms.CreateSchema(ctx, ada, main, modelservice.NewObject{Name: "default"})
	synced := ms.SyncSystem(ctx, []string{"small"})
	_, err3 := ms.CreateService(ctx, ada, modelservice.NewService{
		Parent: main.Child("default"), Name: "chat",
		Spec: modelservice.Spec{Destinations: []modelservice.Destination{{Name: "only", Model: "system.ai.small"}}},
	})
	grant := func(t catalog.SecurableType, on catalog.FullName, p ...catalog.Privilege) error {
		return ms.ChangeGrants(ctx, ada, t, on, []modelservice.GrantChange{{Principal: "bob@example.com", Add: p}})
	}
	err4 := errors.Join(
		grant(catalog.TypeCatalog, main, catalog.UseCatalog, catalog.UseSchema, catalog.Execute),
		grant(catalog.TypeSchema, modelservice.UsageName().Parent(), catalog.UseSchema),
		grant(catalog.TypeTable, modelservice.UsageName(), catalog.SelectOwnRows),
	)
	if err := errors.Join(err, err1, err2, synced, err3, err4); err != nil {
		fmt.Println(err)
		return
	}

	for _, who := range []catalog.PrincipalID{ada, bob, ada} {
		body := []byte(`{"model":"main.default.chat","messages":[{"role":"user","content":"Hi!"}]}`)
		if _, err := gw.Invoke(ctx, &modelservice.Call{Caller: who, Body: body}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, who := range []catalog.PrincipalID{ada, bob} {
		totals, err := ms.Usage(ctx, who, modelservice.UsageQuery{By: []inferencelog.Dimension{inferencelog.ByService, inferencelog.ByRequester}})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, t := range totals {
			fmt.Println(t.Service, t.Requester, t.Requests)
		}
		fmt.Println()
	}
	// Output:
	// main.default.chat ada@example.com 2
	// main.default.chat bob@example.com 1
	//
	// main.default.chat bob@example.com 1
}
