package modelservice_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// waiting is a world in which calls wait for room, with one request a minute.
func waiting(t *testing.T, patience time.Duration, limits ...modelservice.RateLimit) *world {
	w := newWorld(t, &setup{patience: patience})
	spec := to("one")
	spec.RateLimits = append(wide(), limits...)
	w.service(spec)
	return w
}

// A call waits for its turn and is answered, or is refused as soon as it is
// certain that waiting is not enough.
func TestWaitForLimits(t *testing.T) {
	one := perMinute(ratelimit.KeyUserDefault, "", 1, -1)
	for _, tt := range []struct {
		name     string
		patience time.Duration
		limit    modelservice.RateLimit
		status   int
		took     time.Duration
	}{
		{"long enough", 2 * time.Minute, one, 200, 61 * time.Second},
		{"too short", 30 * time.Second, one, 429, 0},
		{"not at all", 0, one, 429, 0},
		{"less than not", -time.Second, one, 429, 0},
		{"in vain", time.Hour, perMinute(ratelimit.KeyUser, "bob", 0, -1), 403, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := waiting(t, tt.patience, tt.limit)
				w.calls(1)
				start := time.Now()
				out := &recorder{}
				res := w.serve(t.Context(), "bob", ask(), out)
				if took := time.Since(start); res.Status != tt.status || took != tt.took {
					t.Errorf("%d after %v, want %d after %v", res.Status, took, tt.status, tt.took)
				}
				w.settled()
			})
		})
	}
}

// Who hangs up while waiting has been refused: he has used nothing, and his row
// says so.
func TestHangUpWhileWaiting(t *testing.T) {
	for _, ending := range []string{"cancel", "deadline", "told"} {
		t.Run(ending, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := waiting(t, 5*time.Minute, perMinute(ratelimit.KeyUserDefault, "", 1, -1))
				w.calls(1)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var cause error
				status := modelservice.StatusCancelled
				switch ending {
				case "deadline":
					// Shorter than what it takes to get in: refused at once.
					var stop context.CancelFunc
					ctx, stop = context.WithTimeout(ctx, 10*time.Second)
					defer stop()
					status = 429
				case "told":
					cause = &modelservice.Error{Code: modelservice.CodeUnavailable, Message: "The server is going down."}
					status = 503
				}
				time.AfterFunc(10*time.Second, func() { cancel(cause) })
				start, before := time.Now(), w.used(ratelimit.KeyService, "", ratelimit.Requests)
				out := &recorder{}
				res := w.serve(ctx, "bob", ask(), out)
				if took := time.Since(start); res.Status != status || res.Outcome != inferencelog.OutcomeRefused || took > 10*time.Second || len(res.Steps) != 0 {
					t.Errorf("%d %s after %v and %d attempts", res.Status, res.Outcome, took, len(res.Steps))
				}
				if n := w.used(ratelimit.KeyService, "", ratelimit.Requests); n != before || len(w.backend.seen()) != 1 {
					t.Errorf("%d requests are counted, %d attempts", n, len(w.backend.seen()))
				}
				if rows := w.rows(); len(rows) != 2 || rows[1].Outcome != inferencelog.OutcomeRefused || rows[1].StatusCode != status || rows[1].UsageSource != "" {
					t.Errorf("rows %+v", rows)
				}
				w.settled()
			})
		})
	}
}

// Callers take turns: one who has asked many times does not keep another
// waiting for more than one of his.
func TestWaitingIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := waiting(t, time.Hour, perMinute(ratelimit.KeyService, "", 1, -1))
		w.calls(1)
		var all sync.WaitGroup
		var mu sync.Mutex
		var order string
		call := func(who string) {
			all.Go(func() {
				if res := w.gw.Serve(w.ctx(), &modelservice.Call{Caller: w.who[who], Body: []byte(ask())}, &recorder{}); res.Status == 200 {
					mu.Lock()
					defer mu.Unlock()
					order += who[:1]
				}
			})
			synctest.Wait()
		}
		for range 6 {
			call("bob")
		}
		call("alice")
		call("alice")
		all.Wait()
		if order != "babab"+"bbb" {
			t.Errorf("served %s", order)
		}
		w.settled()
	})
}
