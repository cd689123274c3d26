package routing_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

func TestRetries(t *testing.T) {
	busy := routingtest.Outcome{Status: 503}
	for _, tt := range []struct {
		name   string
		opts   routing.Options
		script outcomes
		asked  []string
		least  time.Duration // time taken
		most   time.Duration
	}{
		{"off by default", routing.Options{}, outcomes{"a": {busy, {}}}, []string{"a", "b"}, 0, 0},
		{"one", routing.Options{RetriesPerDestination: 1}, outcomes{"a": {busy, {}}}, []string{"a", "a"}, 100 * time.Millisecond, 200 * time.Millisecond},
		{"then the next", routing.Options{RetriesPerDestination: 2}, outcomes{"a": {busy}}, []string{"a", "a", "a", "b"}, 300 * time.Millisecond, 600 * time.Millisecond},
		{"uncertain is not retried", routing.Options{RetriesPerDestination: 2}, outcomes{"a": {{Reset: true}}}, []string{"a", "b"}, 0, 0},
		{"unless allowed", routing.Options{RetriesPerDestination: 1, RetryUncertain: true}, outcomes{"a": {{Reset: true}}}, []string{"a", "a", "b"}, 100 * time.Millisecond, 200 * time.Millisecond},
		{"our key is wrong again", routing.Options{RetriesPerDestination: 2}, outcomes{"a": {{Status: 401}}}, []string{"a", "b"}, 0, 0},
		{"the caller is wrong again", routing.Options{RetriesPerDestination: 2}, outcomes{"a": {{Status: 400}}}, []string{"a"}, 0, 0},
		{"Retry-After is obeyed", routing.Options{RetriesPerDestination: 1}, outcomes{"a": {{Status: 429, RetryAfter: 3 * time.Second}, {}}}, []string{"a", "a"}, 3 * time.Second, 3 * time.Second},
		{"too long a Retry-After", routing.Options{RetriesPerDestination: 1}, outcomes{"a": {{Status: 429, RetryAfter: 6 * time.Second}, {}}}, []string{"a", "b"}, 0, 0},
		{"no time left", routing.Options{RetriesPerDestination: 1, Timeouts: routing.Timeouts{Total: 2 * time.Second}}, outcomes{"a": {{Status: 429, RetryAfter: 3 * time.Second}, {}}}, []string{"a", "b"}, 0, 0},
		{"no time left after it", routing.Options{RetriesPerDestination: 1, Timeouts: routing.Timeouts{Total: 3 * time.Second}}, outcomes{"a": {{Status: 429, RetryAfter: 3 * time.Second}, {}}}, []string{"a", "b"}, 0, 0},
		{"cooling", routing.Options{RetriesPerDestination: 1, FailureThreshold: 1}, outcomes{"a": {busy}}, []string{"a", "b"}, 0, 0},
		{"no budget", routing.Options{RetriesPerDestination: 1, RetryBudget: &routing.RetryBudget{}}, outcomes{"a": {busy}}, []string{"a", "b"}, 0, 0},
		{"waits are capped", routing.Options{RetriesPerDestination: 4, RetryWait: time.Hour, MaxRetryWait: time.Second}, outcomes{"a": {{Refuse: true}, {Refuse: true}, {Refuse: true}, {Refuse: true}, {}}}, []string{"a", "a", "a", "a", "a"}, 2 * time.Second, 4 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := routing.New(&tt.opts)
				p := r.Plan(three(), routing.Request{Draw: 12345})
				script := routingtest.NewScript(tt.script)
				start := time.Now()
				r.Do(t.Context(), &p, script.Try)
				if got := script.Names(); !slices.Equal(got, tt.asked) {
					t.Fatalf("asked %v, want %v", got, tt.asked)
				}
				if took := time.Since(start); took < tt.least || took > tt.most {
					t.Fatalf("took %v, want %v to %v", took, tt.least, tt.most)
				}
			})
		})
	}
}

// While everything fails, retries stay within the budget; moving on is free
// (I1, ruling R29).
func TestRetryBudgetStopsStorms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := time.Duration(0)
		r := routing.New(&routing.Options{
			RetriesPerDestination: 3, Cooldown: &off,
			RetryBudget: &routing.RetryBudget{Percent: 30, Reserve: 5},
		})
		script := routingtest.NewScript(outcomes{"a": {{Status: 503}}, "b": {{Status: 503}}, "c": {{Status: 503}}})
		const requests = 1000
		for i := range uint64(requests) {
			p := r.Plan(three(), routing.Request{Draw: i})
			r.Do(t.Context(), &p, script.Try)
		}
		count := make(map[string]int)
		for _, c := range script.Calls() {
			count[c.Action]++
		}
		if count[routing.InitialAttempt] != requests || count[routing.Fallback] != 2*requests {
			t.Errorf("%v, want %d first attempts and twice as many fallbacks", count, requests)
		}
		if got, want := count[routing.Retry], 5+requests*30/100; got != want {
			t.Errorf("%d retries, want %d", got, want)
		}
	})
}

// The same draw waits the same time.
func TestWaitsReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		for _, draw := range []uint64{7, 7, 8} {
			r := routing.New(&routing.Options{RetriesPerDestination: 3})
			p := r.Plan(three(), routing.Request{Draw: draw})
			start := time.Now()
			r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Status: 503}}}).Try)
			took = append(took, time.Since(start))
		}
		if took[0] != took[1] || took[0] == took[2] {
			t.Fatalf("waits of draws 7, 7, 8: %v", took)
		}
	})
}

func TestHangUpWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{RetriesPerDestination: 1})
		p := r.Plan(three(), routing.Request{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		steps, err := r.Do(ctx, &p, routingtest.NewScript(outcomes{"a": {{Status: 429, RetryAfter: 4 * time.Second}}}).Try)
		if causeOf(err) != routing.CauseCanceled || time.Since(start) != time.Second || len(steps) != 1 {
			t.Fatalf("%v after %v, %d steps", err, time.Since(start), len(steps))
		}
	})
}

// Nobody waits for a retry that the caller's deadline would not let be.
func TestRetryBeforeTheCallersDeadline(t *testing.T) {
	for deadline, asked := range map[time.Duration][]string{
		time.Second:       {"a", "b"},
		3 * time.Second:   {"a", "b"},
		3*time.Second + e: {"a", "a"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{RetriesPerDestination: 1})
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			p := r.Plan(three(), routing.Request{})
			script := routingtest.NewScript(outcomes{"a": {{Status: 429, RetryAfter: 3 * time.Second}, {}}})
			if _, err := r.Do(ctx, &p, script.Try); err != nil || !slices.Equal(script.Names(), asked) {
				t.Errorf("%v to go: asked %v (%v), want %v", deadline, script.Names(), err, asked)
			}
		})
	}
}
