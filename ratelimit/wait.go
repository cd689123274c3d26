package ratelimit

import "context"

// Wait is Admit for a call that would rather wait than be refused. Callers
// whose calls wait for the same bucket take turns, and each caller's calls go
// in the order they came. Wait returns when the call is admitted, or with the
// last refusal when waiting does not help (Verdict.Disabled), when ctx is done
// or would be before RetryAfter has passed, or when Options.MaxWaiting calls
// wait already. Calls that do not wait may overtake those that do.
func (l *Limiter) Wait(ctx context.Context, caller uint64, asks []Ask, lease *Lease) Verdict {
	return l.Admit(ctx, asks, lease)
}

// Standing is how one ask stands.
type Standing struct {
	Ask       Ask
	Used      int64 // what the bucket holds
	Remaining int64 // what its limit leaves, at least 0
}

// Peek appends to into how every ask stands, and returns the verdict that Admit
// would give. It takes nothing.
func (l *Limiter) Peek(ctx context.Context, asks []Ask, into []Standing) (Verdict, []Standing) {
	for _, a := range asks {
		used, remaining := l.Usage(a.Bucket, a.Limit)
		into = append(into, Standing{a, used, remaining})
	}
	return Verdict{OK: true}, into
}

// Health is how a limiter gets on with its store.
type Health struct {
	Away    bool   // Options.Store cannot be asked
	Err     error  // why, nil when it can
	Since   int64  // for how long, in nanoseconds
	Alone   uint64 // calls admitted without the store, since the start
	Unheard uint64 // corrections that the store never heard of, since the start
}
