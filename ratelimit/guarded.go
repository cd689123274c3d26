package ratelimit

import (
	"context"
	"fmt"
	"time"
)

// guarded calls a store: never for longer than its timeout, whatever the caller
// of the limiter does meanwhile, and a panic is an error.
type guarded struct {
	store   Store
	timeout time.Duration
}

func (g guarded) take(ctx context.Context, asks []Ask, taken []Taken) (v Verdict, err error) {
	defer survive(&err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.timeout)
	defer cancel()
	return g.store.Take(ctx, asks, taken)
}

func (g guarded) settle(settled []Settled) (err error) {
	defer survive(&err)
	ctx, cancel := context.WithTimeout(context.Background(), g.timeout)
	defer cancel()
	return g.store.Settle(ctx, settled)
}

func (g guarded) used(ctx context.Context, buckets []Bucket, used []int64) (err error) {
	defer survive(&err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.timeout)
	defer cancel()
	return g.store.Used(ctx, buckets, used)
}

// survive makes an error of a panic.
func survive(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("ratelimit: the store panicked: %v", p)
	}
}
