package modelservice_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// store is a shared store that always says the same.
type store struct {
	verdict ratelimit.Verdict
	err     error
}

func (s store) Take(_ context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	for i := range taken {
		taken[i] = ratelimit.Taken{Bucket: asks[i].Bucket, Amount: asks[i].Amount}
	}
	return s.verdict, s.err
}
func (s store) Settle(context.Context, []ratelimit.Settled) error       { return s.err }
func (s store) Used(context.Context, []ratelimit.Bucket, []int64) error { return s.err }

// Refusals that are no limit's fault say so, and when to try again (I21, I22).
func TestLimitsAreOutOfReach(t *testing.T) {
	down := store{err: errors.New("the store is down")}
	for _, tt := range []struct {
		name   string
		limits *ratelimit.Options
		status int
		code   modelservice.Code
		words  string
	}{
		{"there", &ratelimit.Options{StoreTimeout: time.Minute, Store: store{verdict: ratelimit.Verdict{OK: true}}}, 200, "", ""},
		{"down, bounded", &ratelimit.Options{StoreTimeout: time.Minute, Store: down}, 200, "", ""},
		{"down, deny", &ratelimit.Options{StoreTimeout: time.Minute, Store: down, WhenAway: ratelimit.Deny}, 503, modelservice.CodeUnavailable, "The rate limits cannot be checked"},
		{"speechless", &ratelimit.Options{StoreTimeout: time.Minute, Store: store{}}, 429, modelservice.CodeRequestLimitExceeded, "exceeded for 'main.default.chat'"},
		{"no room for another tag", &ratelimit.Options{MaxTagBuckets: 1}, 429, modelservice.CodeResourceExhausted, "Too many rate limits are in use"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, &setup{limits: tt.limits})
			spec := to("one")
			spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 50, -1), tagged("team", "", 50)}
			w.service(spec)
			if tt.limits.MaxTagBuckets > 0 {
				w.tagged("bob", "team=first")
			}
			sent := len(w.backend.seen())
			out := &recorder{}
			res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask()), Tags: tags("team=x")}, out)
			if res.Status != tt.status {
				t.Fatalf("%d, %v", res.Status, res.Err)
			}
			if tt.status == 200 {
				return
			}
			w.refused(res.Err, tt.code, tt.words)
			if after := out.header.Get("Retry-After"); after < "1" || strings.ContainsAny(after, "-.") {
				t.Errorf("Retry-After is %q", after)
			}
			if res.Outcome != inferencelog.OutcomeRefused || len(w.backend.seen()) != sent {
				t.Errorf("%s after %d attempts", res.Outcome, len(w.backend.seen())-sent)
			}
		})
	}
}
