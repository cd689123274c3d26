package modelservice_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// limitHeaders are the headers about limits, one a line, ordered.
func limitHeaders(h http.Header) string {
	var lines []string
	for name, values := range h {
		if strings.Contains(name, "Ratelimit") {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func perMinute(key ratelimit.Key, principal string, requests, tokens int64) modelservice.RateLimit {
	l := modelservice.RateLimit{Key: key, Principal: principal, Period: ratelimit.Minute}
	if requests >= 0 {
		l.Requests = &requests
	}
	if tokens >= 0 {
		l.Tokens = &tokens
	}
	return l
}

// Answers say how the caller stands with the limit that will refuse first, in
// the words of the API, and nothing of limits that refuse nothing.
func TestLimitHeaders(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits []modelservice.RateLimit
		before int // calls
		api    modelservice.API
		status int
		want   []string
	}{
		{name: "none", status: 200},
		{name: "requests", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 3, -1)}, status: 200, want: []string{
			"X-Ratelimit-Limit-Requests: 3", "X-Ratelimit-Remaining-Requests: 2", "X-Ratelimit-Reset-Requests: 1m1s",
		}},
		{name: "the tightest", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 30, 500), perMinute(ratelimit.KeyUserDefault, "", 4, 900)}, status: 200, want: []string{
			"X-Ratelimit-Limit-Requests: 4", "X-Ratelimit-Limit-Tokens: 500", "X-Ratelimit-Remaining-Requests: 3", "X-Ratelimit-Remaining-Tokens: 434",
			"X-Ratelimit-Reset-Requests: 1m1s", "X-Ratelimit-Reset-Tokens: 1m1s",
		}},
		{name: "refused", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 2, -1)}, before: 2, status: 429, want: []string{
			"X-Ratelimit-Limit-Requests: 2", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 1m1s",
		}},
		{name: "blocked", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 0, -1)}, status: 403, want: []string{
			"X-Ratelimit-Limit-Requests: 0", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 0s",
		}},
		{name: "the loosest group", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyUserGroup, "team", 2, -1), perMinute(ratelimit.KeyUserGroup, "outer", 9, -1)}, before: 3, status: 200, want: []string{
			"X-Ratelimit-Limit-Requests: 9", "X-Ratelimit-Remaining-Requests: 5", "X-Ratelimit-Reset-Requests: 1m1s",
		}},
		{name: "an hour", limits: []modelservice.RateLimit{{Key: ratelimit.KeyUser, Principal: "bob", Period: ratelimit.Hour, Requests: new64(5)}}, status: 200, want: []string{
			"X-Ratelimit-Limit-Requests: 5", "X-Ratelimit-Remaining-Requests: 4", "X-Ratelimit-Reset-Requests: 1h1m0s",
		}},
		{name: "messages", limits: []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 3, 100)}, api: modelservice.Messages, status: 200, want: []string{
			"Anthropic-Ratelimit-Requests-Limit: 3", "Anthropic-Ratelimit-Requests-Remaining: 2", "Anthropic-Ratelimit-Requests-Reset: 2000-01-01T00:01:01Z",
			"Anthropic-Ratelimit-Tokens-Limit: 100", "Anthropic-Ratelimit-Tokens-Remaining: 34", "Anthropic-Ratelimit-Tokens-Reset: 2000-01-01T00:01:01Z",
		}},
		{name: "shadow and under way", limits: []modelservice.RateLimit{
			{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(1), Shadow: true}, {Key: ratelimit.KeyService, Concurrent: new64(5)}}, status: 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &setup{showLimits: true})
				spec := to("one")
				spec.RateLimits = tt.limits
				w.service(spec)
				w.calls(tt.before)
				if tt.api == modelservice.Messages {
					w.backend.plays("one", reply{body: `{"type":"message","content":[{"type":"text","text":"well"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4}}`})
				}
				out := &recorder{}
				w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: tt.api, Body: []byte(ask(`"max_tokens":63`))}, out)
				if got := limitHeaders(out.header); out.status != tt.status || got != strings.Join(tt.want, "\n") {
					t.Errorf("%d with\n%s\nwant %d with\n%s", out.status, got, tt.status, strings.Join(tt.want, "\n"))
				}
			})
		})
	}
}

// Who was not asked to tell tells nothing.
func TestNoLimitHeaders(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 1, 1)}
	w.service(spec)
	for range 2 {
		out := &recorder{}
		if w.serve(t.Context(), "bob", ask(), out); limitHeaders(out.header) != "" {
			t.Errorf("%d tells %s", out.status, limitHeaders(out.header))
		}
	}
}

// When as much time has passed as the answer says, and no sooner, all that was
// used is there again; whatever was used, no less than nothing remains (I21).
func TestLimitHeadersAreTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &setup{showLimits: true})
		spec := to("one")
		spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 10, 50)}
		w.service(spec)
		w.backend.plays("one", reply{body: answer("one", "well", 300, 400), wait: 2 * time.Second})
		for _, pause := range []time.Duration{0, 300 * time.Millisecond, 20400 * time.Millisecond, 36 * time.Second} {
			time.Sleep(pause)
			out := &recorder{}
			w.serve(t.Context(), "bob", ask(), out)
			if n := out.header.Get("X-Ratelimit-Remaining-Tokens"); n != "0" {
				t.Errorf("%s tokens remain", n)
			}
		}
		out := &recorder{}
		w.serve(t.Context(), "bob", ask(), out)
		for _, d := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} { // in the order in which they are empty
			reset, err := time.ParseDuration(out.header.Get("X-Ratelimit-Reset-" + d.String()))
			w.must(err)
			reset -= time.Since(out.first)
			time.Sleep(reset - time.Millisecond)
			if w.used(ratelimit.KeyService, "", d) == 0 {
				t.Errorf("a millisecond before %v no %s are used any more", reset, d)
			}
			time.Sleep(time.Millisecond)
			if n := w.used(ratelimit.KeyService, "", d); n != 0 {
				t.Errorf("after %v %d %s are still used", reset, n, d)
			}
		}
	})
}
