// Command sink does not know where rows should go: a sink does, and this is how
// one's own is written. It posts them to a log collector over HTTP, beside a sink
// that can be read; and the test puts it to the laws that every sink keeps.
//
//	go run ./examples/sink
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	// The collector does not give rows back, so that SQL reads them from memory.
	shelf := &shelf{ids: map[string]bool{}}
	client := &http.Client{Transport: shelf}
	sink := inferencelog.FanOut(inferencelog.NewMemory(), newCollector("https://collector.example.com", client))
	defer sink.Close()
	log := inferencelog.New(sink, nil)
	defer log.Close(ctx)

	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return err
	}
	defer nouns.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		return err
	}
	defer ms.Close(ctx)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: model{},
	})
	if err != nil {
		return err
	}
	alice, err := setUp(ctx, ms)
	if err != nil {
		return err
	}

	call := func(says string) error {
		answer, err := gateway.Invoke(ctx, &modelservice.Call{Caller: alice, Body: fmt.Appendf(nil,
			`{"model":"main.default.chat","messages":[{"role":"user","content":%q}]}`, says)})
		fmt.Fprintf(out, "%s %d\n", says, answer.Status)
		return err
	}
	if err := call("Is anybody there?"); err != nil {
		return err
	}
	if err := log.Flush(ctx); err != nil {
		return err
	}
	shelf.setAway(true) // a sink that fails holds up no call
	if err := call("And now?"); err != nil {
		return err
	}
	shelf.setAway(false) // and what waits is written when it is back
	if err := log.Flush(ctx); err != nil {
		return err
	}
	for _, row := range shelf.of("main.default.chat_payload") {
		fmt.Fprintf(out, "collected: %s %d %s\n", row.Requester, row.Status, row.Request)
	}
	rows, err := statement.Execute(ctx, ms, alice, "SELECT COUNT(*) FROM main.default.chat_payload", nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "to be read: %s rows\n", *rows.Rows[0][0])
	return nil
}
