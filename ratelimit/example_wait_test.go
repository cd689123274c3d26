package ratelimit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// A call that would be refused waits until another one gives back what it did
// not need.
func ExampleLimiter_Wait() {
	limiter := ratelimit.New(nil)
	asks := []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 7, Key: ratelimit.KeyService, Period: ratelimit.Hour, Dimension: ratelimit.Tokens},
		Limit:  10_000,
		Amount: 8_000,
	}}
	const anna, ben = 1, 2

	var first, second ratelimit.Lease
	fmt.Println("anna:", limiter.Wait(context.Background(), anna, asks, &first).OK)

	// Ben would rather be refused than wait for most of an hour.
	soon, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	v := limiter.Wait(soon, ben, asks, &second)
	fmt.Println("ben:", v.OK, "after", v.RetryAfter.Round(time.Hour))

	// Or he waits for as long as it takes: until Anna's answer turns out short.
	done := make(chan ratelimit.Verdict)
	go func() { done <- limiter.Wait(context.Background(), ben, asks, &second) }()
	first.Settle(500)
	fmt.Println("ben:", (<-done).OK)
	second.Settle(700)
	// Output:
	// anna: true
	// ben: false after 1h0m0s
	// ben: true
}
