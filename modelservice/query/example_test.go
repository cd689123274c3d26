package query_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// parrot is a model in a few lines. It says the same in every API.
type parrot struct{}

func (parrot) Send(_ context.Context, _ modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	body := map[modelservice.API]string{
		modelservice.ChatCompletions: `{"choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`,
		modelservice.Embeddings:      `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5]}]}`,
		modelservice.Responses:       `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hello"}]}]}`,
		modelservice.Messages:        `{"type":"message","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn"}`,
	}[r.API]
	return &modelservice.Response{Status: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// An SDK that takes an http.Client speaks to the gateway without a server.
func ExampleTransport() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	metastore, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := setUp(ctx, metastore); err != nil {
		fmt.Println(err)
		return
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: parrot{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	client := &http.Client{Transport: query.Transport(query.TransportConfig{
		Gateway: gateway, Metastore: metastore, Principal: "alice",
	})}
	response, err := client.Post("http://modelward/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"main.default.chat","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.Status, string(body), err)
	// Output:
	// 200 OK {"choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]} <nil>
}

// setUp makes alice, and the service main.default.chat, which she owns.
func setUp(ctx context.Context, metastore *modelservice.Metastore) error {
	var alice catalog.PrincipalID
	_, err := metastore.Catalog().Update(ctx, "example", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	})
	if err != nil {
		return err
	}
	if err := metastore.SyncSystem(ctx, []string{"parrot"}); err != nil {
		return err
	}
	main := catalog.FullName{Catalog: "main"}
	if _, err := metastore.CreateCatalog(ctx, alice, modelservice.NewObject{Name: "main"}); err != nil {
		return err
	}
	if _, err := metastore.CreateSchema(ctx, alice, main, modelservice.NewObject{Name: "default"}); err != nil {
		return err
	}
	_, err = metastore.CreateService(ctx, alice, modelservice.NewService{
		Parent: main.Child("default"), Name: "chat",
		Spec: modelservice.Spec{Destinations: []modelservice.Destination{
			{Name: "parrot", Type: modelservice.PayPerToken, Model: "system.ai.parrot"},
		}},
	})
	return err
}
