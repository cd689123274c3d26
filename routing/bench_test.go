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

// A plan and one successful attempt allocate once.
func TestAllocations(t *testing.T) {
	r, c, ctx := routing.New(nil), three(), t.Context()
	if n := testing.AllocsPerRun(1000, func() {
		p := r.Plan(c, routing.Request{Draw: 42, Stream: true})
		r.Do(ctx, &p, succeed)
	}); n > 1 {
		t.Errorf("%v allocations", n)
	}

	idle := routing.New(&routing.Options{Timeouts: routing.Timeouts{Idle: time.Hour}})
	p := idle.Plan(c, routing.Request{Draw: 42, Stream: true})
	idle.Do(ctx, &p, func(_ context.Context, a *routing.Attempt) error {
		a.Commit()
		if n := testing.AllocsPerRun(1000, a.Progress); n > 0 {
			t.Errorf("%v allocations in Progress", n)
		}
		return nil
	})
}

func BenchmarkRoute(b *testing.B) {
	r, c, ctx := routing.New(nil), three(), context.Background()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		p := r.Plan(c, routing.Request{Draw: i, Stream: true})
		if _, err := r.Do(ctx, &p, succeed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRouteParallel(b *testing.B) {
	r, c, ctx := routing.New(nil), three(), context.Background()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := uint64(0); pb.Next(); i++ {
			p := r.Plan(c, routing.Request{Draw: i, Stream: true})
			r.Do(ctx, &p, succeed)
		}
	})
}

func BenchmarkRouteTimeouts(b *testing.B) {
	r := routing.New(&routing.Options{Timeouts: routing.Timeouts{
		FirstToken: time.Hour, Idle: time.Hour, Attempt: time.Hour, Total: time.Hour,
	}})
	c, ctx := three(), context.Background()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		p := r.Plan(c, routing.Request{Draw: i, Stream: true})
		if _, err := r.Do(ctx, &p, succeed); err != nil {
			b.Fatal(err)
		}
	}
}

// The first destination fails each time. Cooling is off, or it would be skipped
// after five.
func BenchmarkRouteFallback(b *testing.B) {
	off := time.Duration(0)
	r, c, ctx := routing.New(&routing.Options{Cooldown: &off}), three(), context.Background()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		p := r.Plan(c, routing.Request{Draw: i, Stream: true})
		if _, err := r.Do(ctx, &p, firstFails); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProgress(b *testing.B) {
	r := routing.New(&routing.Options{Timeouts: routing.Timeouts{Idle: time.Hour}})
	p := r.Plan(three(), routing.Request{Stream: true})
	r.Do(context.Background(), &p, func(_ context.Context, a *routing.Attempt) error {
		a.Commit()
		b.ReportAllocs()
		for b.Loop() {
			a.Progress()
		}
		return nil
	})
}
