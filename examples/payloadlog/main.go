// Command payloadlog does not know a database: what stands for one here is in
// memory. It shows an inference table: what its rows hold, who may read them,
// and that the row of a call is still there when the store was away as it was
// written, and the process has ended meanwhile.
//
//	go run ./examples/payloadlog
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "payloadlog:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return err
	}
	defer nouns.Close(ctx)
	folder, err := os.MkdirTemp("", "payloadlog")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	rows := &store{Memory: inferencelog.NewMemory()}
	server, err := start(ctx, nouns, rows, folder)
	if err != nil {
		return err
	}
	people, err := setUp(ctx, server.ms)
	if err != nil {
		return err
	}

	call := func(who, says string) {
		answer, _ := server.gateway.Invoke(ctx, &modelservice.Call{Caller: people[who], Body: fmt.Appendf(nil,
			`{"model":"main.default.chat","messages":[{"role":"user","content":%q}]}`, says)})
		fmt.Fprintf(out, "%s calls: %d\n", who, answer.Status)
	}
	sql := func(who, text string) {
		fmt.Fprintf(out, "%s: %s\n", who, text)
		result, err := statement.Execute(ctx, server.ms, people[who], text, nil)
		if err != nil {
			fmt.Fprintf(out, "    %s\n", modelservice.AsError(err).Message)
			return
		}
		for _, row := range result.Rows {
			fmt.Fprintf(out, "    %s\n", strings.Join(texts(row), " | "))
		}
	}

	const look = "SELECT requester, status_code, request, total_tokens FROM main.default.chat_payload"
	call("bob", "Ahoy!")
	call("carol", "Hi.")
	sql("alice", look+" WHERE outcome = 'ok'")
	sql("bob", look)
	sql("alice", "GRANT SELECT OWN ROWS ON TABLE main.default.chat_payload TO bob")
	sql("alice", "GRANT SELECT MASKED ON TABLE main.default.chat_payload TO carol")
	sql("bob", look)
	sql("carol", look)

	// The table is durable, so the rows of calls are in the journal first. The
	// process that ends does not wait long for the store; the next one gives it
	// what is in the journal.
	rows.away.Store(true)
	call("bob", "Is anybody there?")
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	lost, err := server.stop(short)
	fmt.Fprintf(out, "the store is away, the process ends: %d rows lost\n", lost)
	if err != nil {
		return err
	}
	rows.away.Store(false)
	if server, err = start(ctx, nouns, rows, folder); err != nil {
		return err
	}
	sql("alice", "SELECT request, outcome FROM main.default.chat_payload LIMIT 1")
	_, err = server.stop(ctx)
	return err
}

// texts are the values of a row as they are printed.
func texts(row []*string) []string {
	all := make([]string, len(row))
	for i, value := range row {
		all[i] = "NULL"
		if value != nil {
			all[i] = *value
		}
	}
	return all
}
