package ratelimit_test

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

var errAway = errors.New("the network is down")

// patience is how long a store may take that answers at once, on a machine that
// has much else to do: the default is for stores across a network.
const patience = time.Minute

// spy is a store that writes down what it is told, and fails when it is told to.
type spy struct {
	ratelimit.Store
	mu      sync.Mutex
	down    error // of every call
	deaf    error // of settlements
	takes   [][]ratelimit.Ask
	settles [][]ratelimit.Settled
	looks   int
}

func newSpy(clock *fakeClock) *spy {
	return &spy{Store: ratelimittest.NewSlow(ratelimittest.StoreOptions{Now: clock.Now})}
}

func (s *spy) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes = append(s.takes, append([]ratelimit.Ask(nil), asks...))
	if s.down != nil {
		return ratelimit.Verdict{}, s.down
	}
	return s.Store.Take(ctx, asks, taken)
}

func (s *spy) Settle(ctx context.Context, settled []ratelimit.Settled) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settles = append(s.settles, append([]ratelimit.Settled(nil), settled...))
	if err := cmp.Or(s.down, s.deaf); err != nil {
		return err
	}
	return s.Store.Settle(ctx, settled)
}

func (s *spy) Used(ctx context.Context, buckets []ratelimit.Bucket, used []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	if s.down != nil {
		return s.down
	}
	return s.Store.Used(ctx, buckets, used)
}

// fail has every call from now on fail with err, nil being no failure.
func (s *spy) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// trips returns how many round trips there have been.
func (s *spy) trips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.takes) + len(s.settles) + s.looks
}

// slowAnswer is a store after whose next taking something happens before its
// answer arrives.
type slowAnswer struct {
	ratelimit.Store
	before func()
}

func (s *slowAnswer) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	v, err := s.Store.Take(ctx, asks, taken)
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return v, err
}

func bucketOf(key ratelimit.Key, principal uint64, d ratelimit.Dimension) ratelimit.Bucket {
	return ratelimit.Bucket{Service: 1, Principal: principal, Key: key, Period: ratelimit.Minute, Dimension: d}
}

// requests asks for one request of the whole service.
func requests(limit int64) []ratelimit.Ask {
	return []ratelimit.Ask{{Bucket: bucketOf(ratelimit.KeyService, 0, ratelimit.Requests), Limit: limit, Amount: 1}}
}

// tokens asks for amount tokens of the whole service.
func tokens(limit, amount int64) []ratelimit.Ask {
	return []ratelimit.Ask{{Bucket: bucketOf(ratelimit.KeyService, 0, ratelimit.Tokens), Limit: limit, Amount: amount}}
}

func heldBy(t *testing.T, s ratelimit.Store, b ratelimit.Bucket) int64 {
	t.Helper()
	var used [1]int64
	if err := s.Used(context.Background(), []ratelimit.Bucket{b}, used[:]); err != nil {
		t.Fatal(err)
	}
	return used[0]
}

func mustAdmit(t *testing.T, l *ratelimit.Limiter, asks []ratelimit.Ask, lease *ratelimit.Lease) {
	t.Helper()
	if v := l.Admit(context.Background(), asks, lease); !v.OK {
		t.Fatalf("refused: %+v", v)
	}
}

func mustRefuse(t *testing.T, l *ratelimit.Limiter, asks []ratelimit.Ask, lease *ratelimit.Lease) ratelimit.Verdict {
	t.Helper()
	v := l.Admit(context.Background(), asks, lease)
	if v.OK {
		t.Fatal("admitted")
	}
	return v
}
