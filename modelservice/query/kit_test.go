package query_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/internal/exchange"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

const (
	chatPath = "/ai-gateway/mlflow/v1/chat/completions"
	key      = "sk-provider-key"
)

var exchanges = flag.String("exchanges", "", "a folder: record in it what is asked and answered, for the description of the API to be held against")

var recorder = sync.OnceValues(func() (*exchange.Recorder, error) {
	return exchange.NewRecorder(filepath.Join(*exchanges, "query.jsonl"))
})

// recorded is a handler whose exchanges are recorded, if they are to be.
func recorded(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	if *exchanges == "" {
		return h
	}
	rec, err := recorder()
	if err != nil {
		t.Fatal(err)
	}
	return rec.Record(h)
}

// world is a whole gateway behind a server: the service main.default.chat with
// a primary and a fallback, both scripted, and services with limits beside it.
//
// The users admin and alice and the service principal bot may call all of it;
// stranger may call nothing. Their tokens are their names with "-token".
type world struct {
	metastore         *modelservice.Metastore
	gateway           *modelservice.Gateway
	tokens            *authn.Tokens
	server            *httptest.Server
	admin             catalog.PrincipalID
	primary, fallback provider
	calls             chan modelservice.Call // those that were planned; the last ones are kept
}

// provider answers as it is told to.
type provider struct {
	answer atomic.Pointer[http.HandlerFunc]
	asked  atomic.Int64
}

func (p *provider) does(h http.HandlerFunc) { p.answer.Store(&h) }

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	(*p.answer.Load())(w, r)
}

func newWorld(t testing.TB, changes ...func(*query.Config)) *world {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	must(err)
	t.Cleanup(func() { c.Close(ctx) })
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	t.Cleanup(func() { log.Close(ctx) })
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	must(err)
	must(ms.SyncSystem(ctx, []string{"primary", "fallback"}))
	w := &world{metastore: ms, calls: make(chan modelservice.Call, 100)}
	_, err = c.Update(ctx, "test", func(tx *catalog.Tx) error {
		if w.admin, err = tx.CreatePrincipal(catalog.User, "admin"); err != nil {
			return err
		}
		callers, err := tx.CreatePrincipal(catalog.Group, "callers")
		if err != nil {
			return err
		}
		for name, kind := range map[string]catalog.PrincipalType{"alice": catalog.User, "bot": catalog.ServicePrincipal, "stranger": catalog.User} {
			id, err := tx.CreatePrincipal(kind, name)
			if err != nil {
				return err
			}
			if name != "stranger" {
				if err := tx.AddMember(callers, id); err != nil {
					return err
				}
			}
		}
		return tx.AddMember(catalog.MetastoreAdmins, w.admin)
	})
	must(err)
	_, err = ms.CreateCatalog(ctx, w.admin, modelservice.NewObject{Name: "main"})
	must(err)
	in := catalog.FullName{Catalog: "main", Schema: "default"}
	_, err = ms.CreateSchema(ctx, w.admin, in.Parent(), modelservice.NewObject{Name: in.Schema})
	must(err)
	zero, one := int64(0), int64(1)
	for name, spec := range map[string]modelservice.Spec{
		"chat":    {InferenceTable: &modelservice.InferenceTable{Parent: in.String()}},
		"bare":    {},
		"limited": {RateLimits: []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &one}}},
		"blocked": {RateLimits: []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &zero}}},
	} {
		spec.Destinations = []modelservice.Destination{{Name: "first", Type: modelservice.PayPerToken, Model: "system.ai.primary"}}
		spec.Fallbacks = []modelservice.Destination{{Name: "second", Type: modelservice.PayPerToken, Model: "system.ai.fallback"}}
		_, err = ms.CreateService(ctx, w.admin, modelservice.NewService{Parent: in, Name: name, Spec: spec})
		must(err)
	}
	for _, grant := range []struct {
		on   catalog.SecurableType
		name catalog.FullName
		what []catalog.Privilege
	}{
		{catalog.TypeCatalog, in.Parent(), []catalog.Privilege{catalog.UseCatalog}},
		{catalog.TypeSchema, in, []catalog.Privilege{catalog.UseSchema, catalog.Execute}},
	} {
		must(ms.ChangeGrants(ctx, w.admin, grant.on, grant.name, []modelservice.GrantChange{{Principal: "callers", Add: grant.what}}))
	}

	models := map[string]upstream.Model{}
	for name, p := range map[string]*provider{"primary": &w.primary, "fallback": &w.fallback} {
		p.does(answers(http.StatusOK, answerOf(name)))
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		models["system.ai."+name] = upstream.Model{BaseURL: server.URL, UpstreamModel: "upstream-" + name, APIKey: inferencelog.NewSecret(key)}
	}
	backend, err := upstream.New(upstream.Config{Models: models})
	must(err)
	t.Cleanup(backend.Close)
	w.gateway, err = modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: polyglot{backend},
		Trace: &modelservice.Trace{Planned: func(call *modelservice.Call, _ routing.Plan) {
			select {
			case w.calls <- *call:
			default: // nobody looks
			}
		}},
	})
	must(err)

	w.tokens, err = authn.NewTokens(map[string]string{
		"admin-token": "admin", "alice-token": "Alice", "bot-token": "bot", "stranger-token": "stranger",
		"group-token": "callers", "nobody-token": "nobody", "system-token": catalog.SystemUserName,
	})
	must(err)
	cfg := query.Config{Gateway: w.gateway, Metastore: ms, Authenticate: w.tokens.Authenticate}
	for _, change := range changes {
		change(&cfg)
	}
	handler, err := query.New(cfg)
	must(err)
	w.server = httptest.NewServer(recorded(t, handler))
	t.Cleanup(w.server.Close)
	return w
}

// answerOf is a whole chat completion of a model.
func answerOf(model string) string {
	return fmt.Sprintf(`{"id":"1", "unknown": 1e400, "model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}`, model)
}

// answers is a provider that reads its request and gives one answer.
func answers(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func event(content string) string {
	return `data: {"choices":[{"delta":{"content":"` + content + `"}}]}` + "\n\n"
}

const (
	roleEvent  = `data: {"choices":[{"delta":{"role":"assistant"}}]}` + "\n\n"
	finish     = `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usageEvent = `data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}` + "\n\n"
	done       = "data: [DONE]\n\n"
)

// streams is a provider that sends events, each on its way by itself.
func streams(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			io.WriteString(w, e)
			w.(http.Flusher).Flush()
		}
	}
}

// breaks is a provider that sends events and then loses the connection.
func breaks(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		streams(events...)(w, r)
		panic(http.ErrAbortHandler)
	}
}

// waits is a provider that sends events and then nothing until it is given up.
// It says so when it waits, and when it was given up.
func waits(waiting, givenUp chan<- struct{}, events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(events) > 0 {
			streams(events...)(w, r)
		} else {
			io.Copy(io.Discard, r.Body)
		}
		waiting <- struct{}{}
		<-r.Context().Done()
		givenUp <- struct{}{}
	}
}

func chatBody(service string, stream bool) string {
	return fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":"hello"}]}`, "main.default."+service, stream)
}

// request makes a request of alice's.
func (w *world) request(t testing.TB, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer alice-token")
	return r
}

// reply is an answer read whole.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
	length int64
}

func (w *world) do(t testing.TB, r *http.Request) reply {
	t.Helper()
	response, err := w.server.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	return readReply(response)
}

func readReply(response *http.Response) reply {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(body), err, response.ContentLength}
}

func (w *world) chat(t testing.TB, body string) reply {
	t.Helper()
	return w.do(t, w.request(t, http.MethodPost, chatPath, body))
}

// rows returns what was logged of main.default.chat, newest first.
func (w *world) rows(t testing.TB) []*inferencelog.Record {
	t.Helper()
	rows, err := w.metastore.Rows(t.Context(), w.admin, catalog.FullName{Catalog: "main", Schema: "default", Object: "chat_payload"}, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*inferencelog.Record
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

// rowOf waits for the row of a request whose caller is not there any more to
// see its end.
func (w *world) rowOf(t testing.TB, n int) *inferencelog.Record {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		if rows := w.rows(t); len(rows) == n {
			return rows[0]
		}
		select {
		case <-deadline:
			t.Fatalf("%d rows; want %d", len(w.rows(t)), n)
		default:
			runtime.Gosched()
		}
	}
}

// settled waits until no more goroutines run than before, for as long as
// connections may take to notice that they were closed.
func settled(t *testing.T, before int) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d now:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		default:
			runtime.Gosched()
		}
	}
}

// readEvent reads one event of a stream.
func readEvent(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var b bytes.Buffer
	for !bytes.HasSuffix(b.Bytes(), []byte("\n\n")) {
		line, err := r.ReadBytes('\n')
		b.Write(line)
		if err != nil {
			t.Fatalf("after %q: %v", b.String(), err)
		}
	}
	return b.String()
}
