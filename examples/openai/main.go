// Command openai does not send anything anywhere: under OpenAI's own SDK it puts
// an http.RoundTripper that is governed, so that a program which uses the SDK
// gets rights, limits, fallback and rows without a server and without changing a
// call.
//
//	cd examples/openai && go run .
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openai:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return err
	}
	defer nouns.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), nil)
	if err != nil {
		return err
	}
	defer ms.Close(ctx)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: provider{},
	})
	if err != nil {
		return err
	}
	if err := setUp(ctx, ms); err != nil {
		return err
	}

	client := openai.NewClient(
		option.WithHTTPClient(&http.Client{Transport: query.Transport(query.TransportConfig{
			Gateway: gateway, Metastore: ms, Principal: "bob",
		})}),
		option.WithAPIKey("none"), // the SDK wants one; nobody looks at it
		option.WithMaxRetries(0),
	)
	return errors.Join(chat(ctx, out, client), stream(ctx, out, client), embed(ctx, out, client), refused(ctx, out, client))
}

func question(service string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    service,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Who are you?")},
	}
}

func chat(ctx context.Context, out io.Writer, client openai.Client) error {
	answer, err := client.Chat.Completions.New(ctx, question("main.default.chat"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "chat: %s (%d tokens)\n", answer.Choices[0].Message.Content, answer.Usage.TotalTokens)
	return nil
}

func stream(ctx context.Context, out io.Writer, client openai.Client) error {
	events := client.Chat.Completions.NewStreaming(ctx, question("main.default.chat"))
	defer events.Close()
	fmt.Fprint(out, "stream:")
	for events.Next() {
		for _, choice := range events.Current().Choices {
			fmt.Fprintf(out, " %q", choice.Delta.Content)
		}
	}
	fmt.Fprintln(out)
	return events.Err()
}

func embed(ctx context.Context, out io.Writer, client openai.Client) error {
	answer, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: "main.default.chat", EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("Ahoy.")},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "embedding: %v\n", answer.Data[0].Embedding)
	return nil
}

// refused shows that refusals are the SDK's own errors: of the fourth call in a
// minute, and of a service that bob may not call.
func refused(ctx context.Context, out io.Writer, client openai.Client) error {
	for _, service := range []string{"main.default.chat", "main.default.secret"} {
		_, err := client.Chat.Completions.New(ctx, question(service))
		var said *openai.Error
		if !errors.As(err, &said) {
			return fmt.Errorf("%s: not refused: %w", service, err)
		}
		fmt.Fprintf(out, "%s: %d %s: %s\n", service, said.StatusCode, said.Code, said.Message)
	}
	return nil
}
