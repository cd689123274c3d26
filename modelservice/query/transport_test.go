package query_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/query"
)

// client is an HTTP client of alice's without a server.
func (w *world) client() *http.Client {
	return &http.Client{Transport: query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice"})}
}

func post(t *testing.T, c *http.Client, ctx context.Context, url string, body io.Reader) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer an-sdk-insists")
	r.Header.Set(query.TagsHeader, `{"team":"blue"}`)
	return c.Do(r)
}

const anywhere = "http://gateway.invalid/v1/chat/completions"

// In process an answer is what it would be over HTTP, and once it is read the
// call is recorded.
func TestTransport(t *testing.T) {
	w := newWorld(t)
	response, err := post(t, w.client(), t.Context(), anywhere, strings.NewReader(chatBody("chat", false)))
	if err != nil {
		t.Fatal(err)
	}
	got := readReply(response)
	if got.status != 200 || got.body != answerOf("primary") || got.length != int64(len(got.body)) || got.err != nil {
		t.Errorf("got %d %q, %d, %v", got.status, got.body, got.length, got.err)
	}
	rows := w.rows(t)
	if len(rows) != 1 {
		t.Fatalf("%d rows when the answer was read; want 1", len(rows))
	}
	row := rows[0]
	if row.RequestID != got.header.Get("X-Databricks-Request-Id") || row.RequestTags["team"] != "blue" ||
		row.APIType != "openai/v1/chat/completions" || row.URL != "/v1/chat/completions" || row.Requester != "alice" {
		t.Errorf("row %s", must(row.MarshalJSON()))
	}
	if strings.Contains(must(row.MarshalJSON()), "insists") {
		t.Error("the SDK's token was logged")
	}
}

func TestTransportStreamIsLive(t *testing.T) {
	w := newWorld(t)
	next := make(chan struct{})
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "text/event-stream")
		for _, e := range []string{event("a"), event("b"), finish, done} {
			io.WriteString(rw, e)
			rw.(http.Flusher).Flush()
			<-next
		}
	})
	response, err := post(t, w.client(), t.Context(), anywhere, strings.NewReader(chatBody("chat", true)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	reader := bufio.NewReader(response.Body)
	for _, want := range []string{event("a"), event("b"), finish, done} {
		if got := readEvent(t, reader); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
		next <- struct{}{}
	}
	if _, err := reader.ReadByte(); err != io.EOF || response.ContentLength != -1 {
		t.Errorf("after the end: %v, length %d", err, response.ContentLength)
	}
}

// A whole answer is there when RoundTrip returns, and its call is over: a body
// that nobody closes keeps nothing.
func TestTransportWhole(t *testing.T) {
	w := newWorld(t)
	client := w.client()
	for n, service := range []string{"chat", "chat"} {
		response, err := post(t, client, t.Context(), anywhere, strings.NewReader(chatBody(service, false)))
		if err != nil || response.ContentLength != int64(len(answerOf("primary"))) {
			t.Fatal(response, err)
		}
		if rows := w.rows(t); len(rows) != n+1 || rows[0].Outcome != inferencelog.OutcomeOK {
			t.Errorf("%d rows; want %d", len(rows), n+1)
		}
	}
}

// Closing a stream's body waits for its call, so that the row is there.
func TestTransportCloseWaits(t *testing.T) {
	w := newWorld(t)
	for n := range 20 {
		w.primary.does(waits(make(chan struct{}, 1), make(chan struct{}, 1), event("a")))
		response, err := post(t, w.client(), t.Context(), anywhere, strings.NewReader(chatBody("chat", true)))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if rows := w.rows(t); len(rows) != n+1 || rows[0].Outcome != inferencelog.OutcomeCancelled {
			t.Fatalf("%d rows when the body was closed; want %d", len(rows), n+1)
		}
	}
}

// A request without what package http would have put there is no panic.
func TestTransportBareRequests(t *testing.T) {
	w := newWorld(t)
	trip := w.client().Transport
	for _, r := range []*http.Request{{}, {URL: &url.URL{}}, {URL: &url.URL{Path: "/v1/models"}}, {Method: "POST", URL: &url.URL{Path: "/v1/messages"}}} {
		response, err := trip.RoundTrip(r)
		if err == nil {
			readReply(response)
		}
		if list := r.URL != nil && r.URL.Path == "/v1/models"; list != (err == nil && response.StatusCode == 200) {
			t.Errorf("%+v: got %v, %v", r, response, err)
		}
	}
}

// A body that is closed early, or never, or whose request's context ends,
// leaves nothing running.
func TestTransportNoLeak(t *testing.T) {
	w := newWorld(t)
	client := w.client()
	// A first call, for the connections that stay.
	response, err := post(t, client, t.Context(), anywhere, strings.NewReader(chatBody("limited", false)))
	if err != nil {
		t.Fatal(err)
	}
	readReply(response)
	before := runtime.NumGoroutine()

	n := 0
	for _, end := range []string{"close", "cancel", "cancel, read", "read one, close", "read all, close", "cancel before"} {
		waiting, givenUp := make(chan struct{}, 1), make(chan struct{}, 1)
		events := []string{event("a"), event("b")}
		if end == "cancel before" {
			events = nil
		}
		w.primary.does(waits(waiting, givenUp, events...))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if end == "cancel before" {
			go func() {
				<-waiting
				cancel()
			}()
		}
		response, err := post(t, client, ctx, anywhere, strings.NewReader(chatBody("chat", true)))
		if end == "cancel before" {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", end, err)
			}
			<-givenUp
			n++
			w.rowOf(t, n)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		switch end {
		case "close":
			response.Body.Close()
		case "read one, close":
			readEvent(t, bufio.NewReader(response.Body))
			response.Body.Close()
		case "read all, close":
			reader := bufio.NewReader(response.Body)
			for range events {
				readEvent(t, reader)
			}
			<-waiting
			response.Body.Close()
		case "cancel":
			cancel()
		case "cancel, read":
			cancel()
			if _, err := io.Copy(io.Discard, response.Body); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", end, err)
			}
			response.Body.Close()
		}
		<-givenUp
		n++
		if row := w.rowOf(t, n); row.Outcome != inferencelog.OutcomeCancelled {
			t.Errorf("%s: row %s", end, must(row.MarshalJSON()))
		}
	}
	settled(t, before)
}

// Refusals are answers, not errors, so that SDKs see their status.
func TestTransportRefusals(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name   string
		change func(*query.TransportConfig, *http.Request)
		status int
		code   string
	}{
		{"another path", func(_ *query.TransportConfig, r *http.Request) { r.URL.Path = "/v1/audio/speech" }, 404, "ENDPOINT_NOT_FOUND"},
		{"another method", func(_ *query.TransportConfig, r *http.Request) { r.Method = "GET" }, 405, "BAD_REQUEST"},
		{"no such caller", func(c *query.TransportConfig, _ *http.Request) { c.Principal = "nobody" }, 401, "UNAUTHENTICATED"},
		{"a stranger", func(c *query.TransportConfig, _ *http.Request) { c.Principal = "stranger" }, 404, "NOT_FOUND"},
		{"long body", func(c *query.TransportConfig, _ *http.Request) { c.MaxBody = 10 }, 413, "INVALID_PARAMETER_VALUE"},
		{"no body", func(_ *query.TransportConfig, r *http.Request) { r.Body, r.ContentLength = nil, 0 }, 400, "INVALID_PARAMETER_VALUE"},
		{"bad tags", func(_ *query.TransportConfig, r *http.Request) { r.Header.Set(query.TagsHeader, "x") }, 400, "INVALID_PARAMETER_VALUE"},
		{"a limit", func(_ *query.TransportConfig, r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(chatBody("blocked", true))), -1
		}, 403, "PERMISSION_DENIED"},
	} {
		cfg := query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice"}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, anywhere, strings.NewReader(chatBody("chat", false)))
		if err != nil {
			t.Fatal(err)
		}
		test.change(&cfg, r)
		closed := &closing{ReadCloser: r.Body}
		if r.Body != nil {
			r.Body = closed
		}
		response, err := query.Transport(cfg).RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := readReply(response)
		wantError(t, test.name, got, test.status, test.code)
		if r.Body != nil && !closed.closed {
			t.Errorf("%s: the request's body was not closed", test.name)
		}
		if response.Request != r || got.length != int64(len(got.body)) && got.length != -1 {
			t.Errorf("%s: answer %+v", test.name, response)
		}
	}
}

// What is no answer of the gateway's is an error.
func TestTransportErrors(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("broken disk")
	for _, test := range []struct {
		name string
		cfg  query.TransportConfig
		body io.Reader
		want string
	}{
		{"no gateway", query.TransportConfig{Metastore: w.metastore, Principal: "alice"}, nil, "query: TransportConfig.Gateway is required"},
		{"no metastore", query.TransportConfig{Gateway: w.gateway, Principal: "alice"}, nil, "query: TransportConfig.Metastore is required"},
		{"no caller", query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore}, nil, "query: TransportConfig.Principal or Caller is required"},
		{"body", query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice"}, iotest.ErrReader(broken), "query: reading the request's body: broken disk"},
		{"caller", query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore,
			Caller: func(context.Context) (string, error) { return "", broken }}, nil, "query: finding the caller: broken disk"},
	} {
		_, err := post(t, &http.Client{Transport: query.Transport(test.cfg)}, t.Context(), anywhere, test.body)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want %s", test.name, err, test.want)
		}
	}
}

// The caller may depend on the request.
func TestTransportCaller(t *testing.T) {
	w := newWorld(t)
	type who struct{}
	client := &http.Client{Transport: query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore,
		Caller: func(ctx context.Context) (string, error) { return fmt.Sprint(ctx.Value(who{})), nil }})}
	for name, status := range map[string]int{"alice": 200, "BOT": 200, "stranger": 404, "callers": 401} {
		response, err := post(t, client, context.WithValue(t.Context(), who{}, name), anywhere, strings.NewReader(chatBody("chat", false)))
		if err != nil {
			t.Fatal(err)
		}
		if got := readReply(response); got.status != status {
			t.Errorf("%s: got %d %s; want %d", name, got.status, got.body, status)
		}
	}
}

// closing remembers that it was closed.
type closing struct {
	io.ReadCloser
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return c.ReadCloser.Close()
}
