package routing_test

import (
	"context"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
)

func succeed(context.Context, *routing.Attempt) error { return nil }

var busy = &routing.Failure{Cause: routing.CauseServerError, Status: 503, Class: routing.ClassRefused}

func firstFails(_ context.Context, a *routing.Attempt) error {
	if a.Index == 0 {
		return busy
	}
	return nil
}

func twoFail(_ context.Context, a *routing.Attempt) error {
	if a.Index < 2 {
		return busy
	}
	return nil
}

// asks looks whether the caller is still there, as a network client does.
func asks(ctx context.Context, _ *routing.Attempt) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

// A plan and one successful attempt, under all limits, allocate once.
func TestAllocations(t *testing.T) {
	r, c, ctx := routing.New(nil), three(), t.Context()
	if n := testing.AllocsPerRun(1000, func() {
		p := r.Plan(c, routing.Request{Draw: 42, Stream: true})
		r.Do(ctx, &p, succeed)
	}); n > 1 {
		t.Errorf("%v allocations", n)
	}

	// With the end of the context asked for: its channel, the timer, and the
	// place among the children of the caller's.
	if n := testing.AllocsPerRun(1000, func() {
		p := r.Plan(c, routing.Request{Draw: 42, Stream: true})
		r.Do(ctx, &p, asks)
	}); n > 7 {
		t.Errorf("%v allocations with Done asked for", n)
	}

	p := r.Plan(c, routing.Request{Draw: 42, Stream: true})
	r.Do(ctx, &p, func(_ context.Context, a *routing.Attempt) error {
		if n := testing.AllocsPerRun(1, func() { a.Commit() }); n > 0 {
			t.Errorf("%v allocations in Commit", n)
		}
		if n := testing.AllocsPerRun(1000, func() { a.Progress(); a.Hold() }); n > 0 {
			t.Errorf("%v allocations in Progress and Hold", n)
		}
		return nil
	})
}

func route(b *testing.B, opts *routing.Options, try routing.Try) {
	r, c, ctx := routing.New(opts), three(), b.Context()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		p := r.Plan(c, routing.Request{Draw: i, Stream: true})
		if _, err := r.Do(ctx, &p, try); err != nil {
			b.Fatal(err)
		}
	}
}

var noCooldown = time.Duration(0)

// The usual request: one attempt, under the limits that hold by default.
func BenchmarkRoute(b *testing.B) { route(b, nil, succeed) }

// Do alone, with a plan that was made before.
func BenchmarkDo(b *testing.B) {
	r, ctx := routing.New(nil), b.Context()
	p := r.Plan(three(), routing.Request{Stream: true})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Do(ctx, &p, succeed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRouteNoTimeouts(b *testing.B) {
	route(b, &routing.Options{Timeouts: noLimits}, succeed)
}

func BenchmarkRouteDoneAsked(b *testing.B) { route(b, nil, asks) }

// Percentiles are kept and a timer is set, but nothing is slow.
func BenchmarkRouteHedge(b *testing.B) {
	route(b, &routing.Options{Hedge: &routing.Hedge{After: time.Hour}}, succeed)
}

// The first destinations fail each time. Cooling is off, or they would be
// skipped after five.
func BenchmarkRouteFallback(b *testing.B) {
	route(b, &routing.Options{Cooldown: &noCooldown}, firstFails)
}

func BenchmarkRouteTwoFallbacks(b *testing.B) {
	route(b, &routing.Options{Cooldown: &noCooldown}, twoFail)
}

func BenchmarkRouteParallel(b *testing.B) {
	r, c, ctx := routing.New(nil), three(), b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := uint64(0); pb.Next(); i++ {
			p := r.Plan(c, routing.Request{Draw: i, Stream: true})
			r.Do(ctx, &p, succeed)
		}
	})
}

func BenchmarkProgress(b *testing.B) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{Stream: true})
	r.Do(b.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
		a.Commit()
		b.ReportAllocs()
		for b.Loop() {
			a.Progress()
		}
		return nil
	})
}
