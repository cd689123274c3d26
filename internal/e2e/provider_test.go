package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

// The models of system.ai, and what their provider calls them. The first two
// speak OpenAI's APIs, the others Anthropic's.
const (
	primaryModel  = "databricks-claude-opus-4-6"
	fallbackModel = "databricks-gpt-5-2"
	sonnetModel   = "databricks-claude-sonnet-4-6"
	haikuModel    = "databricks-claude-haiku-4-5"

	primaryUpstream  = "opus"
	fallbackUpstream = "gpt"
	sonnetUpstream   = "sonnet"
	haikuUpstream    = "haiku"

	providerKey = "provider-key"
)

func modelNames() []string { return []string{primaryModel, fallbackModel, sonnetModel, haikuModel} }

// provider is a scripted provider of models that speaks OpenAI's APIs below
// /v1 and Anthropic's below /anthropic/v1, in their own forms. A model without
// a script answers "Hello from" and its name. The provider holds the gateway to
// what may reach it: whatever else does, fails the test.
type provider struct {
	url  string
	dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: over the network

	mu      sync.Mutex
	scripts map[string]http.HandlerFunc // by the provider's name of the model
	seen    []received
	faults  []string
}

// received is what reached the provider.
type received struct {
	path, model string
	stream      bool
	usage       bool // the stream is to report its usage
	header      http.Header
	body        []byte
}

// newProvider starts a provider that listens on the loopback interface.
func newProvider(t *testing.T) *provider {
	p := &provider{scripts: map[string]http.HandlerFunc{}}
	server := httptest.NewServer(p)
	p.url = server.URL
	t.Cleanup(func() {
		server.Close()
		p.report(t)
	})
	return p
}

// report fails the test for what should not have reached the provider.
func (p *provider) report(t *testing.T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		t.Error("at the provider: " + fault)
	}
}

func (p *provider) models() map[string]upstream.Model {
	const in = modelservice.SystemCatalog + "." + modelservice.SystemSchema + "."
	key := inferencelog.NewSecret(providerKey)
	models := map[string]upstream.Model{}
	for name, theirs := range map[string]string{primaryModel: primaryUpstream, fallbackModel: fallbackUpstream} {
		models[in+name] = upstream.Model{BaseURL: p.url + "/v1", UpstreamModel: theirs, APIKey: key}
	}
	for name, theirs := range map[string]string{sonnetModel: sonnetUpstream, haikuModel: haikuUpstream} {
		models[in+name] = upstream.Model{BaseURL: p.url + "/anthropic/v1", UpstreamModel: theirs, APIKey: key, API: upstream.Anthropic}
	}
	return models
}

// script says how a model answers from now on; nil: as at first.
func (p *provider) script(model string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts[model] = answer
}

// requests returns what has reached the provider so far.
func (p *provider) requests() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// last returns what reached the provider last.
func (p *provider) last() received {
	seen := p.requests()
	return seen[len(seen)-1]
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the gateway has gone
	}
	var asked struct {
		Model         string
		Stream        bool
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	got := received{r.URL.RequestURI(), asked.Model, asked.Stream, asked.StreamOptions.IncludeUsage, r.Header, body}
	p.mu.Lock()
	p.seen = append(p.seen, got)
	p.faults = append(p.faults, got.faults()...)
	answer := p.scripts[asked.Model]
	p.mu.Unlock()
	if answer == nil {
		answer = got.usual()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer(w, r)
}

// faults says what should not have reached the provider in this way. Nothing
// but the body is the caller's, and the model's name in it is the provider's.
func (r *received) faults() (faults []string) {
	wrong := func(format string, args ...any) {
		faults = append(faults, r.path+": "+fmt.Sprintf(format, args...))
	}
	accept := map[bool]string{false: "application/json", true: "text/event-stream"}[r.stream]
	want := map[string]string{"Accept": accept, "Content-Type": "application/json", "User-Agent": "modelward", "Content-Length": fmt.Sprint(len(r.body))}
	models := []string{primaryUpstream, fallbackUpstream}
	switch r.path {
	case "/v1/chat/completions", "/v1/responses", "/v1/embeddings":
		want["Authorization"] = "Bearer " + providerKey
	case "/anthropic/v1/messages":
		want["X-Api-Key"], want["Anthropic-Version"] = providerKey, "2023-06-01"
		models = []string{sonnetUpstream, haikuUpstream}
	default:
		wrong("no such path")
	}
	if !slices.Contains(models, r.model) {
		wrong("no such model: %q", r.model)
	}
	for name, values := range r.header {
		if len(values) != 1 || want[name] != values[0] {
			wrong("header %s is %q, want %q", name, values, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		wrong("header %s is missing", name)
	}
	return faults
}

// usual is the answer of a model without a script.
func (r *received) usual() http.HandlerFunc {
	whole := map[string]func(model, text string) http.HandlerFunc{
		"/v1/chat/completions":   func(_, text string) http.HandlerFunc { return whole(text) },
		"/v1/responses":          response,
		"/v1/embeddings":         func(model, _ string) http.HandlerFunc { return embeddings(model) },
		"/anthropic/v1/messages": message,
	}
	pieces := map[string]func(model string, pieces ...string) []string{
		"/v1/chat/completions": func(_ string, pieces ...string) []string {
			return chatEvents(r.usage, pieces...)
		},
		"/v1/responses":          responseEvents,
		"/anthropic/v1/messages": messageEvents,
	}
	switch {
	case r.stream && pieces[r.path] != nil:
		return play(pieces[r.path](r.model, "Hello", " from", " "+r.model)...)
	case whole[r.path] != nil:
		return whole[r.path](r.model, "Hello from "+r.model)
	}
	return http.NotFound
}

// object answers with a JSON object.
func object(format string, args ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, format, args...)
	}
}

// play answers with a stream of events, each flushed on its own.
func play(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, e := range events {
			io.WriteString(w, e+"\n\n")
			w.(http.Flusher).Flush()
		}
	}
}

// breakOff answers with the beginning of a stream, and drops the connection.
func breakOff(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		play(events...)(w, r)
		panic(http.ErrAbortHandler)
	}
}

// hold answers with the beginning of a stream, and goes on only when nobody
// listens any more; then it closes gone.
func hold(gone chan<- struct{}, events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		play(events...)(w, r)
		<-r.Context().Done()
		close(gone)
	}
}

// refusal answers with a status and an error in OpenAI's form.
func refusal(status int, kind, code, message string) http.HandlerFunc {
	return refuse(status, fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":"messages","code":%q}}`, message, kind, code))
}

// refuse answers with a status and a body.
func refuse(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func down() http.HandlerFunc {
	return refusal(http.StatusServiceUnavailable, "server_error", "overloaded", "The engine is overloaded.")
}

// named is an event whose name is the type that its data begins with.
func named(data string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
	return "event: " + name + "\ndata: " + data
}

// quote writes a text as JSON.
func quote(text string) string {
	data, _ := json.Marshal(text) // a string always can be
	return string(data)
}
