package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// bytesRow: the bytes of the heap that a bucket takes, among a million of them,
// when some hundred tokens are taken from each in every slot of its window. Each
// is the only one of its user, so that nothing of what a user takes is shared.
// Reported too: the same with the tokens in half of them and the requests of the
// same users in the others, and what all took when each had been touched once.
func bytesRow() row {
	return row{name: "bucket-bytes", budget: 300, unit: "B", allocs: -1, weigh: weighBytes}
}

func weighBytes(tb testing.TB, scale scale) figure {
	buckets := scale.of(1_000_000)
	if scale == small {
		buckets /= 10
	}
	tokens := bytesOf(tb, buckets, ratelimit.Tokens)
	both := bytesOf(tb, buckets, ratelimit.Requests, ratelimit.Tokens)
	return figure{value: tokens.busy, says: fmt.Sprintf("bytes a bucket, of %d: tokens alone %s; requests and tokens of a user %s", buckets, tokens, both)}
}

// bucketBytes are the bytes a bucket: of those touched once, and of busy ones.
type bucketBytes struct{ once, busy float64 }

func (b bucketBytes) String() string {
	return fmt.Sprintf("%.0f, touched once %.0f", b.busy, b.once)
}

// busySlots is how many slots of a minute are filled: the whole window, and as
// many again as show whether what has left it is still there.
const busySlots = 64

func bytesOf(tb testing.TB, buckets int, counting ...ratelimit.Dimension) bucketBytes {
	tb.Helper()
	users, empty := buckets/len(counting), heap()
	var slot atomic.Int64
	began := time.Now()
	limiter := ratelimit.New(&ratelimit.Options{Now: func() time.Time { return began.Add(time.Duration(slot.Load()) * time.Second) }})

	var is bucketBytes
	for slot.Load() < busySlots {
		if err := callOnce(limiter, users, slot.Load(), counting); err != nil {
			tb.Fatal(err)
		}
		if slot.Load() == 0 {
			is.once = (heap() - empty) / float64(buckets)
		}
		slot.Add(1)
	}
	slot.Add(-1) // the last that was filled
	is.busy = (heap() - empty) / float64(buckets)
	if limiter.Len() != buckets {
		tb.Errorf("there are %d buckets, not %d", limiter.Len(), buckets)
	}
	for _, user := range []int{0, users / 2, users - 1} {
		if err := isFull(limiter, user, slot.Load(), counting); err != nil {
			tb.Error(err)
		}
	}
	runtime.KeepAlive(limiter)
	return is
}

// callOnce has every user call once, in as many goroutines as there are
// processors.
func callOnce(limiter *ratelimit.Limiter, users int, slot int64, counting []ratelimit.Dimension) error {
	workers := runtime.GOMAXPROCS(0)
	failed := make(chan error, workers)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			var lease ratelimit.Lease
			asks := make([]ratelimit.Ask, len(counting))
			for user := worker; user < users; user += workers {
				for i, dimension := range counting {
					asks[i] = ratelimit.Ask{Bucket: bucketOf(user, dimension), Limit: plenty, Amount: 1}
				}
				ratelimit.ReserveTokens(asks, mostTokens)
				if v := limiter.Admit(context.Background(), asks, &lease); !v.OK {
					failed <- fmt.Errorf("user %d was refused: %+v", user, v)
					return
				}
				lease.Settle(tokensOf(user, slot))
			}
		})
	}
	group.Wait()
	close(failed)
	return <-failed
}

func bucketOf(user int, counting ratelimit.Dimension) ratelimit.Bucket {
	return ratelimit.Bucket{Service: 1, Key: ratelimit.KeyUserDefault, Principal: uint64(user), Period: ratelimit.Minute, Dimension: counting}
}

// mostTokens is what a call reserves, and the most that it uses.
const mostTokens = 900

// tokensOf is what the call of a user uses: some hundred, another number in each
// slot.
func tokensOf(user int, slot int64) int64 {
	return 100 + (int64(user)*31+slot*317)%(mostTokens-100)
}

// isFull sees that the buckets of a user hold what was taken in the last
// minute, and nothing that is older than a slot more.
func isFull(limiter *ratelimit.Limiter, user int, slot int64, counting []ratelimit.Dimension) error {
	for _, dimension := range counting {
		var least, most int64
		for age := range int64(62) {
			n := int64(1)
			if dimension == ratelimit.Tokens {
				n = tokensOf(user, slot-age)
			}
			if age < 60 {
				least += n
			}
			most += n
		}
		if got, _ := limiter.Usage(bucketOf(user, dimension), plenty); got < least || got > most {
			return fmt.Errorf("the %s of user %d are %d, not from %d to %d", dimension, user, got, least, most)
		}
	}
	return nil
}
