package routing_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

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

func ExampleRequest_session() {
	config := &routing.Config{Destinations: []routing.Destination{
		{Name: "large", Percentage: 50}, {Name: "small", Percentage: 50},
	}}
	router := routing.New(nil)
	for _, session := range []uint64{0xb1, 0xb2, 0xb3} { // hashes of service and session
		first := router.Plan(config, routing.Request{Draw: 10, Affinity: session})
		later := router.Plan(config, routing.Request{Draw: 90, Affinity: session})
		fmt.Println(first.At(0).Name, later.At(0).Name)
	}
	// Output:
	// large large
	// small small
	// small small
}

func ExampleRouter_CauseOf() {
	router := routing.New(&routing.Options{
		// A prompt that is too long for one model goes on to the next.
		Rows: []routing.Row{{Cause: routing.CauseContextTooLong, Action: routing.NextDestination}},
		// And our own gateway has a word of its own for being full.
		Signs: []routing.Sign{{Status: 409, Code: "no_slot", Cause: routing.CauseOverloaded}},
	})
	for _, refusal := range []struct {
		status int
		said   routing.Said
	}{
		{429, routing.Said{Code: "insufficient_quota"}},
		{400, routing.Said{Message: "prompt is too long: 207301 tokens > 200000 maximum"}},
		{409, routing.Said{Code: "no_slot"}},
		{418, routing.Said{}},
	} {
		cause := router.CauseOf(refusal.status, refusal.said)
		fmt.Println(cause, router.Row(cause).Action)
	}
	// Output:
	// quota_exhausted next_destination
	// context_too_long next_destination
	// overloaded next_destination
	// caller_fault tell_caller
}

func ExampleHeadroomOf() {
	header := http.Header{}
	header.Set("X-Ratelimit-Limit-Tokens", "30000")
	header.Set("X-Ratelimit-Remaining-Tokens", "500")
	header.Set("X-Ratelimit-Reset-Tokens", "6m0s")
	headroom, ok := routing.HeadroomOf(header.Get, time.Now())
	fmt.Println(headroom.Tokens.Remaining, headroom.Tokens.Reset, ok)
	// Output:
	// 500 6m0s true
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
