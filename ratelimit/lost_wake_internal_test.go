package ratelimit

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// drawGroupSim is drawSim with callers in several groups, request tags, limits
// of an hour and, now and then, a store.
func drawGroupSim(t *rapid.T) *sim {
	opts := new(Options)
	if rapid.IntRange(0, 3).Draw(t, "store") == 0 {
		opts.Store = NewMemory(nil)
	}
	s := &sim{l: New(opts), asks: make(map[uint64][]Ask)}
	for caller := range uint64(5) {
		amount := rapid.Int64Range(20, 70).Draw(t, "amount")
		var asks []Ask
		for _, group := range rapid.SliceOfNDistinct(rapid.Uint64Range(1, 3), rapid.SampledFrom([]int{0, 2}).Draw(t, "least"), 3, rapid.ID).Draw(t, "groups") {
			asks = append(asks, simAsk(KeyUserGroup, group, Tokens, 70, amount))
			if rapid.IntRange(0, 3).Draw(t, "hourly") == 3 {
				a := simAsk(KeyUserGroup, group, Requests, 20, 1)
				a.Bucket.Period = Hour
				asks = append(asks, a)
			}
		}
		for i := range asks {
			asks[i].Shared = true
		}
		if rapid.IntRange(0, 3).Draw(t, "tag") == 3 {
			a := simAsk(KeyRequestTag, 1+caller%2, Requests, 10, 1)
			a.Bucket.Period = Hour
			asks = append(asks, a)
		}
		if rapid.IntRange(0, 2).Draw(t, "service") == 2 || asks == nil {
			asks = append(asks, simAsk(KeyService, 0, Tokens, 100, amount))
		}
		if rapid.IntRange(0, 2).Draw(t, "limited") == 2 {
			asks = append(asks, simAsk(KeyService, 0, Concurrent, 4, 1))
		}
		s.asks[caller] = rapid.Permutation(asks).Draw(t, "asks")
	}
	return s
}

// sleepers returns the heads of queues whose calls would be admitted now.
func (s *sim) sleepers() []*waiter {
	var heads []*waiter
	q := &s.l.memory.queues
	q.mu.Lock()
	for _, place := range q.by {
		for _, in := range place {
			heads = append(heads, in.head())
		}
	}
	q.mu.Unlock()
	return slices.DeleteFunc(heads, func(w *waiter) bool {
		v, _ := s.l.Peek(context.Background(), s.asks[w.caller], nil)
		return !v.OK
	})
}

// gather is collect where a caller in several groups may be admitted at once,
// while an earlier call of the same caller has yet to look again.
func (s *sim) gather() {
	s.waiting = slices.DeleteFunc(s.waiting, func(c *simCall) bool {
		select {
		case v := <-c.done:
			if v.OK {
				s.open = append(s.open, c)
			}
			return true
		default:
			return false
		}
	})
}

// Nobody who is the first to wait for a bucket sleeps for more than a second
// while there is room, whatever comes back, by whom, and from which group.
func TestWaitLostWake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := drawGroupSim(t)
			defer s.end()
			for range rapid.IntRange(1, 120).Draw(t, "steps") {
				switch rapid.IntRange(0, 8).Draw(t, "kind") {
				default:
					s.wait(t)
				case 5, 6, 7:
					if len(s.open) > 0 {
						i := rapid.IntRange(0, len(s.open)-1).Draw(t, "which")
						if rapid.Bool().Draw(t, "release") {
							s.open[i].lease.Release()
						} else {
							s.open[i].lease.Settle(rapid.Int64Range(0, 80).Draw(t, "used"))
						}
						s.open = slices.Delete(s.open, i, i+1)
					}
				case 8:
					if len(s.waiting) > 0 {
						s.waiting[rapid.IntRange(0, len(s.waiting)-1).Draw(t, "which")].cancel()
					}
				}
				synctest.Wait()
				s.gather()
				time.Sleep(time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "for")))
				synctest.Wait()
				s.gather()
				before := s.sleepers()
				if len(before) == 0 {
					continue
				}
				time.Sleep(1100 * time.Millisecond)
				synctest.Wait()
				s.gather()
				for _, w := range s.sleepers() {
					if slices.Contains(before, w) {
						t.Fatalf("the first who waits for %+v would be admitted and sleeps: %+v", w.in.bucket, s.asks[w.caller])
					}
				}
			}
			s.end()
			s.gather()
			for _, c := range s.open {
				c.lease.Release()
			}
			if q := &s.l.memory.queues; q.waiting != 0 || q.marked.Load() != 0 {
				t.Fatalf("when all have gone %d wait, marks %x", q.waiting, q.marked.Load())
			}
			for d := Requests; d <= Concurrent; d++ {
				if tally := s.l.memory.Tally(d); tally.Leases != 0 || tally.Open != 0 {
					t.Fatalf("%v: %+v", d, tally)
				}
			}
		})
	})
}
