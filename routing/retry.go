package routing

import (
	"context"
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

// retryRule decides about retries of the same destination.
type retryRule struct {
	retries   int
	uncertain bool
	wait      time.Duration
	maxWait   time.Duration
	budget    budget
}

func newRetryRule(o *Options) retryRule {
	rule := retryRule{wait: o.retryWait(), maxWait: o.maxRetryWait()}
	given := RetryBudget{Percent: 20, Reserve: 10}
	if o != nil {
		rule.retries, rule.uncertain = max(o.RetriesPerDestination, 0), o.RetryUncertain
		if o.RetryBudget != nil {
			given = *o.RetryBudget
		}
	}
	rule.budget = newBudget(given.Percent, given.Reserve)
	return rule
}

// mayRetry reports whether f may be followed by the same destination at all.
func (r *Router) mayRetry(f *Failure) bool {
	if r.retry.retries == 0 || f.Class == ClassUncertain && !r.retry.uncertain {
		return false
	}
	return r.row(f.Cause).RetryHere
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

// mayWait reports whether a retry after wait makes sense, and pays for it.
func (r *Router) mayWait(ctx context.Context, wait time.Duration, key uint64, now moment, ph *phases) bool {
	if wait == backoff.Stop || !r.leavesTime(ctx, wait, now, ph) {
		return false
	}
	if k := r.marks.find(key); k != nil {
		if end, cools := r.marks.cools(k, now.clock); cools && end > later(now.clock, wait) {
			return false // it would still be cooling
		}
	}
	return r.retry.budget.spend()
}

// leavesTime reports whether wait ends before the total limit and the caller's
// deadline do.
func (r *Router) leavesTime(ctx context.Context, wait time.Duration, now moment, ph *phases) bool {
	if left, ok := ph.left(now.real); ok && wait >= left {
		return false
	}
	end, ok := ctx.Deadline()
	return !ok || wait < end.Sub(r.started.Add(now.real))
}
