package main

import (
	"context"
	"io"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// setUp makes a model and alice, an administrator; and under her rights the
// service main.default.chat with an inference table.
func setUp(ctx context.Context, ms *modelservice.Metastore) (alice catalog.PrincipalID, err error) {
	_, err = ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if err := tx.AddMember(catalog.MetastoreAdmins, alice); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"model"})
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
			Destinations:   []modelservice.Destination{{Name: "only", Model: "system.ai.model"}},
			InferenceTable: &modelservice.InferenceTable{Parent: "main.default"},
		},
	})
	return alice, err
}

// model is a [modelservice.Backend] that answers by itself.
type model struct{}

func (model) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	const answer = `{"choices":[{"message":{"content":"Ahoy."},"finish_reason":"stop"}]}`
	return &modelservice.Response{Status: 200, Body: io.NopCloser(strings.NewReader(answer))}, nil
}
