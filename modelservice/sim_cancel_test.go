package modelservice_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// Ten thousand callers hang up at random moments, a hundred at a time, while
// slow but healthy destinations answer: nobody's health changes, and nothing
// stays behind, neither goroutines nor leases nor open attempts (I8, I10, I17;
// failures.md 1.10, 1.11).
func TestManyHangUps(t *testing.T) {
	const rounds, callers = 100, 100
	before := runtime.NumGoroutine()
	cancelled := 0
	t.Run("storm", func(t *testing.T) {
		w := newSimWorld(t)
		service := w.services[0]
		for _, s := range w.services {
			if s.Service == nil && s.User == nil && len(s.Weights) > 2 && s.Fallbacks > 1 {
				service = s
			}
		}
		synctest.Test(t, func(t *testing.T) {
			// Some answer at once, some drip for nine seconds, some stall for as
			// long as anybody waits; callers are gone before a limit is met.
			script, r := routingtest.Schedule{}, rand.New(rand.NewPCG(7, 7))
			for i := range service.models() {
				for range 97 {
					reply := routingtest.Reply{Wait: routingtest.Duration(r.IntN(3)) * routingtest.Duration(time.Second)}
					switch r.IntN(4) {
					case 0:
						reply.Piece, reply.Every = 100, routingtest.Duration(r.IntN(900))*routingtest.Duration(time.Millisecond)
					case 1:
						reply.Shape = routingtest.HeaderStall
					case 2:
						reply.Shape = routingtest.StallBeforeContent
					}
					script[simModel(i)] = append(script[simModel(i)], reply)
				}
				// The last one repeats.
				script[simModel(i)] = append(script[simModel(i)], routingtest.Reply{Shape: routingtest.StallAfterContent, Wait: routingtest.Duration(time.Second)})
			}
			player, err := routingtest.NewPlayer(script)
			if err != nil {
				t.Fatal(err)
			}
			router, limiter := routing.New(&routing.Options{Timeouts: routing.Timeouts{FirstToken: time.Hour, Idle: time.Hour, Attempt: time.Hour, Total: time.Hour}}), ratelimit.New(nil)
			gateway, err := modelservice.NewGateway(modelservice.Config{Metastore: w.metastore, Router: router, Limiter: limiter, Backend: simBackend{player}})
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			for range rounds {
				var wg sync.WaitGroup
				for i := range callers {
					c := simCall{Who: "bob", API: w.apis[i%len(w.apis)], Stream: i%2 == 0, HangUp: routingtest.Duration(r.Int64N(int64(10 * time.Second)))}
					wg.Go(func() {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						defer time.AfterFunc(time.Duration(c.HangUp), cancel).Stop()
						start := time.Now()
						out := &recorder{}
						res := gateway.Serve(ctx, &modelservice.Call{
							Caller: w.who["bob"], API: modelservice.API(c.API), Body: []byte(simBody(c, "main.default."+service.Name, i)),
						}, out)
						mu.Lock()
						defer mu.Unlock()
						switch res.Outcome {
						case inferencelog.OutcomeCancelled:
							cancelled++
						case inferencelog.OutcomeOK:
						default:
							t.Errorf("%s %d after %s of %s: %v", res.Outcome, res.Status, time.Since(start), time.Duration(c.HangUp), res.Err)
						}
						if late := time.Since(start) - time.Duration(c.HangUp); late > 0 {
							t.Errorf("returned %s late", late)
						}
					})
				}
				wg.Wait()
			}
			if health := router.Snapshot(); len(health) != 0 {
				t.Errorf("hang-ups are held against %+v", health)
			}
			if n := player.Open(); n != 0 {
				t.Errorf("%d attempts are open", n)
			}
			time.Sleep(3 * time.Hour)
			limiter.Sweep()
			if n := limiter.Len(); n != 0 {
				t.Errorf("%d buckets are held by leases", n)
			}
		})
		if stats := w.log.Stats(); stats.Accepted+stats.Lost < 2*rounds*callers {
			t.Errorf("%d calls, in the log %+v (I24)", rounds*callers, stats)
		}
	})
	if cancelled < rounds*callers/2 {
		t.Errorf("only %d of %d were cancelled", cancelled, rounds*callers)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before, n, stacks[:runtime.Stack(stacks, true)])
	}
}
