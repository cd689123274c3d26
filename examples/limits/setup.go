package main

import (
	"context"
	"io"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"github.com/modelward/modelward/ratelimit"
)

// setUp makes alice, an administrator; and under her rights ina and ike, the
// interns, and the service main.default.chat that everybody may call.
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
		"CREATE USER ina", "CREATE USER ike", "CREATE GROUP interns WITH USER ina, ike",
		"CREATE CATALOG main", "CREATE SCHEMA main.default",
		"GRANT USE CATALOG, USE SCHEMA, EXECUTE ON CATALOG main TO `account users`",
	} {
		if _, err := statement.Execute(ctx, ms, alice, sql, nil); err != nil {
			return nil, err
		}
	}
	_, err = ms.CreateService(ctx, alice, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{
			Destinations: []modelservice.Destination{{Name: "only", Model: "system.ai.model"}},
			RateLimits:   limits(),
		},
	})
	people := map[string]catalog.PrincipalID{"alice": alice}
	s := ms.Catalog().Snapshot()
	for _, name := range []string{"ina", "ike"} {
		p, _ := s.PrincipalNamed(name)
		people[name] = p.ID
	}
	return people, err
}

// limits are six requests a minute for all together, two for the interns
// together, and for each team, by the tag of that name, 100 tokens.
func limits() []modelservice.RateLimit {
	six, two, hundred := int64(6), int64(2), int64(100)
	return []modelservice.RateLimit{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &six},
		{Key: ratelimit.KeyUserGroup, Principal: "interns", Period: ratelimit.Minute, Requests: &two},
		{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Tokens: &hundred},
	}
}

// model is a [modelservice.Backend] that answers by itself, in 30 tokens.
type model struct{}

func (model) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	const answer = `{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}],
		"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}`
	return &modelservice.Response{Status: 200, Body: io.NopCloser(strings.NewReader(answer))}, nil
}
