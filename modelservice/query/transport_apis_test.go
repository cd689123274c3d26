package query_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
)

// In process every API is what it is over HTTP, whatever the base URL.
func TestTransportEveryAPI(t *testing.T) {
	w := newWorld(t)
	client := w.client()
	n := 0
	for path, api := range callPaths {
		family, tail, _ := strings.Cut(strings.TrimPrefix(path, "/ai-gateway/"), "/v1")
		own := "openai/v1" + tail // what the tail alone stands for
		if family == "anthropic" {
			own = "anthropic/v1" + tail
		}
		for _, stream := range []bool{false, true} {
			want := answersOf[api]
			if events, ok := streamsOf[api]; stream && ok {
				want = events
			} else if stream {
				continue
			}
			for at, apiType := range map[string]string{path: strings.TrimPrefix(path, "/ai-gateway/"), tail: own, "/v1" + tail: own, "/x/y" + tail: own} {
				response, err := post(t, client, t.Context(), "http://gateway.invalid"+at+"?beta=true", strings.NewReader(bodyOf(api, "chat", stream)))
				if err != nil {
					t.Fatal(err)
				}
				got := readReply(response)
				if got.status != 200 || got.body != want || got.err != nil {
					t.Fatalf("%s: got %d %s, %v", at, got.status, got.body, got.err)
				}
				if length := int64(len(want)); got.length != length && !(stream && got.length == -1) {
					t.Errorf("%s: declared %d bytes; want %d", at, got.length, length)
				}
				n++
				if rows := w.rows(t); len(rows) != n || rows[0].APIType != apiType || rows[0].URL != at {
					t.Errorf("%s: %d rows, the last of %s, %s", at, len(rows), rows[0].APIType, rows[0].URL)
				}
			}
		}
	}
}

// Lists of models are there without a server, in the form of whose clients ask.
func TestTransportModels(t *testing.T) {
	w := newWorld(t)
	client := w.client()
	for _, test := range []struct{ path, as, header string }{
		{"/v1/models", "/ai-gateway/openai/v1/models", ""},
		{"/v1/models/main.default.chat", "/ai-gateway/openai/v1/models/main.default.chat", ""},
		{"/v1/models", "/ai-gateway/anthropic/v1/models", "2023-06-01"},
		{"/v1/models?limit=2&after_id=main.default.blocked", "/ai-gateway/anthropic/v1/models?limit=2&after_id=main.default.blocked", "2023-06-01"},
		{"/v1/models/main.default.chat", "/ai-gateway/anthropic/v1/models/main.default.chat", "2023-06-01"},
		{"/x/anthropic/v1/models", "/ai-gateway/anthropic/v1/models", ""},
		{"/x/mlflow/v1/models", "/ai-gateway/mlflow/v1/models", "2023-06-01"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway.invalid"+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.header != "" {
			r.Header["anthropic-version"] = []string{test.header} // a program's own spelling
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, want := readReply(response), w.get(t, "alice-token", test.as)
		if got.status != 200 || got.body != want.body || got.length != want.length || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %d %s; want %s", test.path, got.status, got.body, want.body)
		}
	}
}

// Errors have the form of whose clients ask.
func TestTransportForms(t *testing.T) {
	w := newWorld(t)
	nobody := query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "nobody"})
	own := w.client().Transport
	for _, test := range []struct {
		trip         http.RoundTripper
		method, path string
		header, body string
		anthropic    bool
		status       int
		code         string
	}{
		{own, "POST", "/v1/messages", "", bodyOf(modelservice.Messages, "none", false), true, 404, "NOT_FOUND"},
		{own, "POST", "/v1/embeddings", "2023-06-01", bodyOf(modelservice.Embeddings, "none", false), false, 404, "NOT_FOUND"},
		{own, "GET", "/v1/messages", "", "", true, 405, "BAD_REQUEST"},
		{own, "GET", "/v1/models/none", "2023-06-01", "", true, 404, "NOT_FOUND"},
		{own, "GET", "/v1/models/none", "", "", false, 404, "NOT_FOUND"},
		{own, "GET", "/v1/models?limit=0", "2023-06-01", "", true, 400, "INVALID_PARAMETER_VALUE"},
		{own, "POST", "/v1/messages/count_tokens", "2023-06-01", "{}", true, 404, "ENDPOINT_NOT_FOUND"},
		{own, "POST", "/x/anthropic/v1/complete", "", "{}", true, 404, "ENDPOINT_NOT_FOUND"},
		{own, "POST", "/v1/complete", "", "{}", false, 404, "ENDPOINT_NOT_FOUND"},
		{nobody, "POST", "/x/anthropic/v1/messages", "", "{}", true, 401, "UNAUTHENTICATED"},
		{nobody, "POST", "/v1/messages", "2023-06-01", "{}", true, 401, "UNAUTHENTICATED"},
		{nobody, "POST", "/v1/responses", "", "{}", false, 401, "UNAUTHENTICATED"},
	} {
		r := w.request(t, test.method, test.path, test.body)
		if test.header != "" {
			r.Header.Set("anthropic-version", test.header)
		}
		response, err := test.trip.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		want := wantError
		if test.anthropic {
			want = wantAnthropicError
		}
		want(t, test.method+" "+test.path, readReply(response), test.status, test.code)
	}
}
