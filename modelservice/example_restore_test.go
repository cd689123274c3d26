package modelservice_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Ada keeps a backup, drops a catalog by mistake, brings it back, and reads in
// the history what happened.
func ExampleMetastore_Restore() {
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
	version, err := c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
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
	var backup bytes.Buffer
	for _, step := range []func() error{
		func() error {
			_, err := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
			return err
		},
		func() error { return ms.Backup(ada, &backup) },
		func() error { return ms.Drop(ctx, ada, catalog.TypeCatalog, main, nil) },
		func() error { return ms.Restore(ctx, ada, &backup) },
	} {
		if err := step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	back, err := ms.Get(ada, catalog.TypeCatalog, main)
	fmt.Println(back.Name, err)
	events, err := ms.History(ctx, ada, version, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range events {
		for _, change := range e.Changes {
			fmt.Println(e.Actor, change.Kind, change.On.Name)
		}
	}
	// Output:
	// main <nil>
	// ada@example.com securable_created main
	// ada@example.com securable_dropped main
	// ada@example.com securable_restored main
}
