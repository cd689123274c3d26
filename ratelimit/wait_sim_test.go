package ratelimit

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// simCall is one call of the simulation, waiting or admitted.
type simCall struct {
	caller uint64
	nth    int
	cancel context.CancelFunc
	lease  Lease
	done   chan Verdict // of one
}

// sim is a limiter and the calls that wait. Every caller asks for the same
// always, so that a head tells what it asks for.
type sim struct {
	l       *Limiter
	asks    map[uint64][]Ask
	came    int
	waiting []*simCall
	open    []*simCall
}

func simAsk(k Key, principal uint64, d Dimension, limit, amount int64) Ask {
	b := Bucket{Service: 1, Principal: principal, Key: k, Period: Minute, Dimension: d}
	if d == Concurrent {
		b.Period = 0
	}
	return Ask{Bucket: b, Limit: limit, Amount: amount}
}

func drawSim(t *rapid.T) *sim {
	s := &sim{l: New(nil), asks: make(map[uint64][]Ask)}
	serviceTokens, underWay := rapid.Int64Range(1, 30).Draw(t, "service tokens"), rapid.Int64Range(1, 4).Draw(t, "under way")
	for caller := range uint64(5) {
		amount := rapid.Int64Range(1, 12).Draw(t, "amount")
		var asks []Ask
		if rapid.Bool().Draw(t, "service") {
			asks = append(asks, simAsk(KeyService, 0, Tokens, serviceTokens, amount))
		}
		if rapid.IntRange(0, 2).Draw(t, "own") == 0 {
			asks = append(asks, simAsk(KeyUserDefault, caller%3, Tokens, rapid.Int64Range(1, 20).Draw(t, "own tokens"), amount))
		}
		if rapid.IntRange(0, 2).Draw(t, "counted") == 0 {
			asks = append(asks, simAsk(KeyUserDefault, caller%2, Requests, 3, 1))
		}
		if rapid.IntRange(0, 2).Draw(t, "limited") == 0 || asks == nil {
			asks = append(asks, simAsk(KeyService, 0, Concurrent, underWay, 1))
		}
		s.asks[caller] = asks
	}
	return s
}

// wait has a call wait, perhaps only so long.
func (s *sim) wait(t *rapid.T) {
	c := &simCall{caller: rapid.Uint64Range(0, 4).Draw(t, "caller"), nth: s.came, done: make(chan Verdict, 1)}
	s.came++
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	asks := s.asks[c.caller]
	go func() { c.done <- s.l.Wait(ctx, c.caller, asks, &c.lease) }()
	s.waiting = append(s.waiting, c)
}

// collect looks who has come back, and that of each caller none came before one
// that waits longer.
func (s *sim) collect(t *rapid.T, cancelled *simCall) {
	first := make(map[uint64]int)
	s.waiting = slices.DeleteFunc(s.waiting, func(c *simCall) bool {
		select {
		case v := <-c.done:
			if !v.OK {
				if c != cancelled {
					t.Fatalf("call %d came back with %+v", c.nth, v)
				}
				return true
			}
			if n, waits := first[c.caller]; waits {
				t.Fatalf("call %d of caller %d was admitted before call %d", c.nth, c.caller, n)
			}
			s.open = append(s.open, c)
			return true
		default:
			if _, waits := first[c.caller]; !waits {
				first[c.caller] = c.nth
			}
			return false
		}
	})
}

// check checks the queues while nothing moves.
func (s *sim) check(t *rapid.T) {
	q := &s.l.memory.queues
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting, marked := 0, marks(0)
	for i, place := range q.by {
		for _, in := range place {
			marked |= 1 << i
			for _, l := range in.lines {
				waiting += len(l.calls)
				if !slices.IsSortedFunc(l.calls, func(a, b *waiter) int { return int(a.came) - int(b.came) }) {
					t.Fatalf("the line of caller %d is out of order", l.caller)
				}
			}
			if v := s.l.memory.peek(s.asks[in.head().caller]); v.OK {
				t.Fatalf("the first of %d callers who wait for %+v sleeps, and has room", len(in.lines), in.bucket)
			}
		}
	}
	if waiting != len(s.waiting) || q.waiting != waiting || q.marked.Load() != uint64(marked) {
		t.Fatalf("%d calls wait, %d are in queues, %d counted, marks %x and %x", len(s.waiting), waiting, q.waiting, q.marked.Load(), marked)
	}
}

// end leaves nobody waiting.
func (s *sim) end() {
	for _, c := range s.waiting {
		c.cancel()
	}
	synctest.Wait()
}

// At every moment either nobody waits for a bucket, or the first who does has
// no room; and when all is over nothing is left.
func TestWaitSim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := drawSim(t)
			defer s.end()
			for range rapid.IntRange(1, 60).Draw(t, "steps") {
				var cancelled *simCall
				switch rapid.IntRange(0, 8).Draw(t, "kind") {
				default:
					s.wait(t)
				case 3: // without waiting
					var lease Lease
					if s.l.Admit(context.Background(), s.asks[rapid.Uint64Range(0, 4).Draw(t, "caller")], &lease).OK {
						lease.Settle(rapid.Int64Range(0, 15).Draw(t, "used"))
					}
				case 4, 5:
					if len(s.open) > 0 {
						i := rapid.IntRange(0, len(s.open)-1).Draw(t, "which")
						if rapid.Bool().Draw(t, "release") {
							s.open[i].lease.Release()
						} else {
							s.open[i].lease.Settle(rapid.Int64Range(0, 15).Draw(t, "used"))
						}
						s.open = slices.Delete(s.open, i, i+1)
					}
				case 6:
					if len(s.waiting) > 0 {
						cancelled = s.waiting[rapid.IntRange(0, len(s.waiting)-1).Draw(t, "which")]
						cancelled.cancel()
					}
				case 7, 8:
					time.Sleep(time.Duration(rapid.Int64Range(0, int64(40*time.Second)).Draw(t, "for")))
				}
				synctest.Wait()
				s.collect(t, cancelled)
				s.check(t)
			}
			for rounds := 0; len(s.waiting) > 0; rounds++ {
				if rounds > 200 {
					t.Fatalf("%d calls wait in vain", len(s.waiting))
				}
				for _, c := range s.open {
					c.lease.Release()
				}
				s.open = nil
				time.Sleep(61 * time.Second)
				synctest.Wait()
				s.collect(t, nil)
				s.check(t)
			}
			for _, c := range s.open {
				c.lease.Release()
			}
			for d := Requests; d <= Concurrent; d++ {
				if tally := s.l.memory.Tally(d); tally.Open != 0 || tally.Leases != 0 {
					t.Fatalf("%v: %+v", d, tally)
				}
			}
		})
	})
}
