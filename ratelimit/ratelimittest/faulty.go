package ratelimittest

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// Fault is what goes wrong with one call of a store.
type Fault uint8

const (
	// NoFault lets the call through.
	NoFault Fault = iota
	// FailBefore fails the call; the store never hears of it.
	FailBefore
	// FailAfter has the store do what it is told, and loses the answer.
	FailAfter
	// HangBefore waits until the context ends; the store never hears of it.
	HangBefore
	// HangAfter has the store do what it is told, and then waits until the
	// context ends.
	HangAfter
	// Late lets the call through after [Faulty].Delay, unless the context ends
	// before that.
	Late
	// Panic panics; the store never hears of the call.
	Panic
	// Nonsense has the store do what it is told, and answers with numbers that
	// no store may answer with.
	Nonsense
)

// faults are all that can go wrong.
var faults = [...]Fault{FailBefore, FailAfter, HangBefore, HangAfter, Late, Panic, Nonsense}

// String returns the name of f.
func (f Fault) String() string {
	names := [...]string{"no fault", "fail before", "fail after", "hang before", "hang after", "late", "panic", "nonsense"}
	if int(f) < len(names) {
		return names[f]
	}
	return "unknown fault"
}

// ErrFaulty is the error of calls that fail.
var ErrFaulty = errors.New("ratelimittest: the script says so")

// Faulty is a store of which some calls go wrong, as a script says. It may be
// used by many goroutines, if the script may.
type Faulty struct {
	// Store is what lies behind. Required.
	Store ratelimit.Store

	// Script says what goes wrong with a call, the first being call 1. The
	// methods are counted together. Default: nothing.
	Script func(call int64) Fault

	// Delay is how late a call is that is [Late]. Default: 0.
	Delay time.Duration

	calls atomic.Int64
}

// Calls returns how many calls there have been.
func (f *Faulty) Calls() int64 { return f.calls.Load() }

// Take is [ratelimit.Store]'s.
func (f *Faulty) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (v ratelimit.Verdict, err error) {
	fault, err := f.do(ctx, func() error {
		v, err = f.Store.Take(ctx, asks, taken)
		return err
	})
	if err != nil {
		return ratelimit.Verdict{}, err
	}
	if fault == Nonsense {
		for i := range taken {
			taken[i] = ratelimit.Taken{Slot: math.MinInt64, Amount: math.MinInt64}
		}
		v = ratelimit.Verdict{OK: true, Full: true, Disabled: true, RetryAfter: math.MinInt64}
	}
	return v, nil
}

// Settle is [ratelimit.Store]'s.
func (f *Faulty) Settle(ctx context.Context, settled []ratelimit.Settled) error {
	_, err := f.do(ctx, func() error { return f.Store.Settle(ctx, settled) })
	return err
}

// Used is [ratelimit.Store]'s.
func (f *Faulty) Used(ctx context.Context, buckets []ratelimit.Bucket, used []int64) error {
	fault, err := f.do(ctx, func() error { return f.Store.Used(ctx, buckets, used) })
	if fault == Nonsense {
		for i := range used {
			used[i] = math.MinInt64
		}
	}
	return err
}

// do makes one call go wrong, or not, and returns what went wrong.
func (f *Faulty) do(ctx context.Context, call func() error) (Fault, error) {
	n := f.calls.Add(1)
	fault := NoFault
	if f.Script != nil {
		fault = f.Script(n)
	}
	switch fault {
	case FailBefore:
		return fault, ErrFaulty
	case FailAfter:
		return fault, errors.Join(ErrFaulty, call())
	case HangBefore:
		<-ctx.Done()
		return fault, ctx.Err()
	case HangAfter:
		err := call()
		<-ctx.Done()
		return fault, errors.Join(ctx.Err(), err)
	case Late:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return fault, ctx.Err()
		}
	case Panic:
		panic(ErrFaulty)
	}
	return fault, call()
}
