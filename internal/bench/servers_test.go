package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// The roles of processes.
const (
	roleProvider    = "provider"
	roleGateway     = "gateway"
	roleProxy       = "proxy"
	rolePooledProxy = "pooled-proxy"
)

// servers says what answers in each role; the address is the provider's.
func servers() map[string]func(tb testing.TB, address string, scale scale) http.Handler {
	return map[string]func(testing.TB, string, scale) http.Handler{
		roleProvider: func(testing.TB, string, scale) http.Handler { return http.HandlerFunc(provide) },
		roleGateway:  newGateway,
		roleProxy: func(_ testing.TB, address string, _ scale) http.Handler {
			return newProxy(address, nil)
		},
		rolePooledProxy: func(_ testing.TB, address string, _ scale) http.Handler {
			return newProxy(address, new(buffers))
		},
	}
}

// chatPath is where the gateway answers chat completions. A proxy passes it on
// as it is, the provider answers everywhere.
const chatPath = "/ai-gateway/mlflow/v1/chat/completions"

var (
	jsonAnswer  = completion(700)
	streamEvent = events(50)
)

// provide answers with about a kilobyte, or with a stream of 50 events, each
// sent when it is there.
func provide(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(jsonAnswer)))
		w.Write(jsonAnswer)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for _, event := range streamEvent {
		if _, err := io.WriteString(w, event); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
	}
}

// completion is a chat completion with so many bytes of text.
func completion(text int) []byte {
	words := strings.Repeat("mountain weather ", text/17+1)[:text]
	return fmt.Appendf(nil, `{"id":"chatcmpl-Bq3mZ8K1","object":"chat.completion","created":1800000000,"model":"upstream-model","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"message":{"role":"assistant","content":%q,"refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":140,"total_tokens":159,"prompt_tokens_details":{"cached_tokens":0}}}`, words)
}

// events is a stream of so many events: a role, words, the end of the answer,
// the usage, and [DONE].
func events(n int) []string {
	chunk := func(rest string) string {
		return `data: {"id":"chatcmpl-Bq3mZ8K1","object":"chat.completion.chunk","created":1800000000,"model":"upstream-model","system_fingerprint":"fp_44709d6fcb",` + rest + "}\n\n"
	}
	all := []string{chunk(`"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null`)}
	for i := range n - 4 {
		all = append(all, chunk(fmt.Sprintf(`"choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}],"usage":null`, i)))
	}
	return append(all,
		chunk(`"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null`),
		chunk(fmt.Sprintf(`"choices":[],"usage":{"prompt_tokens":19,"completion_tokens":%d,"total_tokens":%d}`, n-4, n+15)),
		"data: [DONE]\n\n")
}

// openedGateway is a whole gateway and what it is made of.
type openedGateway struct {
	gateway   *modelservice.Gateway
	metastore *modelservice.Metastore
	backend   *upstream.Backend
	log       *inferencelog.Logger
	users     []catalog.PrincipalID
}

// openGateway opens a gateway in the world of the row call, in front of a
// provider. Its rows go nowhere.
func openGateway(tb testing.TB, address string, scale scale, limits *ratelimit.Options) *openedGateway {
	tb.Helper()
	ctx := context.Background()
	c := openCatalog(tb)
	log := inferencelog.New(nowhere{}, nil)
	tb.Cleanup(func() { log.Close(ctx) })
	t := build(tb, c, func(t *town) error {
		if err := t.settle(callers, 8); err != nil {
			return err
		}
		return t.erect(scale.of(10_000))
	})
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		tb.Fatal(err)
	}
	serve(tb, ms, t, true)
	model := upstream.Model{BaseURL: "http://" + address + "/v1", APIKey: inferencelog.NewSecret("sk-provider-key-0123456789")}
	backend, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{
		"system.ai.first": model, "system.ai.second": model, "system.ai.third": model,
	}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(backend.Close)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(limits), Backend: backend,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &openedGateway{gateway, ms, backend, log, t.users}
}

// newGateway is the gateway behind its handler, with a token for every caller.
func newGateway(tb testing.TB, address string, scale scale) http.Handler {
	g := openGateway(tb, address, scale, nil)
	names := map[string]string{}
	for i, user := range g.users {
		p, _ := g.metastore.Catalog().Snapshot().Principal(user)
		names[token(i)] = p.Name
	}
	tokens, err := authn.NewTokens(names)
	if err != nil {
		tb.Fatal(err)
	}
	handler, err := query.New(query.Config{Gateway: g.gateway, Metastore: g.metastore, Authenticate: tokens.Authenticate})
	if err != nil {
		tb.Fatal(err)
	}
	return handler
}

// token is what the i-th caller shows.
func token(i int) string { return fmt.Sprintf("caller-token-%d", i) }

// newProxy is the proxy of the standard library. It is set to read and write at
// the same time, without which it breaks streams, and to pass on what comes at
// once; and it keeps connections as we do. A nil pool is its default.
func newProxy(address string, pool httputil.BufferPool) http.Handler {
	target := &url.URL{Scheme: "http", Host: address}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1,
		BufferPool:    pool,
		Transport: &http.Transport{
			DisableCompression: true, MaxIdleConnsPerHost: 256, IdleConnTimeout: 50 * time.Second,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// buffers is the pool that a careful user gives the proxy.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
