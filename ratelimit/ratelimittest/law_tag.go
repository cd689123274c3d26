package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// checkTags sends a stream of tag values, which callers may make up, through a
// limiter with room for few of them.
func checkTags(t *rapid.T, open Open) {
	var clock Clock
	most := rapid.IntRange(1, 20).Draw(t, "most")
	l := open(&ratelimit.Options{Now: clock.Now, MaxTagBuckets: most})
	bucket := func(k ratelimit.Key, principal uint64) ratelimit.Bucket {
		return ratelimit.Bucket{Service: 1, Principal: principal, Key: k, Period: ratelimit.Minute, Dimension: ratelimit.Requests}
	}
	ask := func(b ratelimit.Bucket) ratelimit.Ask { return ratelimit.Ask{Bucket: b, Limit: 1000, Amount: 1} }
	service := bucket(ratelimit.KeyService, 0)
	tagged := func(value uint64) []ratelimit.Ask {
		return []ratelimit.Ask{ask(service), ask(bucket(ratelimit.KeyRequestTag, value))}
	}
	admitted := int64(0)
	for value := range uint64(rapid.IntRange(1, 60).Draw(t, "values")) {
		lease := new(ratelimit.Lease)
		v := l.Admit(context.Background(), tagged(value), lease)
		if fits := int(value) < most; v.OK != fits || v.Full == fits {
			t.Fatalf("value %d of at most %d: %+v", value+1, most, v)
		}
		if v.OK {
			admitted++
			lease.Settle(0)
		} else if v.RetryAfter <= 0 || lease.Open() {
			t.Fatalf("refused with %+v, and a lease that is open: %v", v, lease.Open())
		}
		// A value that has its bucket goes on, and so do the untagged, new
		// ones too.
		if v := l.Admit(context.Background(), tagged(0), nil); !v.OK {
			t.Fatalf("a known value: %+v", v)
		}
		user := ask(bucket(ratelimit.KeyUserDefault, value))
		if v := l.Admit(context.Background(), []ratelimit.Ask{ask(service), user}, nil); !v.OK {
			t.Fatalf("an untagged call: %+v", v)
		}
		admitted += 2
		if used, _ := l.Usage(service, 0); used != admitted {
			t.Fatalf("%d admitted, %d counted", admitted, used)
		}
	}
	clock.Advance(time.Minute + time.Minute/slotsPerPeriod)
	for value := range uint64(most) {
		if v := l.Admit(context.Background(), tagged(1000+value), nil); !v.OK {
			t.Fatalf("new value %d of %d, when all others are idle: %+v", value+1, most, v)
		}
	}
}
