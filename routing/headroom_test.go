package routing_test

import (
	"math"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
	"pgregory.net/rapid"
)

var noon = time.Date(2025, 3, 16, 12, 0, 0, 0, time.UTC)

func get(header map[string]string) func(string) string {
	return func(name string) string { return header[textproto.CanonicalMIMEHeaderKey(name)] }
}

func TestHeadroomOf(t *testing.T) {
	const big = math.MaxInt64
	for _, tt := range []struct {
		name             string
		requests, tokens [3]string // limit, remaining, reset
		want             routing.Headroom
	}{
		{"OpenAI", [3]string{"500", "499", "120ms"}, [3]string{"30000", "500", "6m0s"},
			routing.Headroom{Requests: left(499, 500, 120*time.Millisecond), Tokens: left(500, 30000, 6*time.Minute)}},
		{"seconds", [3]string{"8", "7", "1"}, [3]string{}, routing.Headroom{Requests: left(7, 8, time.Second)}},
		{"no reset", [3]string{"8", "7", ""}, [3]string{"8000", "1014", ""}, routing.Headroom{Requests: left(7, 8, 0), Tokens: left(1014, 8000, 0)}},
		{"no limit", [3]string{"", "0", "9m38.016s"}, [3]string{}, routing.Headroom{Requests: left(0, 0, 9*time.Minute+38016*time.Millisecond)}},
		{"only a limit", [3]string{"500", "", "1s"}, [3]string{}, routing.Headroom{}},
		{"more left than all", [3]string{"5", "7", "1s"}, [3]string{}, routing.Headroom{Requests: left(5, 5, time.Second)}},
		{"negative", [3]string{"-5", "-1", "-1s"}, [3]string{"5", "1", "-1s"}, routing.Headroom{Tokens: left(5, 5, 0)}},
		{"reset now", [3]string{"100", "0", "0s"}, [3]string{"5", "1", "0"}, routing.Headroom{Requests: left(100, 100, 0), Tokens: left(5, 5, 0)}},
		{"reset a second ago", [3]string{"100", "0", "2025-03-16T11:59:59Z"}, [3]string{"", "1", "0"}, routing.Headroom{Requests: left(100, 100, 0)}},
		{"huge", [3]string{strings.Repeat("9", 400), strings.Repeat("9", 400), strings.Repeat("9", 40)}, [3]string{"1", "1", "999999h"},
			routing.Headroom{Requests: left(big, big, time.Hour), Tokens: left(1, 1, time.Hour)}},
		{"no numbers", [3]string{"5 ", " 5", "soon"}, [3]string{"1", "1", strings.Repeat("1s", 500)}, routing.Headroom{Tokens: left(1, 1, 0)}},
		{"overflowing duration", [3]string{"1", "1", "99999999999999999999h"}, [3]string{}, routing.Headroom{Requests: left(1, 1, 0)}},
	} {
		header := make(map[string]string)
		for i, part := range []string{"Limit", "Remaining", "Reset"} {
			header["X-Ratelimit-"+part+"-Requests"], header["X-Ratelimit-"+part+"-Tokens"] = tt.requests[i], tt.tokens[i]
		}
		got, ok := routing.HeadroomOf(get(header), noon)
		if got != tt.want || ok != (tt.want != routing.Headroom{}) {
			t.Errorf("%s: %+v, %t, want %+v", tt.name, got, ok, tt.want)
		}
	}
}

// The headers of real answers.
func TestHeadroomOfRefusals(t *testing.T) {
	want := map[string]routing.Headroom{
		"openai-rate-limit-tokens": {Requests: left(499, 500, 120*time.Millisecond), Tokens: left(500, 30000, 59*time.Second)},
		"openai-invalid-prompt":    {Requests: left(9999, 10000, 6*time.Millisecond), Tokens: left(9993230, 10000000, 40*time.Millisecond)},
		"azure-rate-limit-short":   {Requests: left(7, 8, 0), Tokens: left(1014, 8000, 0)},
		"groq-tokens-per-day":      {Requests: left(953, 1000, time.Hour), Tokens: left(11850, 12000, 750*time.Millisecond)},
		"anthropic-rate-limit":     {Requests: left(49, 50, time.Second), Tokens: left(0, 20000, 24*time.Second)},
	}
	for _, r := range routingtest.Refusals() {
		got, ok := routing.HeadroomOf(get(r.Header), noon)
		if got != want[r.Name] || ok != (got != routing.Headroom{}) {
			t.Errorf("%s: %+v, %t, want %+v", r.Name, got, ok, want[r.Name])
		}
	}
}

// Of several kinds of tokens the one nearest its end counts, in any order.
func TestTighterTokensCount(t *testing.T) {
	for _, tt := range []struct {
		all, in, out string // "limit remaining"
		want         routing.Left
	}{
		{"100 50", "100 40", "100 60", left(40, 100, 0)},
		{"100 50", "100 60", "100 40", left(40, 100, 0)},
		{"100 10", "100 60", "100 40", left(10, 100, 0)},
		{"100 10", "9 0", "100 40", left(0, 9, 0)},
		{" ", "100 60", " ", left(60, 100, 0)},
		{" 10", "100 60", " 0", left(0, 0, 0)},
		{" 10", " ", " ", left(10, 0, 0)},
		{"9223372036854775807 9223372036854775806", "9223372036854775807 1", " ", left(1, math.MaxInt64, 0)},
	} {
		header := make(map[string]string)
		for kind, s := range map[string]string{"Tokens": tt.all, "Input-Tokens": tt.in, "Output-Tokens": tt.out} {
			limit, remaining, _ := strings.Cut(s, " ")
			header["Anthropic-Ratelimit-"+kind+"-Limit"], header["Anthropic-Ratelimit-"+kind+"-Remaining"] = limit, remaining
		}
		if got, _ := routing.HeadroomOf(get(header), noon); got != (routing.Headroom{Tokens: tt.want}) {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
}

// Whatever the headers say, what comes out is sane, and a plan of it ends.
func TestHeadroomOfTakesAnything(t *testing.T) {
	word := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{1,25}(ms|s|m|h)?`), rapid.Just("2025-03-16T12:00:24Z"), rapid.Just("9999-12-31T23:59:59Z"), rapid.Just("0000-01-01T00:00:00Z"))
	rapid.Check(t, func(t *rapid.T) {
		values := make(map[string]string)
		h, ok := routing.HeadroomOf(func(name string) string {
			if _, drawn := values[name]; !drawn {
				values[name] = word.Draw(t, name)
			}
			return values[name]
		}, noon)
		for _, l := range []routing.Left{h.Requests, h.Tokens} {
			if l.Remaining < 0 || l.Limit < 0 || l.Reset < 0 || l.Reset > time.Hour || l.Limit > 0 && l.Remaining > l.Limit || !l.Known && l != (routing.Left{}) {
				t.Fatalf("%+v of %v", l, values)
			}
		}
		if ok != (h.Requests.Known || h.Tokens.Known) {
			t.Fatal("ok is wrong")
		}
		v, c := newSeeing(routing.MostHeadroom{}), thirds()
		v.answer(c.Destinations[0], time.Second, h)
		if p := v.Plan(c, routing.Request{Draw: rapid.Uint64().Draw(t, "draw")}); p.Len() != 4 {
			t.Fatalf("a plan of %d", p.Len())
		}
	})
}
