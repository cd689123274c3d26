// Command quickstart does not know HTTP, files or configuration: it governs a
// model with the core of the library alone, in one process, and prints what
// happened.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider := &provider{}
	ms, gateway, log, err := compose(ctx, provider)
	if err != nil {
		return err
	}
	defer log.Close(ctx)
	alice, bob, err := people(ctx, ms)
	if err != nil {
		return err
	}
	if err := makeService(ctx, ms, alice); err != nil {
		return err
	}

	// bob calls it, before and after he may, while the primary works and while it does not.
	call := func(says string) {
		answer, err := gateway.Invoke(ctx, &modelservice.Call{Caller: bob, Body: []byte(
			`{"model": "main.default.chat", "messages": [{"role": "user", "content": "Who are you?"}]}`)})
		if err != nil {
			fmt.Fprintf(out, "%s: %d %s\n", says, answer.Status, modelservice.AsError(err).Message)
			return
		}
		fmt.Fprintf(out, "%s: %d, attempts: %d, %s\n", says, answer.Status, len(answer.Result.Steps), answer.Body)
	}
	call("a stranger")
	if err := grant(ctx, ms, alice, "bob"); err != nil {
		return err
	}
	call("with EXECUTE")
	provider.down = true
	call("the primary is down")
	call("over the limit")

	// alice owns the inference table, and reads it, newest first.
	rows, err := ms.Rows(ctx, alice, catalog.FullName{Catalog: "main", Schema: "default", Object: "chat_payload"}, inferencelog.Query{})
	if err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "row: %s, %d, %s, %q, %d tokens\n", row.Requester, row.StatusCode, row.Outcome, row.DestinationName, row.TotalTokens.Int)
	}
	stopped := ms.Close(ctx)
	lost, err := log.Close(ctx)
	fmt.Fprintln(out, "rows lost:", lost)
	return errors.Join(stopped, err, ms.Catalog().Close(ctx))
}
