package ratelimit_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// deafStore answers everything, and does not hear that its time is up.
type deafStore struct {
	ratelimit.Store
	take, settle, used time.Duration // how long each takes
}

func (s *deafStore) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	v, err := s.Store.Take(ctx, asks, taken)
	time.Sleep(s.take)
	return v, err
}

func (s *deafStore) Settle(ctx context.Context, settled []ratelimit.Settled) error {
	err := s.Store.Settle(ctx, settled)
	time.Sleep(s.settle)
	return err
}

func (s *deafStore) Used(ctx context.Context, buckets []ratelimit.Bucket, used []int64) error {
	err := s.Store.Used(ctx, buckets, used)
	time.Sleep(s.used)
	return err
}

// An answer that comes when its time is up is no answer: the store is away, so
// that one call has waited too long and the next ones do not.
func TestStoreLate(t *testing.T) {
	const late = 5 * time.Second
	for _, c := range []struct {
		name string
		slow deafStore
		away bool // the verdict says so
	}{
		{"taking", deafStore{take: late}, true},
		{"settling", deafStore{settle: late}, false},
		{"looking", deafStore{used: late}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.slow.Store = ratelimittest.NewSlow(ratelimittest.StoreOptions{})
				l := ratelimit.New(&ratelimit.Options{Store: &c.slow, StoreTimeout: 100 * time.Millisecond, WhenAway: ratelimit.Deny})
				var lease ratelimit.Lease
				v := ratelimit.Verdict{}
				if c.slow.used > 0 {
					v, _ = l.Peek(t.Context(), tokens(100, 80), nil)
				} else {
					v = l.Admit(t.Context(), tokens(100, 80), &lease)
				}
				if v.OK == c.away || v.Away != c.away {
					t.Errorf("answered %+v", v)
				}
				lease.Settle(10)
				if h := l.Health(); !h.Away || !errors.Is(h.Err, context.DeadlineExceeded) {
					t.Errorf("health is %+v", h)
				}
				begun := time.Now()
				if v := mustRefuse(t, l, tokens(100, 80), nil); !v.Away || time.Since(begun) != 0 {
					t.Errorf("the next call is answered %+v after %v", v, time.Since(begun))
				}
			})
		})
	}
}
