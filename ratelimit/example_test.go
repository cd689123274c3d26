package ratelimit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// A service passes 10,000 tokens a minute in all; each caller has 2 requests a
// minute, but user 42 has more.
func Example() {
	ten, two, hundred := int64(10_000), int64(2), int64(100)
	rules, err := ratelimit.NewRules(7, []ratelimit.Rule{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Tokens: &ten},
		{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: &two},
		{Key: ratelimit.KeyUser, Principal: 42, Period: ratelimit.Minute, Requests: &hundred},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	limiter := ratelimit.New(&ratelimit.Options{Now: func() time.Time { return noon }})

	call := func(caller uint64) {
		var (
			buf   [ratelimit.MaxAsks]ratelimit.Ask
			lease ratelimit.Lease
		)
		asks := rules.Match(ratelimit.Caller{Principal: caller}, buf[:0])
		ratelimit.ReserveTokens(asks, ratelimit.Estimate(1200, 3000, 1, 0))
		v := limiter.Admit(context.Background(), asks, &lease)
		if !v.OK {
			fmt.Println(caller, "waits for", v.Blocked.Bucket.Dimension, v.RetryAfter)
			return
		}
		defer lease.Release() // in case nothing settles it
		lease.Settle(2500)    // what the provider reported
		fmt.Println(caller, "passes")
	}
	call(1)
	call(1)
	call(1)
	call(42)
	call(42)
	// Output:
	// 1 passes
	// 1 passes
	// 1 waits for requests 1m1s
	// 42 passes
	// 42 waits for tokens 1m1s
}
