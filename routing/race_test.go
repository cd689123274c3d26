package routing_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

// Any two attempts beside each other: content from one at most, never more than
// two at once, Do outlives both, each destination once, steps in order (I1 to
// I4, I10).
func TestAnyHedge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		script := make(outcomes)
		for _, d := range slices.Concat(c.Destinations, c.Fallbacks) {
			o := anyOutcome().Draw(t, d.Name)
			o.Wait = time.Duration(rapid.IntRange(0, 4).Draw(t, d.Name+" waits")) * second
			script[d.Name] = []routingtest.Outcome{o}
		}
		opts := &routing.Options{
			Hedge:       &routing.Hedge{After: time.Duration(rapid.IntRange(1, 3).Draw(t, "after")) * second, Reserve: 1},
			MaxAttempts: rapid.SampledFrom([]int{0, 0, 2, 3}).Draw(t, "max attempts"),
			Timeouts:    routing.Timeouts{Attempt: 20 * second, Total: 50 * second},
		}
		draw, stream := rapid.Uint64().Draw(t, "draw"), rapid.Bool().Draw(t, "stream")
		hangUp := time.Duration(rapid.IntRange(0, 8).Draw(t, "hang up")) * second
		rapid.SyncTest(t, func(t *rapid.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if hangUp > 0 {
				time.AfterFunc(hangUp, cancel)
			}
			r := routing.New(opts)
			p := r.Plan(c, routing.Request{Draw: draw, Stream: stream})
			s := routingtest.NewScript(script)
			var running, commits atomic.Int32
			var mu sync.Mutex
			asked := make(map[string]int)
			steps, err := r.Do(ctx, &p, func(ctx context.Context, a *routing.Attempt) error {
				if running.Add(1) > 2 {
					t.Errorf("more than two at once")
				}
				defer running.Add(-1)
				mu.Lock()
				asked[a.Destination.Name]++
				mu.Unlock()
				defer func() {
					if a.Committed() {
						commits.Add(1)
					}
				}()
				return s.Try(ctx, a)
			})
			if running.Load() != 0 {
				t.Fatal("Do returned before try")
			}
			if commits.Load() > 1 {
				t.Fatalf("%d attempts committed", commits.Load())
			}
			hedges, successes, committed := 0, 0, int32(0)
			for i, step := range steps {
				if step.Index != i || asked[step.Destination] != 1 {
					t.Fatalf("step %d is %+v, asked %d times", i, step, asked[step.Destination])
				}
				if step.Action == routing.HedgeAttempt {
					hedges++
					if i != 1 {
						t.Fatalf("a hedge as step %d", i)
					}
				}
				if step.Committed {
					committed++
				}
				if step.Err == nil {
					successes++
				}
			}
			if len(asked) != len(steps) || hedges > 1 || committed != commits.Load() {
				t.Fatalf("%d steps for %d attempts, %d hedges, %d of %d committed", len(steps), len(asked), hedges, committed, commits.Load())
			}
			if opts.MaxAttempts > 0 && len(steps) > opts.MaxAttempts {
				t.Fatalf("%d attempts of %d", len(steps), opts.MaxAttempts)
			}
			if (err == nil) != (successes == 1) || successes > 1 {
				t.Fatalf("%v, %d successes: %q", err, successes, brief(steps))
			}
		})
	})
}

// A Try that ends its goroutine leaves nothing behind either, and nobody waits
// for it: the other attempt is told at once.
func TestHedgeGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, action := range []string{routing.InitialAttempt, routing.HedgeAttempt} {
			r := routing.New(&routing.Options{Hedge: willing()})
			p := r.Plan(three(), routing.Request{})
			var err error
			returned := false
			done := make(chan struct{})
			began, want := time.Now(), 3*second
			if action == routing.HedgeAttempt {
				want += second // it began a second later
			}
			var running atomic.Int32
			go func() {
				defer close(done)
				defer func() {
					if n := running.Load(); n != 0 {
						t.Errorf("%s: %d still running", action, n)
					}
				}()
				_, err = r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
					running.Add(1)
					defer running.Add(-1)
					if a.Action == action {
						time.Sleep(2 * second)
						runtime.Goexit()
					}
					<-ctx.Done()
					time.Sleep(second) // tidying up
					return ctx.Err()
				})
				returned = true
			}()
			<-done
			if took := time.Since(began); took != want {
				t.Errorf("%s: over after %v, want %v", action, took, want)
			}
			var panicked *routing.PanicError
			if hedge := action == routing.HedgeAttempt; returned != hedge || hedge && !errors.As(err, &panicked) {
				t.Errorf("%s: returned %t, %v", action, returned, err)
			}
		}
	})
}
