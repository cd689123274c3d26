package routing_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

type outcomes = map[string][]routingtest.Outcome

// three is a, then the fallbacks b and c.
func three() *routing.Config {
	return &routing.Config{
		Destinations: []routing.Destination{{Name: "a", Key: 1}},
		Fallbacks:    []routing.Destination{{Name: "b", Key: 2}, {Name: "c", Key: 3}},
	}
}

func causeOf(err error) routing.Cause {
	var f *routing.Failure
	if errors.As(err, &f) {
		return f.Cause
	}
	return ""
}

var errOwn = errors.New("the definer lost the right")

// Every way an attempt can end, streaming and not, decides alone whether the
// next destination is tried.
func TestOneFailure(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first routingtest.Outcome
		asked []string
		cause routing.Cause // of the first step
		class routing.Class
	}{
		{"answer", routingtest.Outcome{}, []string{"a"}, "", ""},
		{"answer 201", routingtest.Outcome{Status: 201}, []string{"a"}, "", ""},
		{"429", routingtest.Outcome{Status: 429}, []string{"a", "b"}, routing.CauseRateLimited, routing.ClassRefused},
		{"500", routingtest.Outcome{Status: 500}, []string{"a", "b"}, routing.CauseServerError, routing.ClassUncertain},
		{"503", routingtest.Outcome{Status: 503}, []string{"a", "b"}, routing.CauseServerError, routing.ClassRefused},
		{"529", routingtest.Outcome{Status: 529}, []string{"a", "b"}, routing.CauseServerError, routing.ClassRefused},
		{"401", routingtest.Outcome{Status: 401}, []string{"a", "b"}, routing.CauseProviderAuth, routing.ClassRefused},
		{"403", routingtest.Outcome{Status: 403}, []string{"a", "b"}, routing.CauseProviderAuth, routing.ClassRefused},
		{"404", routingtest.Outcome{Status: 404}, []string{"a", "b"}, routing.CauseProviderNotFound, routing.ClassRefused},
		{"400", routingtest.Outcome{Status: 400}, []string{"a"}, routing.CauseCallerFault, routing.ClassRefused},
		{"413", routingtest.Outcome{Status: 413}, []string{"a"}, routing.CauseCallerFault, routing.ClassRefused},
		{"422", routingtest.Outcome{Status: 422}, []string{"a"}, routing.CauseCallerFault, routing.ClassRefused},
		{"redirect", routingtest.Outcome{Status: 302}, []string{"a", "b"}, routing.CauseMalformed, routing.ClassUncertain},
		{"refused", routingtest.Outcome{Refuse: true}, []string{"a", "b"}, routing.CauseRefused, routing.ClassNotSent},
		{"reset", routingtest.Outcome{Reset: true}, []string{"a", "b"}, routing.CauseReset, routing.ClassUncertain},
		{"malformed", routingtest.Outcome{Malformed: true}, []string{"a", "b"}, routing.CauseMalformed, routing.ClassUncertain},
		{"own error", routingtest.Outcome{Stop: errOwn}, []string{"a"}, routing.CauseAborted, ""},
		{"panic", routingtest.Outcome{Panic: "boom"}, []string{"a"}, routing.CausePanic, ""},
		{"panic with a Failure", routingtest.Outcome{Panic: &routing.Failure{Status: 500}}, []string{"a"}, routing.CausePanic, ""},
		{"nil Failure", routingtest.Outcome{Stop: (*routing.Failure)(nil)}, []string{"a", "b"}, routing.CauseReset, routing.ClassUncertain},
		{"wrapped", routingtest.Outcome{Stop: fmt.Errorf("upstream: %w", &routing.Failure{Status: 503})}, []string{"a", "b"}, routing.CauseServerError, routing.ClassRefused},
		{"reset after content", routingtest.Outcome{Commit: true, Reset: true}, []string{"a"}, routing.CauseReset, routing.ClassUncertain},
		{"in-band 503 after content", routingtest.Outcome{Commit: true, Status: 503}, []string{"a"}, routing.CauseServerError, routing.ClassRefused},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", tt.name, stream), func(t *testing.T) {
				r := routing.New(nil)
				p := r.Plan(three(), routing.Request{Stream: stream})
				script := routingtest.NewScript(outcomes{"a": {tt.first}})
				steps, err := r.Do(t.Context(), &p, script.Try)
				if got := script.Names(); !slices.Equal(got, tt.asked) {
					t.Fatalf("asked %v, want %v", got, tt.asked)
				}
				if len(steps) != len(tt.asked) {
					t.Fatalf("%d steps for %d attempts", len(steps), len(tt.asked))
				}
				s := steps[0]
				if s.Cause != tt.cause || s.Class != tt.class || s.Committed != tt.first.Commit || (s.Err == nil) != (tt.cause == "") {
					t.Errorf("first step %+v, want cause %q, class %q", s, tt.cause, tt.class)
				}
				if moved := len(tt.asked) == 2; moved && err != nil {
					t.Errorf("the fallback answered, Do says %v", err)
				} else if !moved && err != s.Err {
					t.Errorf("Do says %v, the step %v", err, s.Err)
				}
				if f := routing.CauseOfStatus(tt.first.Status); tt.first.Status != 0 && f != "" && s.Status != tt.first.Status {
					t.Errorf("step has status %d, want %d", s.Status, tt.first.Status)
				}
			})
		}
	}
}

func TestErrorsComeBackAsTheyAre(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{})
	complete := &routing.Failure{Cause: routing.CauseCallerFault, Class: routing.ClassRefused, Status: 400}
	wrapped := fmt.Errorf("upstream: %w", complete)
	for _, want := range []error{errOwn, complete, wrapped} {
		if _, err := r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error { return want }); err != want {
			t.Errorf("Do returned %v, want the very %v", err, want)
		}
	}
	partial := fmt.Errorf("upstream: %w", &routing.Failure{Status: 400, ErrorCode: "bad_thing", Err: errOwn})
	steps, err := r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error { return partial })
	if !errors.Is(err, partial) || !errors.Is(err, errOwn) || causeOf(err) != routing.CauseCallerFault || steps[0].ErrorCode != "bad_thing" {
		t.Errorf("Do returned %v (%+v), want the wrapping kept and the cause filled in", err, steps[0])
	}

	cause := errors.New("cause")
	_, err = r.Do(t.Context(), &p, func(context.Context, *routing.Attempt) error { panic(cause) })
	var panicked *routing.PanicError
	if !errors.As(err, &panicked) || panicked.Value != cause || !errors.Is(err, cause) || len(panicked.Stack) == 0 {
		t.Errorf("Do returned %v, want a *PanicError with value and stack", err)
	}
	if _, err = r.Do(t.Context(), &p, nil); !errors.As(err, &panicked) {
		t.Errorf("nil Try: %v, want a *PanicError", err)
	}
	if _, err = r.Do(t.Context(), nil, nil); err != routing.ErrNoDestination {
		t.Errorf("nil plan: %v", err)
	}
}

// asPanics panics when it is asked what it is.
type asPanics struct{}

func (asPanics) Error() string { return "as" }
func (asPanics) As(any) bool   { panic("as") }

// An error that panics when it is asked what it is, is a panic: of the first
// attempt, which is a probe here, and of a hedge on its own goroutine.
func TestErrorsThatPanic(t *testing.T) {
	var broken *url.Error
	for name, says := range map[string]error{
		"typed nil":        broken,
		"wrapped":          fmt.Errorf("upstream: %w", broken),
		"joined":           errors.Join(context.Canceled, errOwn, broken),
		"within a Failure": &routing.Failure{Cause: routing.CauseReset, Class: routing.ClassRefused, Err: broken},
		"As":               asPanics{},
		"nil PanicError":   (*routing.PanicError)(nil),
		"value of a panic": &routing.PanicError{Value: broken},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, by := range []string{routing.InitialAttempt, routing.HedgeAttempt} {
					r := probation(t, &routing.Options{Hedge: willing()})
					p := r.Plan(three(), routing.Request{})
					steps, err := r.Do(t.Context(), &p, func(ctx context.Context, a *routing.Attempt) error {
						if a.Action == by {
							return says
						}
						<-ctx.Done()
						return ctx.Err()
					})
					var panicked *routing.PanicError
					if !errors.As(err, &panicked) || errors.Is(err, errOwn) || steps[len(steps)-1].Cause != routing.CausePanic {
						t.Errorf("%s: %v, %+v", by, err, steps)
					}
					if h := r.Health(1); h.State != routing.HalfOpen || h.Probing {
						t.Errorf("%s: %+v", by, h)
					}
				}
			})
		})
	}
}

// isPanics panics when it is asked whether it is a cancellation.
type isPanics struct{}

func (isPanics) Error() string { return "is" }
func (isPanics) Is(target error) bool {
	if target == context.Canceled {
		panic("is")
	}
	return false
}

// One that panics when it is asked for one thing only is what it is otherwise.
func TestErrorThatPanicsSometimes(t *testing.T) {
	for _, says := range []error{isPanics{}, &routing.Failure{Status: 500, Err: isPanics{}}} {
		for _, hangUp := range []bool{false, true} {
			r := routing.New(nil)
			p := r.Plan(three(), routing.Request{})
			ctx, cancel := context.WithCancel(t.Context())
			_, err := r.Do(ctx, &p, func(_ context.Context, a *routing.Attempt) error {
				if hangUp {
					cancel()
				}
				return says
			})
			cancel()
			if !errors.Is(err, isPanics{}) || hangUp && causeOf(says) != causeOf(err) && causeOf(err) != routing.CauseCanceled {
				t.Errorf("%v, hung up %t: %v", says, hangUp, err)
			}
		}
	}
}

// With mixed failures the last one decides (ruling R28).
func TestTheLastFailureDecides(t *testing.T) {
	r := routing.New(nil)
	p := r.Plan(three(), routing.Request{})
	script := routingtest.NewScript(outcomes{"a": {{Status: 500}}, "b": {{Refuse: true}}, "c": {{Status: 429}}})
	steps, err := r.Do(t.Context(), &p, script.Try)
	if causeOf(err) != routing.CauseRateLimited || len(steps) != 3 {
		t.Fatalf("%v after %d steps, want rate_limited after 3", err, len(steps))
	}
}

// A generator of anything an upstream may do, bounded in time.
func anyOutcome() *rapid.Generator[routingtest.Outcome] {
	return rapid.Custom(func(t *rapid.T) routingtest.Outcome {
		o := routingtest.Outcome{
			Wait:       time.Duration(rapid.IntRange(0, 30).Draw(t, "wait")) * time.Second,
			Commit:     rapid.IntRange(0, 3).Draw(t, "commit") == 0,
			Drip:       rapid.IntRange(0, 5).Draw(t, "drip"),
			Every:      time.Duration(rapid.IntRange(0, 15).Draw(t, "every")) * time.Second,
			RetryAfter: time.Duration(rapid.IntRange(-1, 10).Draw(t, "retry after")) * time.Second,
		}
		switch rapid.IntRange(0, 8).Draw(t, "ending") {
		case 0:
			o.Hang = true
		case 1:
			o.Panic = "boom"
		case 2:
			o.Stop = errOwn
		case 3:
			o.Refuse = true
		case 4:
			o.Reset = true
		case 5:
			o.Malformed = true
		default:
			o.Status = rapid.SampledFrom([]int{0, 200, 400, 401, 404, 429, 500, 503}).Draw(t, "status")
		}
		return o
	})
}

// Any script under any options: attempts bounded and in plan order, one voice,
// time bounded, steps true, nothing left running (I1 to I4, I6, I10).
func TestAnyScript(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := routingtest.Configs().Draw(t, "config")
		script := make(outcomes)
		for _, d := range slices.Concat(c.Destinations, c.Fallbacks) {
			script[d.Name] = rapid.SliceOfN(anyOutcome(), 0, 3).Draw(t, d.Name)
		}
		seconds := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(1, 40).Draw(t, name)) * time.Second
		}
		opts := &routing.Options{
			Timeouts:              routing.Timeouts{Idle: seconds("idle"), Attempt: seconds("attempt"), Total: 2 * seconds("total")},
			RetriesPerDestination: rapid.IntRange(0, 2).Draw(t, "retries"),
			MaxAttempts:           rapid.SampledFrom([]int{0, 0, 1, 2, 5}).Draw(t, "max attempts"),
			RetryUncertain:        rapid.Bool().Draw(t, "retry uncertain"),
		}
		opts.Timeouts.FirstToken = -1
		if rapid.Bool().Draw(t, "first token") {
			opts.Timeouts.FirstToken = seconds("first token")
		}
		draw, stream := rapid.Uint64().Draw(t, "draw"), rapid.Bool().Draw(t, "stream")
		rapid.SyncTest(t, func(t *rapid.T) {
			r := routing.New(opts)
			p := r.Plan(c, routing.Request{Draw: draw, Stream: stream})
			s := routingtest.NewScript(script)
			start := time.Now()
			steps, err := r.Do(context.Background(), &p, s.Try)
			took := time.Since(start)
			checkRun(t, opts, &p, s.Calls(), steps, err, took)
		})
	})
}

func checkRun(t *rapid.T, opts *routing.Options, p *routing.Plan, calls []routingtest.Call, steps []routing.Step, err error, took time.Duration) {
	if len(calls) != len(steps) || len(steps) == 0 {
		t.Fatalf("%d attempts, %d steps", len(calls), len(steps))
	}
	spent := opts.MaxAttempts > 0 && len(steps) >= opts.MaxAttempts
	if spent && len(steps) > opts.MaxAttempts {
		t.Fatalf("%d attempts of %d", len(steps), opts.MaxAttempts)
	}
	at, tries := -1, 0
	var open time.Duration // spent before content
	for i, s := range steps {
		if s.Index != i || s.Destination != calls[i].Destination || s.Action != calls[i].Action {
			t.Fatalf("step %d is %+v, the attempt was %+v", i, s, calls[i])
		}
		switch s.Action {
		case routing.Retry:
			tries++
			if before := steps[i-1]; before.Class == routing.ClassUncertain && !opts.RetryUncertain {
				t.Fatalf("retried after an uncertain failure: %+v", before)
			}
		default:
			at, tries = at+1, 0
			if (s.Action == routing.InitialAttempt) != (i == 0) {
				t.Fatalf("step %d says %s", i, s.Action)
			}
		}
		if at >= p.Len() || s.Destination != p.At(at).Name || tries > opts.RetriesPerDestination {
			t.Fatalf("step %d went to %s, try %d; the plan is %v", i, s.Destination, tries, p.Destinations())
		}
		last := i == len(steps)-1
		if !last && (s.Committed || s.Cause.Row().Action != routing.NextDestination) {
			t.Fatalf("an attempt followed %+v", s)
		}
		if !s.Committed {
			if s.Latency > opts.Timeouts.Attempt {
				t.Fatalf("%+v took longer than %v", s, opts.Timeouts.Attempt)
			}
			open += s.Latency
		}
	}
	end := steps[len(steps)-1]
	timeUp := causeOf(err) == routing.CauseTimeoutTotal
	if !timeUp && err != end.Err {
		t.Fatalf("Do says %v, the last step %v", err, end.Err)
	}
	if err != nil && !end.Committed && end.Cause.Row().Action == routing.NextDestination && at != p.Len()-1 && !timeUp && !spent {
		t.Fatalf("gave up after %+v with destinations left", end)
	}
	if !end.Committed && took > opts.Timeouts.Total || open > opts.Timeouts.Total {
		t.Fatalf("took %v, %v before content, of %v", took, open, opts.Timeouts.Total)
	}
}
