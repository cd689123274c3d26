package upstream_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// spoken are requests of every API, and what a provider is sent for them.
var spoken = []struct {
	api                  modelservice.API
	family               upstream.API
	body, path, accept   string
	credential, protocol string // header lines; the second may be absent
}{
	{modelservice.ChatCompletions, "", whole, "/chat/completions", "application/json", "Authorization: Bearer " + canary, ""},
	{modelservice.ChatCompletions, upstream.OpenAI, stream, "/chat/completions", "text/event-stream", "Authorization: Bearer " + canary, ""},
	{modelservice.Embeddings, upstream.OpenAI, `{"model":"main.default.chat","input":"hello","stream":true}`, "/embeddings", "application/json", "Authorization: Bearer " + canary, ""},
	{modelservice.Responses, upstream.OpenAI, `{"model":"main.default.chat","input":"hello"}`, "/responses", "application/json", "Authorization: Bearer " + canary, ""},
	{modelservice.Responses, upstream.OpenAI, `{"model":"main.default.chat","input":"hello","stream":true}`, "/responses", "text/event-stream", "Authorization: Bearer " + canary, ""},
	{modelservice.Messages, upstream.Anthropic, whole, "/messages", "application/json", "X-Api-Key: " + canary, "Anthropic-Version: 2023-06-01"},
	{modelservice.Messages, upstream.Anthropic, stream, "/messages", "text/event-stream", "X-Api-Key: " + canary, "Anthropic-Version: 2023-06-01"},
}

// sent returns what stands on the wire when a backend sends a request: the head
// and the body.
func sent(t *testing.T, f upstream.API, to modelservice.Target, r *modelservice.Request) (address, head, body string) {
	t.Helper()
	got := make(chan []byte, 1)
	address = serveRaw(t, func(c net.Conn) {
		var raw bytes.Buffer
		r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
		if err == nil {
			io.Copy(io.Discard, r.Body)
		}
		got <- raw.Bytes()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	response, err := backendFor(t, "http://"+address+"/base/v1/", family(f)).Send(t.Context(), to, r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	head, body, _ = strings.Cut(string(<-got), "\r\n\r\n")
	return address, head, body
}

// On the wire stand the lines that the table makes, and no other; the body is
// the caller's with another model.
func TestOnTheWire(t *testing.T) {
	for _, test := range spoken {
		to, request := capturedCall(t, &modelservice.Call{API: test.api, Body: []byte(test.body)})
		address, head, rest := sent(t, test.family, to, request)
		given, _ := request.Body("m")
		body := readAll(t, given)
		lines := map[string]bool{}
		for line := range strings.SplitSeq(head, "\r\n") {
			lines[line] = true
		}
		want := map[string]bool{
			"POST /base/v1" + test.path + " HTTP/1.1":    true,
			"Host: " + address:                           true,
			"Accept: " + test.accept:                     true,
			test.credential:                              true,
			"Content-Type: application/json":             true,
			"User-Agent: modelward":                      true,
			"Content-Length: " + strconv.Itoa(len(body)): true,
		}
		if test.protocol != "" {
			want[test.protocol] = true
		}
		if !maps.Equal(lines, want) {
			t.Errorf("%s: sent\n%s\nwant\n%v", test.api, head, want)
		}
		if rest != body || !strings.Contains(body, `"model":"m"`) {
			t.Errorf("%s: sent %q; want %q", test.api, rest, body)
		}
	}
}

// Without a key none is sent, under any name.
func TestNoKey(t *testing.T) {
	for _, test := range spoken {
		to, request := capturedCall(t, &modelservice.Call{API: test.api, Body: []byte(test.body)})
		server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization")+r.Header.Get("X-Api-Key") != "" {
				t.Errorf("%s: sent %v", test.api, r.Header)
			}
		})
		response, err := backendFor(t, server.URL, func(c *upstream.Config) {
			c.Models = map[string]upstream.Model{"system.ai.m": {BaseURL: server.URL, API: test.family}}
		}).Send(t.Context(), to, request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
}

// Nothing that a caller can say changes where an attempt goes, as whom, or any
// header (invariant I14): next to a call that says nothing of the kind, all but
// the body and its length is the same, byte for byte.
func TestHostileCall(t *testing.T) {
	const hostile = `"base_url":"http://192.0.2.1/","api_base":"http://192.0.2.1/","url":"http://192.0.2.1/","api_key":"stolen","api":"openai","headers":{"Authorization":"Bearer stolen"},` +
		`"extra_headers":{"X-Api-Key":"stolen","Host":"192.0.2.1"},"extra_query":{"a":"b"},"authorization":"Bearer stolen","x-api-key":"stolen","anthropic_version":"1","anthropic-version":"1",` +
		`"anthropic_beta":["x"],"upstream_model":"other","user-agent":"x","accept":"*/*","path":"/../x","organization":"o","idempotency_key":"i","extra_body":{"model":"other"}`
	for _, test := range spoken {
		control := &modelservice.Call{API: test.api, Body: []byte(test.body)}
		attack := &modelservice.Call{
			API: test.api, Body: []byte(strings.Replace(test.body, `{"model"`, `{`+hostile+`,"model"`, 1)),
			RequestID: "x\r\nX-Injected: y", URL: "http://192.0.2.1/other?api_key=stolen", APIType: "other",
			Session: "s\r\nX-Injected: y", Tags: map[string]string{"Authorization": "Bearer stolen", "X-Api-Key": "stolen", "base_url": "http://192.0.2.1/"},
		}
		to, request := capturedCall(t, control)
		where, want, _ := sent(t, test.family, to, request)
		to, request = capturedCall(t, attack)
		address, got, body := sent(t, test.family, to, request)
		if withoutLength(got, address) != withoutLength(want, where) {
			t.Errorf("%s: sent\n%s\nwant\n%s", test.api, got, want)
		}
		if now := strings.Replace(string(attack.Body), `"model":"main.default.chat"`, `"model":"m"`, 1); body != now && !strings.Contains(test.body, `"stream":true`) {
			t.Errorf("%s: the body\n%s\nwent out as\n%s", test.api, now, body)
		}
	}
}

// withoutLength is a head without what depends on the body and on the server.
func withoutLength(head, address string) string {
	var kept []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(line, "Content-Length: ") {
			kept = append(kept, strings.ReplaceAll(line, address, "HOST"))
		}
	}
	return strings.Join(kept, "\n")
}

// A model speaks the APIs of its family. Another one is an answer to the
// caller, and nobody is asked (ruling R33).
func TestNotSpoken(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") })
	for _, f := range []upstream.API{upstream.OpenAI, upstream.Anthropic} {
		b := backendFor(t, server.URL, family(f))
		for _, call := range spoken {
			to, request := capturedCall(t, &modelservice.Call{API: call.api, Body: []byte(call.body)})
			if slices.Contains(b.Speaks(to.Model), call.api) {
				continue
			}
			_, err := b.Send(t.Context(), to, request)
			if !errors.Is(err, modelservice.ErrNotSpoken) {
				t.Errorf("%s, %s: got %v", f, call.api, err)
			}
			_, err = newWorld(t, b).ask(t.Context(), call.api, call.body)
			var e *modelservice.Error
			if !errors.As(err, &e) || e.HTTPStatus() != http.StatusBadRequest {
				t.Errorf("%s, %s: the caller is told %v", f, call.api, err)
			}
		}
	}
}

func TestSpeaks(t *testing.T) {
	name := catalog.FullName{Catalog: "system", Schema: "ai", Object: "m"}
	openAI := []modelservice.API{modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses}
	for f, want := range map[upstream.API][]modelservice.API{
		"": openAI, upstream.OpenAI: openAI, upstream.Anthropic: {modelservice.Messages},
	} {
		b := backendFor(t, "http://unused.invalid", family(f))
		got := b.Speaks(name)
		if !slices.Equal(got, want) {
			t.Errorf("%q: speaks %v; want %v", f, got, want)
		}
		got[0] = "changed"
		if again := b.Speaks(name); !slices.Equal(again, want) {
			t.Errorf("%q: after a caller changed what it was told: %v", f, again)
		}
		if got := b.Speaks(catalog.FullName{Catalog: "system", Schema: "ai", Object: "x"}); got != nil {
			t.Errorf("%q: a model that is not in the table speaks %v", f, got)
		}
	}
}

// A table with something wrong in it is refused, and the error names what
// without showing it.
func TestInvalid(t *testing.T) {
	good := "https://api.example.com/v1"
	for _, test := range []struct {
		field  string
		models map[string]upstream.Model
	}{
		{"name", map[string]upstream.Model{"m": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai.m.x": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai.m": {BaseURL: good}, "SYSTEM.ai.m": {BaseURL: good}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "ftp://canary.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "api.example.com/canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https:canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https:///canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://:443/canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://user:canary@api.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://canary@api.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://user:canary@api.example.com:x"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "?key=canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "?"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "#canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "#"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/chat/completions"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/messages/", API: upstream.Anthropic}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/embeddings"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/responses//"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://h/canary\n"}}},
		{"api", map[string]upstream.Model{"system.ai.m": {BaseURL: good, API: "canary"}}},
		{"upstream_model", map[string]upstream.Model{"system.ai.m": {BaseURL: good, UpstreamModel: "\xff"}}},
		{"api_key", map[string]upstream.Model{"system.ai.m": {BaseURL: good, APIKey: inferencelog.NewSecret("canary\r\nX: y")}}},
		{"api_key", map[string]upstream.Model{"system.ai.m": {BaseURL: good, APIKey: inferencelog.NewSecret("canary é")}}},
	} {
		_, err := upstream.New(upstream.Config{Models: test.models})
		var invalid *upstream.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != test.field {
			t.Errorf("%v: got %v; want a fault in %s", test.models, err, test.field)
			continue
		}
		noCanary(t, "the error", err.Error())
	}
	for _, base := range []string{good, good + "/", "http://127.0.0.1:8080", "http://[::1]:8080/a%20b/v1", "https://h/deployments/x"} {
		if _, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{"system.ai.m": {BaseURL: base}}}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}
