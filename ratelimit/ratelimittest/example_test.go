package ratelimittest_test

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// Two processes share a limit of three. The store fails once, and the one that
// finds out goes on by itself, with a third of the limit.
func ExampleFaulty() {
	store := &ratelimittest.Faulty{
		Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{}),
		Script: func(call int64) ratelimittest.Fault {
			if call == 4 {
				return ratelimittest.FailBefore
			}
			return ratelimittest.NoFault
		},
	}
	opts := &ratelimit.Options{Store: store, Share: 34}
	one, two := ratelimit.New(opts), ratelimit.New(opts)
	asks := []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Hour, Dimension: ratelimit.Requests},
		Limit:  3,
	}}
	for range 2 {
		fmt.Println(one.Admit(context.Background(), asks, nil).OK)
	}
	for range 3 {
		fmt.Println(two.Admit(context.Background(), asks, nil).OK, two.Health().Away)
	}
	// Output:
	// true
	// true
	// true false
	// false true
	// false true
}
