package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

// The models of system.ai, and what their provider calls them.
const (
	primaryModel  = "databricks-claude-opus-4-6"
	fallbackModel = "databricks-gpt-5-2"

	primaryUpstream  = "opus"
	fallbackUpstream = "gpt"

	providerKey = "provider-key"
)

// provider is a scripted provider of models that speaks OpenAI's API. A model
// without a script answers "Hello from" and its name.
type provider struct {
	*httptest.Server

	mu      sync.Mutex
	scripts map[string]http.HandlerFunc // by the provider's name of the model
	seen    []received
}

// received is what reached the provider.
type received struct {
	path, model string
	stream      bool
	header      http.Header
}

func newProvider(t *testing.T) *provider {
	p := &provider{scripts: map[string]http.HandlerFunc{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) models() map[string]upstream.Model {
	model := func(name string) upstream.Model {
		return upstream.Model{BaseURL: p.URL + "/v1", UpstreamModel: name, APIKey: inferencelog.NewSecret(providerKey)}
	}
	const in = modelservice.SystemCatalog + "." + modelservice.SystemSchema + "."
	return map[string]upstream.Model{in + primaryModel: model(primaryUpstream), in + fallbackModel: model(fallbackUpstream)}
}

// script says how a model answers from now on.
func (p *provider) script(model string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts[model] = answer
}

// requests returns what has reached the provider so far.
func (p *provider) requests() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received(nil), p.seen...)
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the gateway has gone
	}
	var asked struct {
		Model  string
		Stream bool
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, received{r.URL.Path, asked.Model, asked.Stream, r.Header})
	answer := p.scripts[asked.Model]
	p.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case asked.Stream:
		streamed("Hello", " from", " "+asked.Model)(w, r)
	default:
		whole("Hello from "+asked.Model)(w, r)
	}
}

// whole answers with one chat completion, which has used 12 and 3 tokens.
func whole(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"c1","object":"chat.completion","created":1800000000,"model":"m","choices":[{"index":0,`+
			`"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],`+
			`"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}`, content)
	}
}

// streamed answers with a stream of these pieces, and an end.
func streamed(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w, pieces)
		event(w, `{"id":"c1","object":"chat.completion.chunk","created":1800000000,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		event(w, `{"id":"c1","object":"chat.completion.chunk","created":1800000000,"model":"m","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}`)
		event(w, "[DONE]")
	}
}

// cut answers with the beginning of a stream, and drops the connection.
func cut(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		begin(w, pieces)
		panic(http.ErrAbortHandler)
	}
}

func begin(w http.ResponseWriter, pieces []string) {
	w.Header().Set("Content-Type", "text/event-stream")
	event(w, `{"id":"c1","object":"chat.completion.chunk","created":1800000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`)
	for _, piece := range pieces {
		event(w, fmt.Sprintf(`{"id":"c1","object":"chat.completion.chunk","created":1800000000,"model":"m","choices":[{"index":0,"delta":{"content":%q}}]}`, piece))
	}
}

func event(w http.ResponseWriter, data string) {
	fmt.Fprintf(w, "data: %s\n\n", data)
	w.(http.Flusher).Flush()
}

// refusal answers with a status and an error in OpenAI's form.
func refusal(status int, kind, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":%q,"type":%q,"param":"messages","code":%q}}`, message, kind, code)
	}
}

func down() http.HandlerFunc {
	return refusal(http.StatusServiceUnavailable, "server_error", "overloaded", "The engine is overloaded.")
}
