package routing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

const second = time.Second

// willing hedges after a second, as often as it likes.
func willing() *routing.Hedge { return &routing.Hedge{After: second, Percent: 100, Reserve: 10} }

// brief is a Step without what differs from run to run.
func brief(steps []routing.Step) []string {
	var list []string
	for _, s := range steps {
		list = append(list, fmt.Sprintf("%d %s %s %s", s.Index, s.Action, s.Destination, s.Cause))
	}
	return list
}

func TestHedge(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   routing.Options
		script outcomes
		steps  []string
		cause  routing.Cause // of what Do returns
		after  time.Duration
	}{
		{"fast enough", routing.Options{}, outcomes{"a": {{Wait: second - e}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", second - e},
		{"content was fast enough", routing.Options{}, outcomes{"a": {{Commit: true, Drip: 5, Every: second}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", 5 * second},
		{"the hedge answers", routing.Options{}, outcomes{"a": {{Hang: true}}, "b": {{Wait: second, Commit: true, Drip: 3, Every: second}}},
			[]string{"0 INITIAL_ATTEMPT a superseded", "1 HEDGE b "}, "", 5 * second},
		{"the hedge answers at once", routing.Options{}, outcomes{"a": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a superseded", "1 HEDGE b "}, "", second},
		{"the first answers after all", routing.Options{}, outcomes{"a": {{Wait: 2 * second, Commit: true, Drip: 3, Every: second}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a ", "1 HEDGE b superseded"}, "", 5 * second},
		{"the first answers without Commit", routing.Options{}, outcomes{"a": {{Wait: 2 * second}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a ", "1 HEDGE b superseded"}, "", 2 * second},
		{"the first fails before", routing.Options{}, outcomes{"a": {{Wait: second / 2, Status: 500}}, "b": {{Wait: 2 * second}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 FALLBACK b "}, "", 5 * second / 2},
		{"the first fails", routing.Options{}, outcomes{"a": {{Wait: 2 * second, Status: 500}}, "b": {{Wait: 2 * second}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b "}, "", 3 * second},
		{"the hedge fails", routing.Options{}, outcomes{"a": {{Wait: 3 * second}}, "b": {{Wait: second, Status: 500}}},
			[]string{"0 INITIAL_ATTEMPT a ", "1 HEDGE b server_error"}, "", 3 * second},
		{"both fail", routing.Options{}, outcomes{"a": {{Wait: 2 * second, Status: 500}}, "b": {{Wait: 2 * second, Status: 429}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b rate_limited", "2 FALLBACK c "}, "", 3 * second},
		{"all fail", routing.Options{}, outcomes{"a": {{Wait: 3 * second, Status: 500}}, "b": {{Wait: second, Status: 429}}, "c": {{Refuse: true}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b rate_limited", "2 FALLBACK c refused"}, routing.CauseRefused, 3 * second},
		{"two attempts are all", routing.Options{MaxAttempts: 2}, outcomes{"a": {{Wait: 3 * second, Status: 500}}, "b": {{Wait: second, Status: 429}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b rate_limited"}, routing.CauseServerError, 3 * second},
		{"the later failure decides", routing.Options{MaxAttempts: 2}, outcomes{"a": {{Wait: 2 * second, Status: 500}}, "b": {{Wait: 2 * second, Status: 429}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b rate_limited"}, routing.CauseRateLimited, 3 * second},
		{"one attempt is all", routing.Options{MaxAttempts: 1}, outcomes{"a": {{Wait: 3 * second}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", 3 * second},
		{"the caller is wrong", routing.Options{}, outcomes{"a": {{Wait: 2 * second, Status: 400}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a caller_fault", "1 HEDGE b superseded"}, routing.CauseCallerFault, 2 * second},
		{"the caller is wrong, says the hedge", routing.Options{}, outcomes{"a": {{Wait: 9 * second}}, "b": {{Status: 400}}},
			[]string{"0 INITIAL_ATTEMPT a ", "1 HEDGE b caller_fault"}, "", 9 * second},
		{"the caller is wrong, says the hedge, and the first fails", routing.Options{}, outcomes{"a": {{Wait: 9 * second, Status: 503}}, "b": {{Status: 400}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b caller_fault"}, routing.CauseCallerFault, 9 * second},
		{"the caller is wrong, says the first", routing.Options{}, outcomes{"a": {{Wait: 9 * second, Status: 400}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a caller_fault", "1 HEDGE b superseded"}, routing.CauseCallerFault, 9 * second},
		{"try stops the hedge", routing.Options{}, outcomes{"a": {{Wait: 9 * second}}, "b": {{Stop: errOwn}}},
			[]string{"0 INITIAL_ATTEMPT a ", "1 HEDGE b aborted"}, "", 9 * second},
		{"try stops the hedge, and the first fails", routing.Options{}, outcomes{"a": {{Wait: 9 * second, Status: 503}}, "b": {{Stop: errOwn}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b aborted"}, "", 9 * second},
		{"the first panics", routing.Options{}, outcomes{"a": {{Wait: 2 * second, Panic: "boom"}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a panic", "1 HEDGE b superseded"}, "", 2 * second},
		{"the hedge panics", routing.Options{}, outcomes{"a": {{Hang: true}}, "b": {{Panic: "boom"}}},
			[]string{"0 INITIAL_ATTEMPT a superseded", "1 HEDGE b panic"}, "", second},
		{"the winner breaks off", routing.Options{}, outcomes{"a": {{Hang: true}}, "b": {{Commit: true, Reset: true}}},
			[]string{"0 INITIAL_ATTEMPT a superseded", "1 HEDGE b reset"}, routing.CauseReset, second},
		{"each has its own limits", routing.Options{Timeouts: routing.Timeouts{Attempt: 3 * second}}, outcomes{"a": {{Hang: true}}, "b": {{Hang: true}}},
			[]string{"0 INITIAL_ATTEMPT a timeout_attempt", "1 HEDGE b timeout_attempt", "2 FALLBACK c "}, "", 4 * second},
		{"not paid for", routing.Options{Hedge: &routing.Hedge{After: second}}, outcomes{"a": {{Wait: 5 * second}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", 5 * second},
		{"never", routing.Options{Hedge: &routing.Hedge{After: -1, Reserve: 9}}, outcomes{"a": {{Wait: 5 * second}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", 5 * second},
		{"what is usual is not known", routing.Options{Hedge: &routing.Hedge{Reserve: 9}}, outcomes{"a": {{Wait: 5 * second}}},
			[]string{"0 INITIAL_ATTEMPT a "}, "", 5 * second},
		{"no retry beside it", routing.Options{RetriesPerDestination: 1}, outcomes{"a": {{Wait: 2 * second, Status: 503}}, "b": {{Status: 503}}},
			[]string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE b server_error", "2 FALLBACK c "}, "", 2 * second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.opts.Hedge == nil {
					tt.opts.Hedge = willing()
				}
				r := routing.New(&tt.opts)
				p := r.Plan(three(), routing.Request{})
				began := time.Now()
				steps, err := r.Do(t.Context(), &p, routingtest.NewScript(tt.script).Try)
				if got := brief(steps); !slices.Equal(got, tt.steps) {
					t.Fatalf("steps %q, want %q", got, tt.steps)
				}
				if took := time.Since(began); causeOf(err) != tt.cause || took != tt.after {
					t.Fatalf("%v after %v, want %q after %v", err, took, tt.cause, tt.after)
				}
				for _, s := range steps {
					if s.Cause == routing.CauseSuperseded && (s.Class != routing.ClassUncertain || s.Committed || s.Err == nil) {
						t.Errorf("%+v", s)
					}
					if s.Cause == routing.CauseSuperseded && r.Health(uint64(s.Destination[0]-'a')+1).Failures > 0 {
						t.Errorf("%s lost, and its health suffers", s.Destination)
					}
				}
			})
		})
	}
}

// A panic is a panic, on whichever goroutine.
func TestHedgePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, script := range []outcomes{
			{"a": {{Wait: 2 * second, Panic: errOwn}}, "b": {{Hang: true}}},
			{"a": {{Hang: true}}, "b": {{Panic: errOwn}}},
		} {
			r := routing.New(&routing.Options{Hedge: willing()})
			p := r.Plan(three(), routing.Request{})
			_, err := r.Do(t.Context(), &p, routingtest.NewScript(script).Try)
			var panicked *routing.PanicError
			if !errors.As(err, &panicked) || panicked.Value != errOwn {
				t.Errorf("%v", err)
			}
		}
	})
}

// Two names of one thing are not asked at once; the second one keeps its turn.
func TestHedgeElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := three()
		c.Fallbacks[0].Key = c.Destinations[0].Key
		r := routing.New(&routing.Options{Hedge: willing()})
		p := r.Plan(c, routing.Request{})
		steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: 2 * second, Status: 500}}, "c": {{Status: 500}}}).Try)
		want := []string{"0 INITIAL_ATTEMPT a server_error", "1 HEDGE c server_error", "2 FALLBACK b "}
		if got := brief(steps); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q and %v, want %q", got, err, want)
		}
		c.Fallbacks = c.Fallbacks[:1]
		p = r.Plan(c, routing.Request{})
		steps, _ = r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
			a.Destination.Key = 9 // nobody is taken in by that
			return wait(ctx, 2*second)
		})
		if len(steps) != 1 {
			t.Fatalf("%q", brief(steps))
		}
	})
}

// The one that loses is told so, by Commit and by its context, and what it says
// after that does not matter.
func TestHedgeLoser(t *testing.T) {
	for _, last := range []error{nil, errOwn, &routing.Failure{Cause: routing.CauseCallerFault, Status: 400}, &routing.Failure{Cause: routing.CauseRefused, Class: routing.ClassNotSent}} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{Hedge: willing()})
			p := r.Plan(three(), routing.Request{Stream: true})
			steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
				if a.Action == routing.HedgeAttempt {
					for range 2 {
						if !a.Commit() {
							t.Error("the first to commit may not")
						}
					}
					return nil
				}
				<-ctx.Done()
				if ctx.Err() != context.Canceled {
					t.Errorf("the loser's context says %v", ctx.Err())
				}
				for range 2 {
					if a.Commit() || a.Committed() {
						t.Error("the loser may commit")
					}
				}
				return last
			})
			class := routing.ClassUncertain
			if causeOf(last) == routing.CauseCallerFault {
				class = routing.ClassRefused
			} else if causeOf(last) == routing.CauseRefused {
				class = routing.ClassNotSent
			}
			if err != nil || len(steps) != 2 || steps[0].Cause != routing.CauseSuperseded || steps[0].Class != class || !steps[1].Committed {
				t.Errorf("%v: %v, %+v", last, err, steps)
			}
		})
	}
}

// A caller that hangs up, and a total limit, end both.
func TestHedgeEndsTogether(t *testing.T) {
	for _, hangUp := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			opts := routing.Options{Hedge: willing(), Timeouts: routing.Timeouts{Total: 3 * second}}
			ctx, want := t.Context(), routing.CauseTimeoutTotal
			if hangUp {
				opts.Timeouts.Total, want = -1, routing.CauseCanceled
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 3*second)
				defer cancel()
			}
			r := routing.New(&opts)
			p := r.Plan(three(), routing.Request{})
			began := time.Now()
			steps, err := r.Do(ctx, &p, routingtest.NewScript(outcomes{"a": {{Hang: true}}, "b": {{Hang: true}}}).Try)
			if took := time.Since(began); took != 3*second || len(steps) != 2 || causeOf(err) != want || steps[0].Cause != want || steps[1].Cause != want {
				t.Fatalf("%v after %v: %+v", err, took, steps)
			}
			if all := r.Snapshot(); len(all) != 0 {
				t.Fatalf("health knows %+v", all)
			}
		})
	}
}

// When the time of the whole request is up nothing begins beside an attempt that
// does not heed it.
func TestNoHedgeAfterTheTotal(t *testing.T) {
	for _, total := range []time.Duration{second / 2, second} {
		synctest.Test(t, func(t *testing.T) {
			r := routing.New(&routing.Options{Hedge: willing(), Timeouts: routing.Timeouts{Total: total}})
			p := r.Plan(three(), routing.Request{})
			steps, err := r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error {
				time.Sleep(2 * second)
				return &routing.Failure{Cause: routing.CauseReset}
			})
			if len(steps) != 1 || causeOf(err) != routing.CauseTimeoutTotal {
				t.Errorf("%v in all: %q, %v", total, brief(steps), err)
			}
		})
	}
}

// Of 400 requests that are all slow, so many are hedged as were earned.
func TestHedgesAreEarned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			hedge routing.Hedge
			want  int
		}{
			{routing.Hedge{After: second}, 20},
			{routing.Hedge{After: second, Percent: 10, Reserve: 7}, 47},
			{routing.Hedge{After: second, Percent: -1}, 0},
			{routing.Hedge{After: second, Percent: -1, Reserve: 3}, 3},
		} {
			for _, c := range []*routing.Config{three(), aOrB()} {
				r := routing.New(&routing.Options{Hedge: &tt.hedge})
				hedges := 0
				for range 400 {
					p := r.Plan(c, routing.Request{})
					steps, _ := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: 2 * second}}, "b": {{Hang: true}}}).Try)
					hedges += len(steps) - 1
				}
				if hedges != tt.want {
					t.Errorf("%+v: %d hedges of 400 requests, want %d", tt.hedge, hedges, tt.want)
				}
			}
		}
	})
}

// A hedge that is not paid for leaves the probe to others.
func TestUnpaidHedgeClaimsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := probation(t, &routing.Options{Hedge: &routing.Hedge{After: second}})
		c := &routing.Config{
			Destinations: []routing.Destination{{Name: "slow", Key: 9}},
			Fallbacks:    three().Destinations,
		}
		p := r.Plan(c, routing.Request{})
		if steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"slow": {{Wait: 2 * second}}}).Try); err != nil || len(steps) != 1 {
			t.Fatalf("%q, %v", brief(steps), err)
		}
		if h := r.Health(1); h.State != routing.HalfOpen || h.Probing {
			t.Errorf("%+v", h)
		}
	})
}

// Without After the observed time decides: what is usual is not hedged, what is
// slower is, and hedging does not make the usual time shrink.
func TestHedgeAfterTheUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := routing.New(&routing.Options{Hedge: &routing.Hedge{Percent: 100}})
		run := func(wait time.Duration) []routing.Step {
			p := r.Plan(three(), routing.Request{})
			steps, err := r.Do(t.Context(), &p, routingtest.NewScript(outcomes{"a": {{Wait: wait, Commit: true}}}).Try)
			if err != nil {
				t.Fatal(err)
			}
			return steps
		}
		for i := range 40 {
			wait := second
			if i >= 20 {
				wait -= e // of 20 that took a second, the 95th percentile is that
			}
			if steps := run(wait); len(steps) != 1 {
				t.Fatalf("hedged what is usual: %q", brief(steps))
			}
		}
		for i := range 200 {
			wait, attempts := second/2, 1
			if i%10 == 0 {
				wait, attempts = time.Minute, 2
			}
			began := time.Now()
			if steps := run(wait); len(steps) != attempts || attempts == 2 && time.Since(began) < second {
				t.Fatalf("%d: %q after %v", i, brief(steps), time.Since(began))
			}
		}
	})
}

// Only the first attempt's time is known to have been too long: that of a hedge
// that lost says nothing of its destination.
func TestLoserThatIsObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := &nosy{}
		r := routing.New(&routing.Options{Strategy: own, Observe: true, Hedge: willing()})
		c := &routing.Config{Destinations: []routing.Destination{{Name: "a", Key: 1}, {Name: "b", Key: 2}}}
		for _, tt := range []struct {
			script outcomes
			a, b   bool
		}{
			{outcomes{"a": {{Wait: 2 * second}}, "b": {{Hang: true}}}, true, false},
			{outcomes{"a": {{Hang: true}}, "b": {{Wait: second}}}, true, true},
		} {
			p := r.Plan(c, routing.Request{})
			if steps, err := r.Do(t.Context(), &p, routingtest.NewScript(tt.script).Try); err != nil || len(steps) != 2 {
				t.Fatalf("%q, %v", brief(steps), err)
			}
			r.Plan(c, routing.Request{})
			a, okA := own.seen.Latency(1)
			b, okB := own.seen.Latency(2)
			if okA != tt.a || okB != tt.b || a != 2*second || b != 0 && b != second {
				t.Errorf("%v: a %v, %t, b %v, %t", tt.script, a, okA, b, okB)
			}
		}
	})
}
