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
	ctx, cancel := g.within(ctx)
	defer cancel()
	v, err = g.store.Take(ctx, asks, taken)
	return v, inTime(ctx, err)
}

func (g guarded) settle(settled []Settled) (err error) {
	defer survive(&err)
	ctx, cancel := g.within(context.Background())
	defer cancel()
	return inTime(ctx, g.store.Settle(ctx, settled))
}

func (g guarded) used(ctx context.Context, buckets []Bucket, used []int64) (err error) {
	defer survive(&err)
	ctx, cancel := g.within(ctx)
	defer cancel()
	return inTime(ctx, g.store.Used(ctx, buckets, used))
}

// within returns a context with the values of ctx, which may be nil, that ends
// when the store's time is up and not before.
func (g guarded) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	return context.WithTimeout(context.WithoutCancel(ctx), g.timeout)
}

// inTime returns err, or that of ctx: an answer that came too late has kept a
// caller waiting, and the next one may come later still.
func inTime(ctx context.Context, err error) error {
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// survive makes an error of a panic.
func survive(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("ratelimit: the store panicked: %v", p)
	}
}
