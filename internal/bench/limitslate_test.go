package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// lateRow: the call of six-limits when answers take a while. Every caller has a
// call under way, which is settled a slot after it was admitted: one uses less
// than was reserved, which goes back to the slot before, the next one more, which
// is charged to this one. In each slot every caller calls once. Beside it:
// go-limiter asked six times.
func lateRow() row {
	return row{name: "settle-late", budget: 0.9, allocs: 0, open: openLate}
}

func BenchmarkSettleLate(b *testing.B) { lateRow().sideBySide(b) }

func openLate(tb testing.TB, _ scale) pair {
	name, reference := goLimiter(tb, plenty)
	late := newLateCalls()
	return pair{
		reference: reference.side(name),
		ours:      side{name: "ours", run: late.run},
		agree:     late.agree,
	}
}

// lateCalls are calls under way, one of each caller.
type lateCalls struct {
	ahead   time.Duration // of the clock on the wall
	limiter *ratelimit.Limiter
	crowd   *crowd
	leases  [callers]ratelimit.Lease
	next    int // the caller whose turn it is
}

// More and less than was reserved, and as much as that together.
const (
	usedMore = reserved + reserved/2
	usedLess = reserved - reserved/2
)

func newLateCalls() *lateCalls {
	l, began := &lateCalls{crowd: everybody(plenty)}, time.Now()
	// The clock is read, as it would be, and a slot goes by in each turn.
	l.limiter = ratelimit.New(&ratelimit.Options{Now: func() time.Time { return began.Add(time.Since(began) + l.ahead) }})
	return l
}

// run ends a call n times, and makes another.
func (l *lateCalls) run(n int) error {
	ctx := context.Background()
	for range n {
		i := l.next
		lease := &l.leases[i]
		if i%2 == 0 {
			lease.Settle(usedLess)
		} else {
			lease.Settle(usedMore)
		}
		if v := l.limiter.Admit(ctx, l.crowd.asks[i], lease); !v.OK {
			return fmt.Errorf("caller %d was refused: %+v", i, v)
		}
		if l.next = i + 1; l.next == callers {
			l.next = 0
			l.ahead += time.Second
		}
	}
	return nil
}

// agree sees that what is under way is charged as reserved, and what has ended
// as used.
func (l *lateCalls) agree() error {
	const turns = 3
	if err := l.run(turns * callers); err != nil {
		return err
	}
	for caller, each := range []int64{usedLess, usedMore} {
		asks := l.crowd.asks[caller]
		for i, want := range map[int]int64{
			0: turns * callers, 1: callers * reserved * turns, // half use as much less as the others more
			2: turns, 3: (turns-1)*each + reserved,
		} {
			if got, _ := l.limiter.Usage(asks[i].Bucket, plenty); got != want {
				return fmt.Errorf("limit %d of caller %d is charged %d, not %d", i, caller, got, want)
			}
		}
	}
	return nil
}
