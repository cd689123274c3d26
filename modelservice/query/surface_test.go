package query_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
)

// Every request that is refused before the gateway has the shape of ruling R11.
func TestRefusals(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.MaxBody = 1000 })
	ok := chatBody("chat", false)
	for _, test := range []struct {
		name, method, path, body string
		header                   http.Header // replaces; nil values delete
		status                   int
		code                     string
		answer                   http.Header // among the answer's
	}{
		{"no token", "POST", chatPath, ok, http.Header{"Authorization": nil}, 401, "UNAUTHENTICATED", http.Header{"Www-Authenticate": {"Bearer"}}},
		{"unknown token", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer alice"}}, 401, "UNAUTHENTICATED", nil},
		{"basic", "POST", chatPath, ok, http.Header{"Authorization": {"Basic alice-token"}}, 401, "UNAUTHENTICATED", nil},
		{"no scheme", "POST", chatPath, ok, http.Header{"Authorization": {"alice-token"}}, 401, "UNAUTHENTICATED", nil},
		{"two tokens", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer alice-token", "Bearer alice-token"}}, 401, "UNAUTHENTICATED", nil},
		{"key header", "POST", chatPath, ok, http.Header{"Authorization": nil, "X-Api-Key": {"alice-token"}}, 401, "UNAUTHENTICATED", nil},
		{"not a principal", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer nobody-token"}}, 401, "UNAUTHENTICATED", nil},
		{"a group", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer group-token"}}, 401, "UNAUTHENTICATED", nil},
		{"the system user", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer system-token"}}, 401, "UNAUTHENTICATED", nil},
		{"no token, no path", "GET", "/ai-gateway/x", "", http.Header{"Authorization": nil}, 401, "UNAUTHENTICATED", nil},

		{"unknown path", "GET", "/ai-gateway/x", "", nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"no path", "GET", "/", "", nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"final slash", "POST", chatPath + "/", ok, nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"capitals", "POST", strings.ToUpper(chatPath), ok, nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"dots", "POST", "/ai-gateway/x/../mlflow/v1/chat/completions", ok, nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"encoded slash", "POST", "/ai-gateway/mlflow%2Fv1/chat/completions", ok, nil, 404, "ENDPOINT_NOT_FOUND", nil},
		{"wrong method", "GET", chatPath, "", nil, 405, "BAD_REQUEST", http.Header{"Allow": {"POST"}}},
		{"options", "OPTIONS", chatPath, "", nil, 405, "BAD_REQUEST", http.Header{"Allow": {"POST"}}},
		{"wrong method, list", "POST", "/ai-gateway/mlflow/v1/models", ok, nil, 405, "BAD_REQUEST", http.Header{"Allow": {"GET"}}},
		{"long body", "POST", chatPath, strings.Repeat(" ", 1001), nil, 413, "INVALID_PARAMETER_VALUE", nil},
		{"bad tags", "POST", chatPath, ok, http.Header{query.TagsHeader: {`{"a":1}`}}, 400, "INVALID_PARAMETER_VALUE", nil},
		{"tags twice", "POST", chatPath, ok, http.Header{query.TagsHeader: {`{}`, `{}`}}, 400, "INVALID_PARAMETER_VALUE", nil},
		{"long tags", "POST", chatPath, ok, http.Header{query.TagsHeader: {`{"a":"` + strings.Repeat("x", 16<<10) + `"}`}}, 400, "INVALID_PARAMETER_VALUE", nil},
		{"no body", "POST", chatPath, "", nil, 400, "INVALID_PARAMETER_VALUE", nil},
		{"not JSON", "POST", chatPath, "{", nil, 400, "INVALID_PARAMETER_VALUE", nil},
		{"no service", "POST", chatPath, chatBody("none", false), nil, 404, "NOT_FOUND", nil},
		{"a stranger", "POST", chatPath, ok, http.Header{"Authorization": {"Bearer stranger-token"}}, 404, "NOT_FOUND", nil},
	} {
		r := w.request(t, test.method, test.path, test.body)
		for name, values := range test.header {
			r.Header[name] = values
		}
		got := w.do(t, r)
		wantError(t, test.name, got, test.status, test.code)
		for name, values := range test.answer {
			if !slices.Equal(got.header[name], values) {
				t.Errorf("%s: %s is %q; want %q", test.name, name, got.header[name], values)
			}
		}
	}
	if n := w.primary.asked.Load(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// What tells a missing service from a hidden one is nothing (ruling R9).
func TestHiddenIsMissing(t *testing.T) {
	w := newWorld(t)
	ask := func(service string) string {
		r := w.request(t, http.MethodPost, chatPath, chatBody(service, false))
		r.Header.Set("Authorization", "Bearer stranger-token")
		got := w.do(t, r)
		return strings.NewReplacer(service, "S", got.header.Get("X-Databricks-Request-Id"), "ID").Replace(fmt.Sprint(got.status, got.body))
	}
	if hidden, missing := ask("chat"), ask("none"); hidden != missing {
		t.Errorf("hidden: %s\nmissing: %s", hidden, missing)
	}
}

// Tokens of every spelling that is allowed are taken.
func TestAuthorizationSpellings(t *testing.T) {
	w := newWorld(t)
	for _, value := range []string{"Bearer alice-token", "bearer alice-token", "BEARER  alice-token", "Bearer bot-token"} {
		r := w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
		r.Header.Set("Authorization", value)
		if got := w.do(t, r); got.status != 200 {
			t.Errorf("%q: %d %s", value, got.status, got.body)
		}
	}
}

// A body is as long as allowed, or 413: declared or not, whatever its size.
func TestBodyLimit(t *testing.T) {
	const limit = 3 << 20
	w := newWorld(t, func(c *query.Config) { c.MaxBody = limit })
	w.server.Client().Transport.(*http.Transport).ExpectContinueTimeout = 10 * time.Second
	for _, size := range []int{200, 1<<20 - 1, 1 << 20, 1<<20 + 1, limit - 1, limit, limit + 1, limit + 1<<20} {
		body := chatBody("chat", false)
		body += strings.Repeat(" ", size-len(body))
		for i := range 4 {
			declared, asking := i&1 == 0, i&2 == 0
			r := w.request(t, http.MethodPost, chatPath, "")
			r.Body, r.GetBody, r.ContentLength = io.NopCloser(strings.NewReader(body)), nil, -1
			if declared {
				r.ContentLength = int64(size)
			}
			if asking {
				r.Header.Set("Expect", "100-continue")
			}
			var sent string
			w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				sent = string(data)
				answers(http.StatusOK, answerOf("primary"))(rw, r)
			})
			got := w.do(t, r)
			if size > limit {
				wantError(t, fmt.Sprintf("%d bytes, declared %t", size, declared), got, 413, "INVALID_PARAMETER_VALUE")
				continue
			}
			if got.status != 200 || sent != strings.Replace(body, "main.default.chat", "upstream-primary", 1) {
				t.Errorf("%d bytes, declared %t: %d, the provider received %d bytes", size, declared, got.status, len(sent))
			}
		}
	}
}

// A caller who sends a body that is too long to its end before reading finds
// the answer, and no reset.
func TestLinger(t *testing.T) {
	w := newWorld(t)
	c, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const size = 30 << 20
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer alice-token\r\nContent-Length: %d\r\n\r\n", chatPath, size)
	block := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := c.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "30 MiB", readReply(response), 413, "INVALID_PARAMETER_VALUE")
}

// A body that breaks off is no request.
func TestCutBody(t *testing.T) {
	w := newWorld(t)
	c, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer alice-token\r\nContent-Length: 100\r\n\r\n%s", chatPath, "{")
	c.(*net.TCPConn).CloseWrite()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "half a body", readReply(response), 400, "BAD_REQUEST")
}

// Nothing that a caller controls, the body apart, changes what a provider
// receives or where that is (invariant I14).
func TestNothingPasses(t *testing.T) {
	w := newWorld(t)
	var received bytes.Buffer // but for the body
	var sent string
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		sent = string(data)
		if r.ContentLength != int64(len(sent)) {
			t.Errorf("declared %d bytes, sent %d", r.ContentLength, len(sent))
		}
		r.Header.Del("Content-Length")
		received.Reset()
		fmt.Fprintln(&received, r.Method, r.RequestURI, r.Host, r.TransferEncoding, r.Trailer)
		r.Header.Write(&received)
		answers(http.StatusOK, answerOf("primary"))(rw, r)
	})
	body := chatBody("chat", false)
	if got := w.chat(t, body); got.status != 200 {
		t.Fatal(got.body)
	}
	control := received.String()

	r := w.request(t, http.MethodPost, chatPath+"?base_url=http://canary&api_key=canary&model=canary", body)
	r.Host = "canary.example.com"
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Anthropic-Beta", "Anthropic-Version", "Api-Key", "Authorization-Upstream", "Base-Url", "Cookie",
		"Content-Encoding", "Content-Language", "Content-Type", "Databricks-Model-Provider-Service", "Forwarded", "From", "Host",
		"Idempotency-Key", "If-None-Match", "Openai-Organization", "Openai-Project", "Origin", "Proxy-Authorization", "Range", "Referer",
		"Session_id", "Te", "Traceparent", "User-Agent", "Via", "X-Api-Base", "X-Api-Key", "X-Claude-Code-Session-Id", "X-Databricks-Request-Id", "X-Forwarded-For",
		"X-Forwarded-Host", "X-Forwarded-Proto", "X-Http-Method-Override", "X-Original-Url", "X-Request-Id", "X-Session-Id", "X-Stainless-Retry-Count",
	} {
		r.Header.Set(name, "canary")
	}
	r.Header.Set(query.TagsHeader, `{"canary":"canary"}`)
	got := w.do(t, r)
	if got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if received.String() != control || sent != strings.Replace(body, "main.default.chat", "upstream-primary", 1) {
		t.Errorf("received\n%s\nwant\n%s", received.String(), control)
	}
	if id := got.header.Get("X-Databricks-Request-Id"); id == "canary" {
		t.Error("the caller has chosen the request id")
	}

	fields := strings.Replace(body, `"stream"`, `"base_url":"http://canary","api_key":"canary","api_base":"canary","extra_headers":{"A":"canary"},"stream"`, 1)
	if got := w.chat(t, fields); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if want := strings.Replace(fields, "main.default.chat", "upstream-primary", 1); received.String() != control || sent != want {
		t.Errorf("with fields in the body: received\n%s\n%s\nwant\n%s\n%s", received.String(), sent, control, want)
	}
}

// Code of the host's that panics or fails is an answer in our shape.
func TestAuthenticateFails(t *testing.T) {
	for _, test := range []struct {
		authenticate func(*http.Request) (string, error)
		status       int
		code         string
	}{
		{func(*http.Request) (string, error) { panic("secret") }, 500, "INTERNAL_ERROR"},
		{func(*http.Request) (string, error) { return "", errors.New("secret") }, 401, "UNAUTHENTICATED"},
		{func(*http.Request) (string, error) { return "", nil }, 401, "UNAUTHENTICATED"},
		{func(*http.Request) (string, error) {
			return "", fmt.Errorf("secret: %w", &modelservice.Error{Code: modelservice.CodeUnavailable, Message: "Try later."})
		}, 503, "TEMPORARILY_UNAVAILABLE"},
	} {
		w := newWorld(t, func(c *query.Config) { c.Authenticate = test.authenticate })
		got := w.chat(t, chatBody("chat", false))
		wantError(t, test.code, got, test.status, test.code)
		if strings.Contains(got.body, "secret") {
			t.Errorf("%s: the caller is told %s", test.code, got.body)
		}
	}
}

// A writer that panics once the answer has begun is given no second one.
func TestPanicInTheAnswer(t *testing.T) {
	w := newWorld(t)
	for _, path := range append(listPaths, "/ai-gateway/x") {
		broken := &panicking{ResponseWriter: httptest.NewRecorder()}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer alice-token")
		func() {
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("%s: the connection is not cut: %v", path, p)
				}
			}()
			w.server.Config.Handler.ServeHTTP(broken, r)
		}()
		if broken.begun != 1 {
			t.Errorf("%s: %d answers have begun", path, broken.begun)
		}
	}
}

// panicking panics when it is written to.
type panicking struct {
	http.ResponseWriter
	begun int
}

func (p *panicking) WriteHeader(int)           { p.begun++ }
func (p *panicking) Write([]byte) (int, error) { panic("broken") }

// A writer that can do nothing but write is enough.
func TestPlainWriter(t *testing.T) {
	w := newWorld(t)
	w.primary.does(streams(event("a"), finish, done))
	recorder := httptest.NewRecorder()
	plain := struct{ http.ResponseWriter }{recorder}
	r := httptest.NewRequest(http.MethodPost, chatPath, strings.NewReader(chatBody("chat", true)))
	r.Header.Set("Authorization", "Bearer alice-token")
	w.server.Config.Handler.ServeHTTP(plain, r)
	if got := recorder.Body.String(); got != event("a")+finish+done {
		t.Errorf("got %d %q", recorder.Code, got)
	}
}

// What is required is required.
func TestConfig(t *testing.T) {
	w := newWorld(t)
	whole := query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate}
	for name, drop := range map[string]func(*query.Config){
		"Gateway":      func(c *query.Config) { c.Gateway = nil },
		"Metastore":    func(c *query.Config) { c.Metastore = nil },
		"Authenticate": func(c *query.Config) { c.Authenticate = nil },
	} {
		cfg := whole
		drop(&cfg)
		if _, err := query.New(cfg); err == nil || !strings.Contains(err.Error(), "query: Config."+name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
