package ratelimit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// A call that waits in several groups looks every second whether one of them
// has room, even if what it was refused for was none of theirs, and it was sent
// behind an earlier call of its caller since.
func TestWaitMovedLooks(t *testing.T) {
	hourly := func(key ratelimit.Key, principal uint64, limit int64) ratelimit.Ask {
		b := bucketOf(key, principal, ratelimit.Requests)
		b.Period = ratelimit.Hour
		return ratelimit.Ask{Bucket: b, Limit: limit, Amount: 1, Shared: key == ratelimit.KeyUserGroup}
	}
	synctest.Test(t, func(t *testing.T) {
		c := crowd{l: ratelimit.New(nil)}
		service, one, two := hourly(ratelimit.KeyService, 0, 1), hourly(ratelimit.KeyUserGroup, 1, 1), hourly(ratelimit.KeyUserGroup, 2, 2)
		var full, half, other ratelimit.Lease
		mustAdmit(t, c.l, []ratelimit.Ask{one}, nil)
		mustAdmit(t, c.l, []ratelimit.Ask{two}, &half)
		mustAdmit(t, c.l, []ratelimit.Ask{two}, &other)
		time.Sleep(3 * time.Minute)
		mustAdmit(t, c.l, []ratelimit.Ask{service}, &full)
		c.wait(t.Context(), 9, 0, []ratelimit.Ask{one})
		c.wait(t.Context(), 1, 0, []ratelimit.Ask{one, two})
		c.wait(t.Context(), 1, 1, []ratelimit.Ask{service, one, two})
		time.Sleep(5 * time.Second)
		full.Release() // the third is sent behind the second
		synctest.Wait()
		time.Sleep(5 * time.Second)
		half.Release()
		other.Release()
		time.Sleep(2 * time.Second) // one for each: the third may ask when the second has gone
		if got := c.admitted(); len(got) != 2 || got[0].caller != 1 || got[1].caller != 1 {
			t.Errorf("two places came back two seconds ago, admitted: %+v", got)
		}
		c.all.Wait()
	})
}
