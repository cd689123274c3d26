package bench

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// keysRow: the most megabytes that a limiter takes which keeps a hundred
// thousand buckets, while ten million users call, each once and none known
// before. It may be what as many busy buckets may take. Meanwhile one of them calls all the time, and gets what the limit of
// everybody lets pass, no less and never more. Reported too: the processor time
// of a call that is refused because there is no bucket for it, with so many
// buckets and with a tenth of them, as looking for idle ones must not make it
// dearer the more there are.
func keysRow() row {
	return row{name: "keys-bounded", budget: 30, unit: "MB", allocs: -1, weigh: weighKeys}
}

func weighKeys(tb testing.TB, scale scale) figure {
	users, buckets := scale.of(10_000_000), scale.of(100_000)
	few := flood(tb, users/10, buckets/10)
	many := flood(tb, users, buckets)
	return figure{value: many.most / megabyte, says: fmt.Sprintf(
		"at most %.1f MB for %d buckets, of %d users %d admitted; refused for want of a bucket in %.0f ns, with %d buckets in %.0f ns",
		many.most/megabyte, buckets, users, many.admitted, many.refusal, buckets/10, few.refusal)}
}

// flooded is what became of a flood of users.
type flooded struct {
	most     float64 // bytes of the heap
	admitted int     // new users
	refusal  float64 // nanoseconds of processor time
}

const (
	// aMinute is what everybody may call, and how often the known user does in
	// a second.
	aMinute = 60
	aSecond = 8
)

// flood lets new users call who find a fifth as many buckets as call in a
// second.
func flood(tb testing.TB, users, buckets int) flooded {
	tb.Helper()
	empty := heap()
	var second int64
	began := time.Now()
	limiter := ratelimit.New(&ratelimit.Options{
		MaxBuckets: buckets,
		Now:        func() time.Time { return began.Add(time.Duration(second) * time.Second) },
	})
	limit := int64(aMinute)
	rules, err := ratelimit.NewRules(1, []ratelimit.Rule{{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: &limit}})
	if err != nil {
		tb.Fatal(err)
	}
	f := &flooding{limiter: limiter, rules: rules, buckets: buckets}

	perSecond, span := buckets/5, int64(users*5/buckets)
	var is flooded
	var known []int
	var refused int
	var spent time.Duration
	for ; second < span; second++ {
		admitted, err := f.knownCalls(aSecond)
		if err != nil {
			tb.Fatal(err)
		}
		known = append(known, admitted)
		before, err := cpuTime()
		if err != nil {
			tb.Fatal(err)
		}
		if admitted, err = f.newCalls(perSecond); err != nil {
			tb.Fatal(err)
		}
		after, err := cpuTime()
		if err != nil {
			tb.Fatal(err)
		}
		if is.admitted += admitted; admitted == 0 {
			refused += perSecond
			spent += after - before
		}
		if second%(span/16+1) == 0 {
			is.most = max(is.most, heap()-empty)
		}
	}
	is.most = max(is.most, heap()-empty)
	runtime.KeepAlive(f)
	if err := keptItsLimit(known); err != nil {
		tb.Error(err)
	}
	if is.admitted < buckets || refused < users/2 {
		tb.Errorf("of %d users were admitted %d, and refused in seconds that had no bucket for anybody %d", users, is.admitted, refused)
	}
	is.refusal = float64(spent) / float64(refused)
	return is
}

// flooding is who calls.
type flooding struct {
	limiter *ratelimit.Limiter
	rules   *ratelimit.Rules
	buckets int
	last    uint64 // the newest user
	asks    []ratelimit.Ask
}

// newCalls makes a call of each of n users, and returns how many are admitted.
// All the others are refused because there is no bucket for them.
func (f *flooding) newCalls(n int) (admitted int, err error) {
	for range n {
		f.last++
		v, err := f.call(knownUser + f.last)
		if err != nil {
			return 0, err
		}
		switch {
		case v.OK:
			admitted++
		case !v.Full:
			return 0, fmt.Errorf("new user %d was refused: %+v", f.last, v)
		}
	}
	return admitted, nil
}

const knownUser = 1

// knownCalls makes calls of the known user, who has a bucket, and returns how
// many are admitted.
func (f *flooding) knownCalls(n int) (admitted int, err error) {
	for range n {
		v, err := f.call(knownUser)
		if err != nil {
			return 0, err
		}
		switch {
		case v.OK:
			admitted++
		case v.Full || v.Disabled:
			return 0, fmt.Errorf("the known user was refused: %+v", v)
		}
	}
	return admitted, nil
}

func (f *flooding) call(user uint64) (ratelimit.Verdict, error) {
	f.asks = f.rules.Match(ratelimit.Caller{Principal: user}, f.asks[:0])
	var lease ratelimit.Lease
	v := f.limiter.Admit(context.Background(), f.asks, &lease)
	lease.Settle(0)
	if n := f.limiter.Len(); n > f.buckets {
		return v, fmt.Errorf("there are %d buckets, and may be %d", n, f.buckets)
	}
	return v, nil
}

// keptItsLimit sees that what was admitted in each of some seconds is at most
// the limit in any minute, and as much as that in all but a slot more.
func keptItsLimit(admitted []int) error {
	minute, all := 0, 0
	for second, n := range admitted {
		minute += n
		all += n
		if second >= 60 {
			minute -= admitted[second-60]
		}
		if minute > aMinute {
			return fmt.Errorf("the known user called %d times in the minute before second %d, and may %d times", minute, second, aMinute)
		}
	}
	if least := len(admitted) / 61 * aMinute; all < least {
		return fmt.Errorf("the known user called %d times in %d seconds, and could %d times", all, len(admitted), least)
	}
	return nil
}
