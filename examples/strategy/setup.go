package main

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// setUp makes three models and alice, an administrator; and under her rights the
// service main.default.chat. Several primaries have percentages, which count
// where a strategy looks at them; this one does not.
func setUp(ctx context.Context, ms *modelservice.Metastore) (alice catalog.PrincipalID, err error) {
	_, err = ms.Catalog().Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		if err := tx.AddMember(catalog.MetastoreAdmins, alice); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, []string{"large", "middle", "small"})
	})
	if err != nil {
		return 0, err
	}
	for _, sql := range []string{"CREATE CATALOG main", "CREATE SCHEMA main.default"} {
		if _, err := statement.Execute(ctx, ms, alice, sql, nil); err != nil {
			return 0, err
		}
	}
	most, few := 90, 5
	_, err = ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{Destinations: []modelservice.Destination{
			{Name: "gold", Model: "system.ai.large", Percentage: &most},
			{Name: "silver", Model: "system.ai.middle", Percentage: &few},
			{Name: "bronze", Model: "system.ai.small", Percentage: &few},
		}},
	})
	return alice, err
}

// models is a [modelservice.Backend] that answers by itself.
type models struct {
	down bool // the small one answers 503
}

func (m *models) Send(_ context.Context, to modelservice.Target, _ *modelservice.Request) (*modelservice.Response, error) {
	status, body := http.StatusOK, `{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}`
	if m.down && to.Model.Object == "small" {
		status, body = http.StatusServiceUnavailable, `{"error":{"message":"overloaded"}}`
	}
	return &modelservice.Response{Status: status, Body: io.NopCloser(strings.NewReader(body))}, nil
}
