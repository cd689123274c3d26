package ratelimittest

import (
	"context"
	"sync"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// StoreOptions are what the laws want of a store.
type StoreOptions struct {
	// Now tells the store's time, which only moves forward. Default: the
	// process's clock.
	Now func() time.Time
}

// Slow is the slow and obvious [ratelimit.Store], a [Model] behind a mutex. One
// call of a method stands for one round trip, and Slow counts them. It never
// forgets anything, and may be used by many goroutines.
type Slow struct {
	now  func() time.Time
	base time.Time

	mu     sync.Mutex
	newest time.Duration // a clock that is set back stands still
	model  Model
	trips  int64
}

// NewSlow returns a store with nothing counted.
func NewSlow(opts StoreOptions) *Slow {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Slow{now: opts.Now, base: opts.Now()}
}

// Trips returns how many round trips there have been.
func (s *Slow) Trips() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trips
}

// Take is [ratelimit.Store]'s. The name of a slot is the moment in nanoseconds.
// Of several asks for one bucket the first is told what was taken, the others
// 0.
func (s *Slow) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.trip(ctx)
	if err != nil {
		return ratelimit.Verdict{}, err
	}
	v := s.judge(asks, false, now)
	if shadow := s.judge(asks, true, now); !shadow.OK {
		v.Shadow = &shadow
	}
	held, ok := s.model.Admit(asks, now)
	if !ok {
		return v, nil
	}
	left := held.entries
	for i, a := range asks {
		taken[i] = ratelimit.Taken{Bucket: a.Bucket, Slot: int64(now)}
		if len(left) > 0 && left[0].bucket == a.Bucket {
			taken[i].Amount = left[0].amount
			left = left[1:]
		}
	}
	return v, nil
}

// Settle is [ratelimit.Store]'s.
func (s *Slow) Settle(ctx context.Context, settled []ratelimit.Settled) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.trip(ctx)
	if err != nil {
		return err
	}
	for _, x := range settled {
		amount, used := max(x.Amount, 0), max(x.Used, 0)
		if used > amount {
			s.model.take(x.Bucket, used-amount, now)
		} else {
			s.giveBack(x.Taken, amount-used)
		}
	}
	return nil
}

// Used is [ratelimit.Store]'s.
func (s *Slow) Used(ctx context.Context, buckets []ratelimit.Bucket, used []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.trip(ctx)
	if err != nil {
		return err
	}
	for i, b := range buckets {
		used[i] = s.model.Used(b, now).Int64()
	}
	return nil
}

// trip counts a round trip and returns when it arrives.
func (s *Slow) trip(ctx context.Context) (time.Duration, error) {
	s.trips++
	s.newest = max(s.newest, s.now().Sub(s.base))
	return s.newest, ctx.Err()
}

// judge returns the verdict of asks in the shadow, or of those that are not.
func (s *Slow) judge(asks []ratelimit.Ask, shadow bool, now time.Duration) ratelimit.Verdict {
	wait := s.model.retryAfter(asks, shadow, now)
	if wait == 0 {
		return ratelimit.Verdict{OK: true}
	}
	v := ratelimit.Verdict{Disabled: wait < 0, RetryAfter: max(wait, 0)}
	for _, a := range asks {
		// The last to give way is the one that blocks.
		last := a.Limit > 0 && !s.model.fits(a, now+wait-1) && s.model.fits(a, now+wait)
		if a.Shadow == shadow && (v.Disabled && a.Limit <= 0 || !v.Disabled && last) {
			v.Blocked = a
			break
		}
	}
	return v
}

// giveBack takes n off what was taken, as far as it is still there.
func (s *Slow) giveBack(was ratelimit.Taken, n int64) {
	for _, e := range s.model.taken {
		if e.bucket == was.Bucket && int64(e.at) == was.Slot {
			part := min(n, e.amount)
			e.amount -= part
			n -= part
		}
	}
}
