package modelservice_test

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Bo may not yet create services. Explain says what is wanting; Ada grants it,
// and Explain says why he may.
func ExampleMetastore_Explain() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var ada catalog.PrincipalID
	_, err = c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if ada, err = tx.CreatePrincipal(catalog.User, "ada@example.com"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, ada)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	main := catalog.FullName{Catalog: "main"}
	for _, step := range []func() error{
		func() error {
			_, err := ms.CreatePrincipal(ctx, ada, catalog.User, "bo@example.com")
			return err
		},
		func() error {
			_, err := ms.CreatePrincipal(ctx, ada, catalog.Group, "builders")
			return err
		},
		func() error { return ms.ChangeMembers(ctx, ada, "builders", []string{"bo@example.com"}, nil) },
		func() error {
			_, err := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
			return err
		},
		func() error {
			_, err := ms.CreateSchema(ctx, ada, main, modelservice.NewObject{Name: "default"})
			return err
		},
	} {
		if err := step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	explain := func() modelservice.Explanation {
		e, err := ms.Explain(ada, modelservice.CreateServicePrivilege, catalog.TypeSchema, main.Child("default"), "bo@example.com")
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println("allowed:", e.Allowed)
		return e
	}
	for _, f := range explain().Missing {
		fmt.Println("missing:", f.Granted, "on", f.Type, f.Name)
		err := ms.ChangeGrants(ctx, ada, f.Type, f.Name, []modelservice.GrantChange{
			{Principal: "builders", Add: []catalog.Privilege{f.Granted}},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, f := range explain().Because {
		fmt.Println("because:", f.Principal, "has", f.Granted, "on", f.Type, f.Name)
	}
	// Output:
	// allowed: false
	// missing: USE_CATALOG on catalog main
	// missing: USE_SCHEMA on schema main.default
	// missing: CREATE_SERVICE on schema main.default
	// allowed: true
	// because: builders has USE_CATALOG on catalog main
	// because: builders has USE_SCHEMA on schema main.default
	// because: builders has CREATE_SERVICE on schema main.default
}
