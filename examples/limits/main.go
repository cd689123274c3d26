// Command limits does not wait: it shows what callers are let in to and what
// they are told when a limit is full, on a clock of its own. Eleven calls meet
// a limit on the requests of a group, one on the tokens of a team, and one on all.
//
//	go run ./examples/limits
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "limits:", err)
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
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Backend: model{},
		Limiter: ratelimit.New(&ratelimit.Options{Now: func() time.Time { return now }}),
	})
	if err != nil {
		return err
	}
	people, err := setUp(ctx, ms)
	if err != nil {
		return err
	}

	// Each line says who asks, and how long the clock waits before the call.
	for _, c := range []struct {
		wait time.Duration
		who  string
		team string
	}{
		{0, "ina", "red"},
		{10 * time.Second, "ike", "blue"},
		{0, "ina", "blue"}, // the interns have had their two requests
		{51 * time.Second, "ina", "blue"},
		{0, "alice", "red"}, // no intern
		{0, "alice", "red"},
		{0, "alice", "red"},
		{0, "alice", "red"}, // red has used 90 of 100 tokens
		{0, "alice", "blue"},
		{0, "alice", "green"}, // six in one minute
		{10 * time.Second, "alice", "green"},
	} {
		now = now.Add(c.wait)
		answer, err := gateway.Invoke(ctx, &modelservice.Call{
			Caller: people[c.who], Tags: map[string]string{"team": c.team},
			Body: []byte(`{"model":"main.default.chat","max_tokens":20,"messages":[{"role":"user","content":"Hi"}]}`),
		})
		fmt.Fprintf(out, "%s %s, %s: %d", now.Format(time.TimeOnly), c.who, c.team, answer.Status)
		if err != nil {
			fmt.Fprintf(out, ", Retry-After %s\n    %s", answer.Header.Get("Retry-After"), modelservice.AsError(err).Message)
		}
		fmt.Fprintln(out)
	}
	return nil
}
