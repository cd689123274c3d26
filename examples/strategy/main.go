// Command strategy does not know why one destination should come before another:
// a strategy does, and this is how one's own is written. It goes by price. The
// router asks it for every plan, and sees to health and to the attempts itself.
//
//	go run ./examples/strategy
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "strategy:", err)
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
	models := &models{}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Limiter: ratelimit.New(nil), Backend: models,
		Router: routing.New(&routing.Options{
			Strategy: cheapest{prices: map[string]float64{"gold": 9.50, "silver": 2.10, "bronze": 0.40}},
		}),
		// What a plan was can be seen before it is carried out.
		Trace: &modelservice.Trace{Planned: func(_ *modelservice.Call, p routing.Plan) {
			for i, d := range p.Destinations() {
				fmt.Fprint(out, []string{"plan: ", ", "}[min(i, 1)], d.Name)
			}
			fmt.Fprintln(out)
		}},
	})
	if err != nil {
		return err
	}
	alice, err := setUp(ctx, ms)
	if err != nil {
		return err
	}

	for i := range 7 {
		models.down = i > 0
		answer, err := gateway.Invoke(ctx, &modelservice.Call{Caller: alice, Body: []byte(
			`{"model":"main.default.chat","messages":[{"role":"user","content":"Hi"}]}`)})
		if err != nil {
			return err
		}
		for _, step := range answer.Result.Steps {
			fmt.Fprintf(out, "    %s %s %d\n", step.Action, step.Destination, step.Status)
		}
	}
	return nil
}
