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

// The transport under a client of OpenAI's: embeddings.
func ExampleTransport_embeddings() {
	say("http://modelward/v1/embeddings", `{"model":"main.default.chat","input":"hello"}`)
	// Output:
	// 200 OK {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5]}]} <nil>
}

// The transport under a client of OpenAI's: responses.
func ExampleTransport_responses() {
	say("http://modelward/v1/responses", `{"model":"main.default.chat","input":"hello"}`)
	// Output:
	// 200 OK {"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hello"}]}]} <nil>
}

// The transport under a client of Anthropic's, whose errors it knows.
func ExampleTransport_messages() {
	say("http://modelward/v1/messages?beta=true", `{"model":"main.default.chat","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}`)
	say("http://modelward/v1/messages", `{"model":7}`)
	// Output:
	// 200 OK {"type":"message","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn"} <nil>
	// 400 Bad Request
}

// say posts a body as alice and prints the answer; of an error, whose words can
// change, only the status.
func say(url, body string) {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	client, err := clientOf(ctx, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	response, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		fmt.Println(response.Status)
		return
	}
	fmt.Println(response.Status, string(answer), err)
}

// clientOf makes an http.Client of alice's on a catalog of its own.
func clientOf(ctx context.Context, c *catalog.Catalog) (*http.Client, error) {
	metastore, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		return nil, err
	}
	if err := setUp(ctx, metastore); err != nil {
		return nil, err
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: parrot{},
	})
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: query.Transport(query.TransportConfig{Gateway: gateway, Metastore: metastore, Principal: "alice"})}, nil
}
