package routing

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// A RetryBudget bounds how many retries of the same destination all requests of
// a Router make together: over any run, at most Reserve plus Percent of the
// requests. What is saved up never exceeds Reserve plus the earnings of 100
// requests. Attempts at a next destination are free (ruling R29).
type RetryBudget struct {
	// Percent is the number of retries that 100 requests earn. 0 or less:
	// none.
	Percent int

	// Reserve is the number of retries available at the start. 0 or less:
	// none.
	Reserve int
}

// retryRule decides about retries of the same destination. Its balance is
// counted in hundredths of a retry.
type retryRule struct {
	retries   int
	uncertain bool
	wait      time.Duration
	maxWait   time.Duration

	percent int64
	most    int64
	balance *atomic.Int64
}

func newRetryRule(o *Options) retryRule {
	rule := retryRule{wait: o.retryWait(), maxWait: o.maxRetryWait(), balance: new(atomic.Int64)}
	budget := RetryBudget{Percent: 20, Reserve: 10}
	if o != nil {
		rule.retries, rule.uncertain = max(o.RetriesPerDestination, 0), o.RetryUncertain
		if o.RetryBudget != nil {
			budget = *o.RetryBudget
		}
	}
	const tooMany = math.MaxInt32 // keeps the products below in range
	rule.percent = int64(min(max(budget.Percent, 0), tooMany))
	reserve := int64(min(max(budget.Reserve, 0), tooMany)) * 100
	rule.most = reserve + rule.percent*100
	rule.balance.Store(reserve)
	return rule
}

// earn adds what one request earns. Where nothing is ever retried nobody
// touches the shared counter.
func (r *retryRule) earn() {
	if r.retries == 0 || r.percent == 0 {
		return
	}
	for {
		have := r.balance.Load()
		sum := min(have+r.percent, r.most)
		if sum == have || r.balance.CompareAndSwap(have, sum) {
			return
		}
	}
}

// spend takes one retry from the balance, if it is there.
func (r *retryRule) spend() bool {
	for {
		have := r.balance.Load()
		if have < 100 {
			return false
		}
		if r.balance.CompareAndSwap(have, have-100) {
			return true
		}
	}
}

// allows reports whether f may be followed by the same destination at all.
func (r *retryRule) allows(f *Failure) bool {
	return r.retries > 0 && f.Cause.Row().RetryHere && (f.Class != ClassUncertain || r.uncertain)
}

// waits returns the waits before the retries of one destination; after the last
// one it says backoff.Stop. It is for one request.
func (r *retryRule) waits(draw uint64) *waits {
	grow := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(min(r.wait, r.maxWait)),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(r.maxWait),
		backoff.WithMaxElapsedTime(0), // contexts and limits bound the time
		backoff.WithRandomizationFactor(0),
	)
	return &waits{BackOff: backoff.WithMaxRetries(grow, uint64(r.retries)), most: r.maxWait, draw: draw}
}

// waits varies a BackOff by the draw, so that a wait can be replayed as a plan
// can, and honours the provider's Retry-After.
type waits struct {
	backoff.BackOff
	retryAfter time.Duration // of the latest failure
	most       time.Duration
	draw       uint64
}

// NextBackOff implements backoff.BackOff.
func (w *waits) NextBackOff() time.Duration {
	d := w.BackOff.NextBackOff()
	if d == backoff.Stop || w.retryAfter > w.most {
		return backoff.Stop
	}
	// One step of a linear congruential generator (Knuth, MMIX); the high bits
	// are the good ones.
	w.draw = w.draw*6364136223846793005 + 1442695040888963407
	half := d / 2
	d -= time.Duration(float64(half) * (float64(w.draw>>11) / (1 << 53)))
	return max(d, w.retryAfter)
}

// pause waits, or returns early with the caller's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
