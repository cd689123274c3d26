package modelservice_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// Rows are written with the rights of the service's owner. When they are lost
// logging stops, calls go on, and a change of the service resumes it.
func ExampleLogging() {
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
	defer ms.Close(ctx)

	var admin, alice catalog.PrincipalID
	var logs catalog.ID
	_, err = c.Update(ctx, "setup", func(tx *catalog.Tx) error {
		admin, _ = tx.CreatePrincipal(catalog.User, "admin")
		alice, _ = tx.CreatePrincipal(catalog.User, "alice")
		main, _ := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: alice})
		_, _ = tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: "default", Owner: alice})
		logs, _ = tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: "logs", Owner: admin})
		if err := tx.Grant(logs, alice, catalog.UseSchema, catalog.CreateTable); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"gpt"})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	table := &modelservice.InferenceTable{Parent: "main.logs", Payloads: modelservice.PayloadsNone}
	service, err := ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat", Spec: modelservice.Spec{
			Destinations:   []modelservice.Destination{{Name: "primary", Model: "system.ai.gpt"}},
			InferenceTable: table,
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: echo{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := func(when string) {
		_, err := gateway.Invoke(ctx, &modelservice.Call{Caller: alice, Body: []byte(`{"model":"main.default.chat","messages":[]}`)})
		now, _ := ms.Service(alice, service.Name)
		state := now.Spec.InferenceTable.Logging
		fmt.Println(when, err == nil, strings.TrimSpace(string(state.Status)+" "+state.Reason))
	}
	call("at first:")
	_, _ = c.Update(ctx, "admin", func(tx *catalog.Tx) error { return tx.Revoke(logs, alice, catalog.UseSchema) })
	call("revoked:")
	_, _ = c.Update(ctx, "admin", func(tx *catalog.Tx) error { return tx.Grant(logs, alice, catalog.UseSchema) })
	call("granted again:")
	if _, err := ms.UpdateService(ctx, alice, service.Name, modelservice.ServiceChange{InferenceTable: table}); err != nil {
		fmt.Println(err)
	}
	call("resumed:")
	// Output:
	// at first: true ACTIVE
	// revoked: true STOPPED Owner 'alice' does not have USE SCHEMA on Schema 'main.logs'.
	// granted again: true STOPPED Owner 'alice' does not have USE SCHEMA on Schema 'main.logs'.
	// resumed: true ACTIVE
}
