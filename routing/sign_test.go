package routing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

func TestSignsOfYourOwnGoFirst(t *testing.T) {
	const tooSlow routing.Cause = "too_slow"
	r := routing.New(&routing.Options{
		Signs: []routing.Sign{
			{Status: 418},               // names no cause
			{Cause: routing.CauseQuota}, // names nothing to look for
			{Status: 400, Code: "patience", Message: "SLOW", Cause: tooSlow},
			{Code: "insufficient_quota", Cause: routing.CauseRateLimited},
			{Prefix: "Not today", Cause: routing.CauseOverloaded},
			{Prefix: "the model", Message: "retired", Cause: routing.CauseProviderNotFound},
		},
		Rows: []routing.Row{{Cause: tooSlow, Action: routing.NextDestination, Cools: true, CoolFor: time.Minute}},
	})
	for _, tt := range []struct {
		status int
		said   routing.Said
		want   routing.Cause
	}{
		{400, routing.Said{Code: "Patience", Message: "much too slow today"}, tooSlow},
		{400, routing.Said{Code: "patience", Message: "much too slo"}, routing.CauseCallerFault},
		{400, routing.Said{Message: "slow"}, routing.CauseCallerFault},
		{401, routing.Said{Code: "patience", Message: "slow"}, routing.CauseProviderAuth},
		{429, routing.Said{Code: "insufficient_quota"}, routing.CauseRateLimited},
		{429, routing.Said{Type: "insufficient_quota"}, routing.CauseQuota},
		{418, routing.Said{}, routing.CauseCallerFault},
		{400, routing.Said{Message: "not TODAY, sorry"}, routing.CauseOverloaded},
		{400, routing.Said{Message: "not toda"}, routing.CauseCallerFault},
		{400, routing.Said{Message: "sorry, not today"}, routing.CauseCallerFault},
		{400, routing.Said{Message: "The model x was retired"}, routing.CauseProviderNotFound},
		{400, routing.Said{Message: "The model x was renamed"}, routing.CauseCallerFault},
		{400, routing.Said{Message: "Retired is the model x"}, routing.CauseCallerFault},
		{200, routing.Said{}, ""},
		{200, routing.Said{Type: "overloaded_error"}, routing.CauseOverloaded},
		{302, routing.Said{}, routing.CauseMalformed},
		{400, routing.Said{Type: "aws.protocoltests#ThrottlingException:http://here"}, routing.CauseRateLimited},
		{400, routing.Said{Message: strings.Repeat(" ", 5000) + "prompt is too long"}, routing.CauseCallerFault},
	} {
		if got := r.CauseOf(tt.status, tt.said); got != tt.want {
			t.Errorf("%d %.80v means %q, want %q", tt.status, tt.said, got, tt.want)
		}
	}
	p := r.Plan(three(), routing.Request{})
	r.Do(t.Context(), &p, routingtest.NewScript(nil).Try)
	d := routing.Destination{Name: "d", Key: 77}
	fail(t, r, d, &routing.Failure{Cause: tooSlow, Status: 400})
	if h := r.Health(77); h.State != routing.Open {
		t.Errorf("CoolFor did not cool: %+v", h)
	}
}

// fail makes one attempt at d fail.
func fail(t *testing.T, r *routing.Router, d routing.Destination, err error) []routing.Step {
	t.Helper()
	p := r.Plan(&routing.Config{Destinations: []routing.Destination{d}}, routing.Request{})
	steps, _ := r.Do(t.Context(), &p, func(_ context.Context, _ *routing.Attempt) error { return err })
	return steps
}

func TestRowsOfYourOwn(t *testing.T) {
	r := routing.New(&routing.Options{Rows: []routing.Row{
		{Cause: routing.CauseContextTooLong, Action: routing.NextDestination, Class: routing.ClassRefused},
		{Cause: routing.CauseContextTooLong, Action: routing.TellCaller},
		{Cause: routing.CauseRateLimited, Action: "sing", Answer: 42, CoolFor: -time.Second},
		{Cause: routing.CauseCanceled, Action: routing.NextDestination, Cools: true},
		{Cause: routing.CauseTimeoutTotal, Action: routing.NextDestination, Cools: true},
		{Cause: routing.CausePanic, Cools: true}, {Cause: routing.CauseAborted, Cools: true}, {Cause: routing.CauseSuperseded, Cools: true},
		{Cause: "", Action: routing.NextDestination, Cools: true},
	}})
	for _, tt := range []struct {
		cause routing.Cause
		want  routing.Row
	}{
		{routing.CauseContextTooLong, routing.Row{Cause: routing.CauseContextTooLong, Action: routing.NextDestination, Class: routing.ClassRefused}},
		{routing.CauseRateLimited, routing.Row{Cause: routing.CauseRateLimited, Action: routing.TellCaller, Class: routing.ClassUncertain}},
		{routing.CauseCanceled, routing.CauseCanceled.Row()},
		{routing.CauseTimeoutTotal, routing.CauseTimeoutTotal.Row()},
		{routing.CausePanic, routing.CausePanic.Row()},
		{routing.CauseAborted, routing.CauseAborted.Row()},
		{routing.CauseSuperseded, routing.CauseSuperseded.Row()},
		{"", routing.Cause("").Row()},
		{routing.CauseQuota, routing.CauseQuota.Row()},
	} {
		if got := r.Row(tt.cause); got != tt.want {
			t.Errorf("row %+v, want %+v", got, tt.want)
		}
	}

	// A caller's 400 goes on to a model that takes more, and is still neutral.
	c := &routing.Config{Destinations: []routing.Destination{{Name: "small", Key: 1}}, Fallbacks: []routing.Destination{{Name: "large", Key: 2}}}
	p := r.Plan(c, routing.Request{})
	steps, err := r.Do(t.Context(), &p, func(_ context.Context, a *routing.Attempt) error {
		if a.Destination.Name == "small" {
			return &routing.Failure{Cause: routing.CauseContextTooLong, Status: 400}
		}
		return nil
	})
	if err != nil || len(steps) != 2 || r.Health(1).Failures != 0 {
		t.Errorf("steps %+v, error %v, health %+v", steps, err, r.Health(1))
	}
}

// Whatever a provider says, CauseOf has an answer, and Row has one to that.
func TestCauseOfTakesAnything(t *testing.T) {
	r := routing.New(nil)
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"#", ":", "a#b#c:d:e", "ThrottlingException", "Credit balance is too low"}))
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.OneOf(rapid.IntRange(100, 599), rapid.Int()).Draw(t, "status")
		cause := r.CauseOf(status, routing.Said{Code: word.Draw(t, "code"), Type: word.Draw(t, "type"), Message: word.Draw(t, "message")})
		if cause == "" && (status < 200 || status > 299) {
			t.Fatal("no cause")
		}
		if row := r.Row(cause); row.Action != routing.NextDestination && row.Action != routing.TellCaller || row.Class == "" {
			t.Fatalf("row %+v", row)
		}
	})
}

// What a caller writes and a provider quotes cools nothing, and goes nowhere
// else: a sign that looks for words anywhere means what is told to the caller.
func TestQuotedWordsAreNoSign(t *testing.T) {
	r := routing.New(nil)
	for _, sign := range routing.Signs() {
		words := sign.Prefix + " " + sign.Message
		for _, status := range []int{400, 413, 422} {
			said := routing.Said{Type: "invalid_request_error", Code: "invalid_value", Message: "Invalid value: '" + words + "'. Supported values are: 'system', 'user'."}
			if row := r.Row(r.CauseOf(status, said)); row.Action != routing.TellCaller || row.Cools {
				t.Errorf("%q in a parameter, %d: %+v", words, status, row)
			}
		}
	}
}
