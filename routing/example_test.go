package routing_test

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/routing"
)

func Example() {
	config := &routing.Config{
		Destinations: []routing.Destination{
			{Name: "large", Key: 1, Percentage: 80},
			{Name: "small", Key: 2, Percentage: 20},
		},
		Fallbacks: []routing.Destination{{Name: "elsewhere", Key: 3}},
	}
	if err := config.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	router := routing.New(nil)

	plan := router.Plan(config, routing.Request{Draw: 42}) // 42 falls on the first 80 percent
	steps, err := router.Do(context.Background(), &plan, func(ctx context.Context, a *routing.Attempt) error {
		if a.Destination.Name == "large" {
			return &routing.Failure{Status: 503}
		}
		a.Commit() // the answer is about to reach the caller
		a.Status = 200
		return nil
	})
	for _, s := range steps {
		fmt.Printf("%d %s %s %d %q\n", s.Index, s.Action, s.Destination, s.Status, s.Cause)
	}
	fmt.Println(err)
	// Output:
	// 0 INITIAL_ATTEMPT large 503 "server_error"
	// 1 FALLBACK elsewhere 200 ""
	// <nil>
}

// inOrder is a strategy of one's own: the primaries as listed, percentages
// ignored, then the fallbacks.
type inOrder struct{}

func (inOrder) Order(c *routing.Config, _ routing.Request, _ routing.Seen, into []routing.Destination) []routing.Destination {
	into = append(into, c.Destinations...)
	return append(into, c.Fallbacks...)
}

func ExampleStrategy() {
	config := &routing.Config{
		Destinations: []routing.Destination{{Name: "near", Percentage: 50}, {Name: "far", Percentage: 50}},
		Strategy:     inOrder{},
	}
	plan := routing.New(nil).Plan(config, routing.Request{Draw: 99})
	for _, d := range plan.Destinations() {
		fmt.Println(d.Name)
	}
	// Output:
	// near
	// far
}
