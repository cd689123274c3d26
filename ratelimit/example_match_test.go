package ratelimit_test

import (
	"fmt"

	"github.com/modelward/modelward/ratelimit"
)

// Every team has 100 requests a minute, but batch jobs have 10. What a limit of
// 5 for each caller would do is only counted.
func ExampleRules_Match() {
	five, ten, hundred := int64(5), int64(10), int64(100)
	rules, err := ratelimit.NewRules(7, []ratelimit.Rule{
		{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Requests: &hundred},
		{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "batch", Period: ratelimit.Minute, Requests: &ten},
		{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: &five, Shadow: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, team := range []string{"search", "batch"} {
		asks := rules.Match(ratelimit.Caller{
			Principal: 42,
			Tag:       func(key string) (string, bool) { return team, key == "team" },
		}, nil)
		for _, a := range asks {
			fmt.Println(team, a.Bucket.Key, a.Limit, a.Shadow)
		}
	}
	// Output:
	// search RATE_LIMIT_KEY_REQUEST_TAG 100 false
	// search RATE_LIMIT_KEY_USER_DEFAULT 5 true
	// batch RATE_LIMIT_KEY_REQUEST_TAG 10 false
	// batch RATE_LIMIT_KEY_USER_DEFAULT 5 true
}
