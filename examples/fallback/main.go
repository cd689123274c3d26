// Command fallback does not know why a model fails; it shows what becomes of a
// call then. Another model answers, as long as the caller has seen nothing; a
// stream that breaks later is ended honestly; and rows tell of every attempt.
//
//	go run ./examples/fallback
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/statement"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fallback:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return err
	}
	defer nouns.Close(ctx)
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		return err
	}
	defer ms.Close(ctx)
	models := &models{}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: models,
	})
	if err != nil {
		return err
	}
	alice, err := setUp(ctx, ms)
	if err != nil {
		return err
	}

	client := &http.Client{Transport: query.Transport(query.TransportConfig{
		Gateway: gateway, Metastore: ms, Principal: "alice",
	})}
	for _, try := range []struct {
		says         string
		stream       bool
		large, small reply
	}{
		{"the primary answers", false, hello("large"), hello("small")},
		{"the primary is down", false, down, hello("small")},
		{"a stream, and the primary is down", true, down, streamed("small")},
		{"a stream that breaks before its first word", true, broken(""), streamed("small")},
		{"a stream that breaks after it", true, broken("Hel"), streamed("small")},
		{"both are down", false, down, down},
	} {
		models.large, models.small = try.large, try.small
		body := fmt.Sprintf(`{"model":"main.default.chat","stream":%t,"messages":[{"role":"user","content":"Hi"}]}`, try.stream)
		answer, err := client.Post("http://gateway/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d\n", try.says, answer.StatusCode)
		if err := show(out, answer.Body); err != nil {
			return err
		}
	}

	rows, err := statement.Execute(ctx, ms, alice,
		"SELECT status_code, outcome, attempts FROM main.default.chat_payload ORDER BY event_time", nil)
	if err != nil {
		return err
	}
	for _, row := range rows.Rows {
		fmt.Fprintf(out, "row: %s %s\n%s", *row[0], *row[1], attempts(*row[2]))
	}
	return nil
}
