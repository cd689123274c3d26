package modelservice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// echo is a provider whose first model is down.
type echo struct{}

func (echo) Send(_ context.Context, to modelservice.Target, _ *modelservice.Request) (*modelservice.Response, error) {
	status, body := http.StatusOK, `{"choices":[{"message":{"role":"assistant","content":"Hello."}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`
	if to.Model.Leaf() == "large" {
		status, body = http.StatusServiceUnavailable, `{"error":{"message":"down"}}`
	}
	return &modelservice.Response{Status: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// A service over two models: the first is down, the second answers, and the
// table tells.
func Example() {
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

	// The host makes the platform's models and the first people.
	var ada, bo catalog.PrincipalID
	err = ms.SyncSystem(ctx, []string{"large", "small"})
	if err == nil {
		_, err = c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
			if ada, err = tx.CreatePrincipal(catalog.User, "ada@example.com"); err != nil {
				return err
			}
			if bo, err = tx.CreatePrincipal(catalog.User, "bo@example.com"); err != nil {
				return err
			}
			return tx.AddMember(catalog.MetastoreAdmins, ada)
		})
	}
	if err != nil {
		fmt.Println(err)
		return
	}

	// Ada makes a service and lets everybody call it.
	main := catalog.FullName{Catalog: "main"}
	chat := main.Child("default").Child("chat")
	perMinute := int64(1_000)
	steps := []func() error{
		func() error {
			_, err := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
			return err
		},
		func() error {
			_, err := ms.CreateSchema(ctx, ada, main, modelservice.NewObject{Name: "default"})
			return err
		},
		func() error {
			_, err := ms.CreateService(ctx, ada, modelservice.NewService{Parent: chat.Parent(), Name: "chat", Spec: modelservice.Spec{
				Destinations:   []modelservice.Destination{{Name: "first", Type: modelservice.PayPerToken, Model: "system.ai.large"}},
				Fallbacks:      []modelservice.Destination{{Name: "second", Type: modelservice.PayPerToken, Model: "system.ai.small"}},
				RateLimits:     []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &perMinute}},
				InferenceTable: &modelservice.InferenceTable{Parent: "main.default"},
			}})
			return err
		},
		func() error {
			return ms.ChangeGrants(ctx, ada, catalog.TypeCatalog, main, []modelservice.GrantChange{
				{Principal: catalog.AccountUsersName, Add: []catalog.Privilege{catalog.UseCatalog, catalog.UseSchema, catalog.Execute}},
			})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			fmt.Println(err)
			return
		}
	}

	answer, err := gw.Invoke(ctx, &modelservice.Call{
		Caller: bo,
		Body:   []byte(`{"model":"main.default.chat","messages":[{"role":"user","content":"Say hello."}]}`),
	})
	fmt.Println(answer.Status, answer.Result.Usage.Total, err)

	rows, err := ms.Rows(ctx, ada, chat.Parent().Child("chat_payload"), inferencelog.Query{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range rows {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row.Requester, row.Outcome, row.DestinationName)
		for _, a := range row.Attempts {
			fmt.Println(a.Destination, a.Action, a.Status)
		}
	}
	// Output:
	// 200 11 <nil>
	// bo@example.com ok second
	// first INITIAL_ATTEMPT 503
	// second FALLBACK 200
}
