package modelservice_test

import (
	"bytes"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// counter counts a token for each word.
type counter struct {
	asked atomic.Int64
	model atomic.Value // the last
	count func(model string, text []byte) (int64, bool)
}

// CountTokens implements [ratelimit.TokenCounter].
func (c *counter) CountTokens(model string, text []byte) (int64, bool) {
	c.asked.Add(1)
	c.model.Store(model)
	if c.count != nil {
		return c.count(model, text)
	}
	return int64(len(bytes.Fields(text))), true
}

// The host's counter says what the text of a request is; where it cannot, a
// token is taken for four bytes (ruling R24).
func TestTokenCounter(t *testing.T) {
	const nine = 3 // of the nine bytes of "hello you"
	for _, tt := range []struct {
		name  string
		count func(string, []byte) (int64, bool)
		api   modelservice.API
		body  string
		holds int64
		asked int64
	}{
		{name: "words", body: ask(`"max_tokens":100`), holds: 102, asked: 1},
		{name: "several choices", body: ask(`"max_tokens":100`, `"n":3`), holds: 302, asked: 1},
		{name: "several texts", asked: 3, holds: 4 + 10,
			body: `{"model":"main.default.chat","max_tokens":10,"messages":[{"content":"one two"},{"content":[{"text":"th\u0072ee"},{"text":""}]},{"content":"four"}]}`},
		{name: "no text", body: `{"model":"main.default.chat","max_tokens":10}`, holds: 10},
		{name: "tokens and texts", api: modelservice.Embeddings, body: `{"model":"main.default.chat","input":[[1,2,3],"four words of text"]}`, holds: 7, asked: 1},
		{name: "unknown model", count: func(string, []byte) (int64, bool) { return 7, false }, body: ask(`"max_tokens":100`), holds: 100 + nine, asked: 1},
		{name: "panics", count: func(string, []byte) (int64, bool) { panic("no") }, body: ask(`"max_tokens":100`), holds: 100 + nine, asked: 1},
		{name: "counts backwards", count: func(string, []byte) (int64, bool) { return -5, true }, body: ask(`"max_tokens":100`), holds: 100 + nine, asked: 1},
		{name: "counts too far", count: func(string, []byte) (int64, bool) { return math.MaxInt64, true }, body: ask(`"max_tokens":100`), holds: 1 << 40, asked: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &counter{count: tt.count}
			w := newWorld(t, &setup{tokens: c})
			spec := to("two", "one")
			spec.RateLimits = wide()
			w.service(spec)
			var during int64
			w.backend.plays("two", reply{status: 503, do: func() { during = w.used(ratelimit.KeyService, "", ratelimit.Tokens) }})
			if tt.api == modelservice.Embeddings {
				w.backend.plays("one", reply{body: `{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":3,"total_tokens":7}}`})
			}
			res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: tt.api, Body: []byte(tt.body)}, &recorder{})
			if res.Err != nil || during != tt.holds || c.asked.Load() != tt.asked {
				t.Errorf("%v; %d tokens are held, want %d; asked %d times, want %d", res.Err, during, tt.holds, c.asked.Load(), tt.asked)
			}
			if name := c.model.Load(); tt.asked > 0 && name != "system.ai.two" {
				t.Errorf("asked about %v", name)
			}
			if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != 7 {
				t.Errorf("%d tokens are charged", used)
			}
		})
	}
}

// Nobody is asked to count what no limit is about, and nothing of the text is
// out of place.
func TestTokenCounterIsAskedForLimitsOnly(t *testing.T) {
	for _, limits := range [][]modelservice.RateLimit{nil, {perMinute(ratelimit.KeyService, "", 5, -1)}} {
		c := &counter{}
		w := newWorld(t, &setup{tokens: c})
		spec := to("one")
		spec.RateLimits = limits
		w.service(spec)
		if w.calls(1); c.asked.Load() != 0 {
			t.Errorf("asked %d times with limits %+v", c.asked.Load(), limits)
		}
	}
	// What is refused whatever it uses, or concerned by no limit on tokens, is
	// not counted either.
	none, tokens := perMinute(ratelimit.KeyService, "", 0, -1), perMinute(ratelimit.KeyService, "", -1, 1<<40)
	shadow := none
	shadow.Shadow = true
	for _, tt := range []struct {
		name   string
		limits []modelservice.RateLimit
		asked  int64
	}{
		{"tokens of another caller", []modelservice.RateLimit{perMinute(ratelimit.KeyUser, "alice", -1, 1000)}, 0},
		{"requests are 0", []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 0, 1000)}, 0},
		{"requests of the caller are 0", []modelservice.RateLimit{tokens, perMinute(ratelimit.KeyUser, "bob", 0, -1)}, 0},
		{"tokens are 0", []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", -1, 0)}, 0},
		{"a shadow is 0", []modelservice.RateLimit{tokens, shadow}, 1},
		{"one group of two is 0", []modelservice.RateLimit{tokens, perMinute(ratelimit.KeyUserGroup, "team", 0, -1), perMinute(ratelimit.KeyUserGroup, "outer", 5, -1)}, 1},
	} {
		c := &counter{}
		w := newWorld(t, &setup{tokens: c})
		spec := to("one")
		spec.RateLimits = tt.limits
		w.service(spec)
		if w.calls(1); c.asked.Load() != tt.asked {
			t.Errorf("%s: asked %d times, want %d", tt.name, c.asked.Load(), tt.asked)
		}
	}
	// Nor is what is charged when the answer is there.
	after := &counter{}
	charged := newWorld(t, &setup{tokens: after, limits: &ratelimit.Options{ChargeAfter: true}})
	afterwards := to("one")
	afterwards.RateLimits = wide()
	charged.service(afterwards)
	if charged.calls(1); after.asked.Load() != 0 {
		t.Errorf("charged afterwards: asked %d times", after.asked.Load())
	}
	// Which of several limits is on tokens makes no difference.
	two := []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", -1, 1<<40), perMinute(ratelimit.KeyService, "", 1<<40, -1)}
	for range 2 {
		two[0], two[1] = two[1], two[0]
		c := &counter{}
		w := newWorld(t, &setup{tokens: c})
		spec := to("one")
		spec.RateLimits = two
		w.service(spec)
		if w.calls(1); c.asked.Load() != 1 {
			t.Errorf("asked %d times with limits %s", c.asked.Load(), limitsText(two))
		}
	}
	var heard []string
	c := &counter{count: func(_ string, text []byte) (int64, bool) { heard = append(heard, string(text)); return 1, true }}
	w := newWorld(t, &setup{tokens: c})
	spec := to("one")
	spec.RateLimits = wide()
	w.service(spec)
	w.serve(t.Context(), "bob", `{"messages":[{"role":"user","content":"say \"hi\""}],"tools":[{"content":"no"}],"model":"main.default.chat","user":"no"}`, &recorder{})
	if got := strings.Join(heard, "|"); got != `say "hi"` {
		t.Errorf("the counter was handed %q", got)
	}
}
