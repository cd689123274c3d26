package ratelimittest

import (
	"context"
	"sync"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// balanced returns the tally of one dimension, in which nothing may be lost and
// nothing counted twice.
func balanced(t rapid.TB, l *ratelimit.Limiter, d ratelimit.Dimension) ratelimit.Tally {
	books := l.Memory().Tally(d)
	if books.Reserved != books.Settled+books.Released+books.Open {
		t.Fatalf("%v: reserved is not settled, released and open: %+v", d, books)
	}
	return books
}

// checkTally lets goroutines take, settle and release as they like while
// another reads the books, and sees that they end with nothing open.
func checkTally(t *rapid.T, open Open) {
	var clock Clock
	l := open(&ratelimit.Options{Now: clock.Now})
	var calls, reader sync.WaitGroup
	stop := make(chan struct{})
	type step struct {
		asks  []ratelimit.Ask
		used  int64
		close int
	}
	drawSteps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{drawMixed(t), drawAmount(t), rapid.IntRange(0, 2).Draw(t, "close")}
	}), 1, 8)
	for range 3 {
		steps := drawSteps.Draw(t, "steps")
		calls.Go(func() {
			var last ratelimit.Lease
			for _, s := range steps {
				var lease ratelimit.Lease
				l.Admit(context.Background(), s.asks, &lease)
				switch s.close {
				case 0:
					lease.Settle(s.used)
				case 1:
					lease.Release()
				default:
					// Left open while others come and go.
					l.Admit(context.Background(), s.asks, &last)
					lease.Settle(s.used)
				}
				clock.Advance(time.Second)
			}
			last.Settle(3)
		})
	}
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, d := range dimensions {
				if b := l.Memory().Tally(d); b.Reserved != b.Settled+b.Released+b.Open {
					t.Errorf("while calls run: %v: %+v", d, b)
					return
				}
			}
		}
	})
	calls.Wait()
	close(stop)
	reader.Wait()
	for _, d := range dimensions {
		if books := balanced(t, l, d); books.Open != 0 || books.Leases != 0 {
			t.Fatalf("%v: all is closed, and the tally is %+v", d, books)
		}
	}
}
