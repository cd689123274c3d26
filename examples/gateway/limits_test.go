package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
)

// limitsWorld is a gateway as this program puts it together, with bob in two
// groups, and a provider that reports so many tokens for each answer.
type limitsWorld struct {
	testing.TB
	who    people
	url    string
	asked  atomic.Int64
	tokens atomic.Int64
}

func newLimitsWorld(t testing.TB, charging string) *limitsWorld {
	t.Helper()
	w := &limitsWorld{TB: t, who: newPeople()}
	provider := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		w.asked.Add(1)
		fmt.Fprintf(rw, `{"choices": [{"message": {"content": "well"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": %d, "completion_tokens": 0, "total_tokens": %[1]d}}`, w.tokens.Load())
	}))
	t.Cleanup(provider.Close)
	doc := w.who.document(provider.URL)
	doc.TokenCharging = &charging
	doc.Groups = append(doc.Groups, group{Name: "everybody", Members: []string{"alice", "ai_team"}})
	s, err := (&command{listen: "127.0.0.1:0"}).settings(t.Context(), doc, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	r, err := start(t.Context(), s, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := r.stop(defaultGrace()); err != nil {
			t.Error(err)
		}
	})
	w.url = r.url
	w.does(post("", "$ALICE", unityCatalog+"/catalogs", `{"name": "main"}`), status(200))
	w.does(post("", "$ALICE", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "default"}`), status(200))
	w.does(sql("", "$ALICE", "GRANT USE CATALOG ON CATALOG main TO ai_team"), succeeded())
	w.does(sql("", "$ALICE", "GRANT USE SCHEMA, EXECUTE ON SCHEMA main.default TO ai_team"), succeeded())
	return w
}

// does makes a request and checks the answer.
func (w *limitsWorld) does(x exchange, checks ...check) *answer {
	w.Helper()
	a, err := x.send(w.Context(), http.DefaultClient, w.who.expand(w.url, ""))
	if err == nil {
		err = all(checks...)(a)
	}
	if err != nil {
		w.Fatalf("%s %s\n%s\n%v: %v", x.method, x.path, x.body, a, err)
	}
	return a
}

// limits makes a service with limits, in the shape of the GA API.
func (w *limitsWorld) limits(name, limits string) {
	w.Helper()
	w.does(post("", "$ALICE", unityCatalog+"/model-services?parent=schemas/main.default&model_service_id="+name,
		`{"config": {"routing": {"destinations": [{"name": "only", "destination_type": "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL",
			"pay_per_token_config": {"model": "models/system.ai.`+fallbackModel+`"}}]},
			"inference_table": {"parent": "schemas/main.default"}, "rate_limits": [`+limits+`]}}`), status(200))
}

// passes makes calls that are answered.
func (w *limitsWorld) passes(n int, name string) {
	w.Helper()
	for range n {
		w.does(chat("", "$BOB", "main.default."+name, false), status(200), is("choices.0.message.content", "well"))
	}
}

// refuses makes a call that is refused with these words, without being sent,
// for at most so many seconds.
func (w *limitsWorld) refuses(name, words string, longest int) {
	w.Helper()
	before := w.asked.Load()
	a := w.does(chat("", "$BOB", "main.default."+name, false), status(429), is("error_code", "REQUEST_LIMIT_EXCEEDED"),
		is("error.type", "rate_limit_error"), mentions("message", "REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default."+name+"'. "+words))
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || wait < 1 || wait > longest {
		w.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	if n := w.asked.Load() - before; n != 0 {
		w.Errorf("a refused call was sent %d times", n)
	}
}

const (
	minuteLimit = `"renewal_period": "RATE_LIMIT_RENEWAL_PERIOD_MINUTE"`
	// serviceLimit ends where its number begins.
	serviceLimit = `{"key": "RATE_LIMIT_KEY_SERVICE", ` + minuteLimit + `, `
)

// Example 7 of spec §18: the 1,001st request in a minute.
func TestExample7(t *testing.T) {
	w := newLimitsWorld(t, "reserve")
	w.limits("thousand", serviceLimit+`"requests": 1000}`)
	w.passes(1000, "thousand")
	w.refuses("thousand", "Requests-per-minute (RPM) rate limit exceeded for endpoint", 61)
	if n := w.asked.Load(); n != 1000 {
		t.Errorf("%d calls were sent", n)
	}
	x := sql("", "$ALICE", "SELECT status_code, outcome, attempts FROM main.default.thousand_payload LIMIT 1").
		eventually(succeeded(), is("result.data_array.0.0", "429"), is("result.data_array.0.1", "refused"), is("result.data_array.0.2", "[]"))
	if _, err := x.ask(t.Context(), http.DefaultClient, w.who.expand(w.url, "")); err != nil {
		t.Error(err)
	}
}

// Example 8: with 9,999 of 10,000 tokens used an answer of 5,000 passes, and the
// next call is refused.
func TestExample8(t *testing.T) {
	w := newLimitsWorld(t, "after")
	w.limits("tokens", serviceLimit+`"tokens": 10000}`)
	w.tokens.Store(9_999)
	w.passes(1, "tokens")
	w.tokens.Store(5_000)
	w.passes(1, "tokens")
	w.refuses("tokens", "Tokens-per-minute (TPM) rate limit exceeded for endpoint", 61)
	usage := w.does(request("", "$BOB", "GET", unityCatalog+"/rate-limit-usage/main.default.tokens", ""), status(200),
		is("admitted", "false"), is("refusal.error_code", "REQUEST_LIMIT_EXCEEDED"), is("rate_limits.0.used", "14999"), is("rate_limits.0.remaining", "0"))
	if !strings.Contains(usage.at("refusal.message"), "(TPM)") {
		t.Errorf("the usage is %s", usage)
	}
}

// Example 9: 0 blocks, and is no reason to try again; unset does not limit.
func TestExample9(t *testing.T) {
	w := newLimitsWorld(t, "reserve")
	w.limits("zero", serviceLimit+`"requests": 0}`)
	for range 3 {
		a := w.does(chat("", "$BOB", "main.default.zero", false), status(403), is("error_code", "PERMISSION_DENIED"),
			is("message", "PERMISSION_DENIED: The endpoint is disabled due to a rate limit set to 0."))
		if wait := a.header.Get("Retry-After"); wait != "" {
			t.Errorf("Retry-After is %q", wait)
		}
	}
	if n := w.asked.Load(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
	w.limits("unset", ``)
	w.passes(50, "unset")
	w.limits("tokens", serviceLimit+`"requests": null, "tokens": 9223372036854775807}`)
	w.passes(50, "tokens")
}

// Example 13: who is in two groups is blocked when he is over in both.
func TestExample13(t *testing.T) {
	w := newLimitsWorld(t, "reserve")
	const groupLimit = `{"key": "RATE_LIMIT_KEY_USER_GROUP", ` + minuteLimit + `, `
	w.limits("groups", groupLimit+`"principal": "ai_team", "requests": 10}, `+groupLimit+`"principal": "everybody", "requests": 100}`)
	w.passes(100, "groups")
	w.refuses("groups", "Requests-per-minute (RPM) rate limit exceeded for group '", 61)
}
