package ratelimit

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stress is a limiter at which everything goes on at once, and the calls that
// were counted for its busiest bucket.
type stress struct {
	l     *Limiter
	since atomic.Int64 // the clock, in nanoseconds since the start

	mu  sync.Mutex
	log []counted
}

// counted is a call that was admitted at some time between the two.
type counted struct{ before, after int64 }

const (
	stressCallers = 8
	stressRounds  = 8000
)

// stressLimits are those of the busiest bucket, edited from call to call: some
// are shared out among lanes and some are not.
var stressLimits = [...]int64{200, 100, 63, 10, 64}

func (s *stress) now() time.Time {
	return time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC).Add(time.Duration(s.since.Load()))
}

// asks draws what a call asks for, of all kinds of buckets, in any order and
// now and then twice of one.
func (s *stress) asks(r *rand.Rand) []Ask {
	limit := stressLimits[r.IntN(len(stressLimits))]
	asks := []Ask{
		{Bucket: Bucket{1, 0, KeyService, Minute, Requests}, Limit: limit, Amount: 1},
		{Bucket: Bucket{1, 0, KeyService, Minute, Tokens}, Limit: limit * 50, Amount: r.Int64N(50)},
		{Bucket: Bucket{1, 0, KeyService, 0, Concurrent}, Limit: 1 + r.Int64N(100), Amount: 1},
		{Bucket: Bucket{1, 7, KeyUserGroup, Minute, Requests}, Limit: limit * 2, Amount: 1, Shared: true},
		{Bucket: Bucket{1, 8, KeyUserGroup, Hour, Requests}, Limit: limit * 20, Amount: 1, Shared: true, Shadow: r.IntN(9) == 0},
		{Bucket: Bucket{r.Uint64N(2), r.Uint64N(300), KeyUser, Minute, Tokens}, Limit: 1000, Amount: 5, After: r.IntN(2) == 0},
		{Bucket: Bucket{1, r.Uint64N(200), KeyRequestTag, Minute, Requests}, Limit: 100, Amount: 1},
	}
	r.Shuffle(len(asks), func(i, j int) { asks[i], asks[j] = asks[j], asks[i] })
	asks = asks[:1+r.IntN(len(asks))]
	if r.IntN(8) == 0 {
		asks = append(asks, asks[0])
		asks[len(asks)-1].Limit = 5
	}
	return asks
}

// call makes calls one after the other, some of them in one lease.
func (s *stress) call(r *rand.Rand) {
	var lease Lease
	for range stressRounds {
		asks := s.asks(r)
		before := s.since.Load()
		v := s.l.Admit(context.Background(), asks, &lease)
		if v.OK && slices.ContainsFunc(asks, func(a Ask) bool { return a.Bucket == Bucket{1, 0, KeyService, Minute, Requests} }) {
			s.mu.Lock()
			s.log = append(s.log, counted{before, s.since.Load()})
			s.mu.Unlock()
		}
		switch r.IntN(4) {
		case 0:
			runtime.Gosched()
			fallthrough
		case 1:
			lease.Settle(r.Int64N(100))
		case 2:
			lease.Settle(0)
		}
		if r.IntN(20) == 0 {
			s.since.Add(r.Int64N(int64(400 * time.Millisecond)))
		}
	}
	lease.Settle(3)
}

// disturb does what else a program may do beside calls.
func (s *stress) disturb(r *rand.Rand) {
	m := s.l.memory
	switch r.IntN(5) {
	case 0:
		s.l.Sweep()
	case 1:
		for range m.Export(r.IntN(2) == 0) {
		}
	case 2:
		m.Import(func(yield func(Count) bool) {
			yield(Count{Bucket{1, 9, KeyUserGroup, Minute, Requests}, s.now(), 3})
		})
	case 3:
		_ = m.Settle(context.Background(), []Settled{{Taken: Taken{Bucket: Bucket{1, 9, KeyUserGroup, Minute, Tokens}}, Used: 30}})
	case 4:
		s.l.Peek(context.Background(), []Ask{{Bucket: Bucket{1, 0, KeyService, Minute, Requests}, Limit: 50, Amount: 1}}, nil)
	}
}

// atMost checks that no interval of a minute has more than limit calls in it.
func (s *stress) atMost(t *testing.T, limit int) {
	slices.SortFunc(s.log, func(a, b counted) int { return int(a.before - b.before) })
	most := 0
	for i, first := range s.log {
		n := 0
		for _, c := range s.log[i:] {
			if c.before > first.before+int64(time.Minute) {
				break
			}
			if c.after <= first.before+int64(time.Minute) {
				n++
			}
		}
		most = max(most, n)
	}
	t.Logf("%d calls, at most %d in a minute", len(s.log), most)
	if most > limit {
		t.Errorf("%d calls passed in a minute, the highest limit is %d", most, limit)
	}
}

// Whatever goes on at once, calls, edits of limits, sweeps, exports, imports and
// settlements of others: at every moment what is counted adds up, the shares of
// a limit come to no more than it, no interval sees more than the highest limit,
// and when all is over nothing is left.
func TestStress(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	s := new(stress)
	s.l = New(&Options{Now: s.now, MaxBuckets: 400, MaxTagBuckets: 100})
	m := s.l.memory
	var callers, all sync.WaitGroup
	over := make(chan struct{})
	for n := range uint64(stressCallers) {
		callers.Go(func() { s.call(rand.New(rand.NewPCG(n, 1))) })
	}
	all.Go(func() {
		for r := rand.New(rand.NewPCG(99, 1)); ; runtime.Gosched() {
			select {
			case <-over:
				return
			default:
				s.disturb(r)
				checkMemory(t, m, false)
			}
		}
	})
	callers.Wait()
	close(over)
	all.Wait()
	checkMemory(t, m, true)
	s.atMost(t, int(slices.Max(stressLimits[:])))
	s.since.Add(int64(3 * time.Hour))
	s.l.Sweep()
	for range m.Export(true) {
	}
	s.l.Sweep()
	checkMemory(t, m, true)
	if n := s.l.Len(); n != 0 {
		t.Errorf("%d buckets are left", n)
	}
	for i := range m.shards {
		if n := len(m.shards[i].spreads) + len(m.shards[i].accounts); n != 0 {
			t.Errorf("%d owners are left in shard %d", n, i)
		}
	}
}
