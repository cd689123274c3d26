package ratelimit_test

import (
	"context"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

func tagAsk(value uint64, shadow bool) ratelimit.Ask {
	return ratelimit.Ask{Bucket: bucketOf(ratelimit.KeyRequestTag, value, ratelimit.Requests), Limit: 5, Amount: 1, Shadow: shadow}
}

// A shadow ask refuses nothing, for want of room neither: when there is none
// for one more bucket the call is admitted, and the shadow does not count.
func TestShadowNoRoom(t *testing.T) {
	for _, c := range []struct {
		name string
		opts ratelimit.Options
	}{
		{"for tags", ratelimit.Options{MaxTagBuckets: 1}},
		{"for buckets", ratelimit.Options{MaxBuckets: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.opts.Now = newFakeClock().Now
			l := ratelimit.New(&c.opts)
			mustAdmit(t, l, []ratelimit.Ask{tagAsk(1, true)}, nil)
			used := func(value uint64) int64 {
				n, _ := l.Usage(tagAsk(value, true).Bucket, 5)
				return n
			}
			var lease ratelimit.Lease
			mustAdmit(t, l, append(requests(100), tagAsk(2, true)), &lease)
			if l.Len() != 2 || used(2) != 0 {
				t.Errorf("%d buckets, %d in the one that there is no room for", l.Len(), used(2))
			}
			mustAdmit(t, l, append(requests(100), tagAsk(1, true), tagAsk(3, true)), &lease)
			if l.Len() != 2 || used(1) != 2 || used(3) != 0 {
				t.Errorf("%d buckets, %d and %d used, want 2 and none", l.Len(), used(1), used(3))
			}
			if v := mustRefuse(t, l, []ratelimit.Ask{tagAsk(2, true), tagAsk(2, false)}, nil); !v.Full {
				t.Errorf("an ask that is no shadow finds no room: %+v", v)
			}
			lease.Release()
			if n, _ := l.Usage(requests(1)[0].Bucket, 1); n != 0 || used(1) != 1 {
				t.Errorf("%d and %d used when all is given back, want none and 1", n, used(1))
			}
		})
	}
}

// A shadow ask for a bucket that cannot be refuses nothing and counts nowhere.
func TestShadowNoBucket(t *testing.T) {
	for _, b := range []ratelimit.Bucket{
		{},
		{Service: 1, Key: ratelimit.KeyService},
		{Service: 1, Key: ratelimit.KeyUser, Principal: 3},
		{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: 9},
		{Service: 1, Key: ratelimit.KeyService, Period: 3, Dimension: ratelimit.Requests},
		{Service: 1, Key: ratelimit.KeyUserGroup, Period: 255, Dimension: 255},
	} {
		l := ratelimit.New(nil)
		asks := []ratelimit.Ask{{Bucket: b, Limit: 5, Amount: 1, Shadow: true}}
		var lease ratelimit.Lease
		v := l.Admit(context.Background(), asks, &lease)
		lease.Settle(1)
		if l.Len() != 0 || !v.OK {
			t.Errorf("%+v: %+v, %d buckets", b, v, l.Len())
		}
		mustAdmit(t, l, append(asks, requests(5)...), &lease)
		lease.Release()
		if used, _ := l.Usage(requests(5)[0].Bucket, 5); l.Len() != 1 || used != 0 {
			t.Errorf("%+v beside another: %d buckets, %d used", b, l.Len(), used)
		}
	}
}
