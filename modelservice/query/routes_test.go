package query_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/query"
)

// form checks an error in the form of its path.
func form(path string) func(t testing.TB, what string, got reply, status int, code string) errorReply {
	if strings.HasPrefix(path, "/ai-gateway/anthropic/") {
		return wantAnthropicError
	}
	return wantError
}

// Every path answers calls of its API, whole and streamed, byte for byte, and
// the row says what was asked.
func TestEveryAPI(t *testing.T) {
	w := newWorld(t)
	n := 0
	for path, api := range callPaths {
		for _, stream := range []bool{false, true} {
			want := answersOf[api]
			if events, ok := streamsOf[api]; stream && ok {
				want = events
			} else if stream {
				continue
			}
			r := w.request(t, http.MethodPost, path+"?beta=true", bodyOf(api, "chat", stream))
			r.Header.Set(query.TagsHeader, `{"team":"blue"}`)
			got := w.do(t, r)
			if got.status != 200 || got.body != want || got.err != nil {
				t.Fatalf("%s: got %d %s, %v", path, got.status, got.body, got.err)
			}
			n++
			row := w.rowOf(t, n)
			if "/ai-gateway/"+row.APIType != path || row.URL != path || row.RequestTags["team"] != "blue" {
				t.Errorf("%s: row %s", path, must(row.MarshalJSON()))
			}
			if call := <-w.calls; call.API != api || call.RequestID != got.header.Get("X-Databricks-Request-Id") {
				t.Errorf("%s: the call is %q of %q", path, call.API, call.RequestID)
			}
		}
	}
}

// Who may ask what how: every path with every method and every credential.
func TestRoutes(t *testing.T) {
	w := newWorld(t)
	credentials := map[string]struct {
		header http.Header
		there  func(path string) bool // known, on that path
	}{
		"bearer":          {http.Header{"Authorization": {"Bearer alice-token"}}, func(string) bool { return true }},
		"key":             {http.Header{"X-Api-Key": {"alice-token"}}, func(p string) bool { return strings.Contains(p, "/anthropic/") }},
		"both, the same":  {http.Header{"Authorization": {"Bearer alice-token"}, "X-Api-Key": {"alice-token"}}, func(string) bool { return true }},
		"both, different": {http.Header{"Authorization": {"Bearer alice-token"}, "X-Api-Key": {"bot-token"}}, func(p string) bool { return !strings.Contains(p, "/anthropic/") }},
		"none":            {http.Header{}, func(string) bool { return false }},
		"unknown":         {http.Header{"Authorization": {"Bearer x"}}, func(string) bool { return false }},
	}
	paths := []string{"/ai-gateway/anthropic/v1/chat/completions", "/ai-gateway/anthropic/v1/messages/count_tokens", "/ai-gateway/mlflow/v1/messages", "/ai-gateway/gemini/v1beta/models"}
	for path := range callPaths {
		paths = append(paths, path, path+"/", path+"/x")
	}
	for _, path := range listPaths {
		paths = append(paths, path, path+"/main.default.chat", path+"/", path+"/x/y")
	}
	for _, path := range paths {
		api, call := callPaths[path]
		list := slices.Contains(listPaths, path) || slices.Contains(listPaths, strings.TrimSuffix(path, "/main.default.chat"))
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
			for name, credential := range credentials {
				body := ""
				if method == "POST" {
					body = bodyOf(api, "chat", false)
				}
				r := w.request(t, method, path, body)
				r.Header = credential.header.Clone()
				got, what := w.do(t, r), method+" "+path+" "+name
				switch allow := map[bool]string{true: "POST", false: "GET"}[call]; {
				case !credential.there(path):
					form(path)(t, what, got, 401, "UNAUTHENTICATED")
				case !call && !list:
					form(path)(t, what, got, 404, "ENDPOINT_NOT_FOUND")
				case method != allow:
					form(path)(t, what, got, 405, "BAD_REQUEST")
					if got.header.Get("Allow") != allow {
						t.Errorf("%s: Allow is %q", what, got.header.Get("Allow"))
					}
				case got.status != 200 || got.header.Get("X-Databricks-Request-Id") == "":
					t.Errorf("%s: %d %s", what, got.status, got.body)
				}
			}
		}
	}
}

// Every error of every path is in the form of its API, from the gateway and
// before it.
func TestErrorsInForm(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.MaxBody = 1000 })
	for path, api := range callPaths {
		ok := bodyOf(api, "chat", false)
		for _, test := range []struct {
			name, body string
			header     http.Header
			status     int
			code, kind string // the last in Anthropic's words
		}{
			{"no token", ok, http.Header{"Authorization": {"Bearer x"}}, 401, "UNAUTHENTICATED", "authentication_error"},
			{"long body", strings.Repeat(" ", 1001), nil, 413, "INVALID_PARAMETER_VALUE", "request_too_large"},
			{"bad tags", ok, http.Header{query.TagsHeader: {"x"}}, 400, "INVALID_PARAMETER_VALUE", "invalid_request_error"},
			{"no body", "", nil, 400, "INVALID_PARAMETER_VALUE", "invalid_request_error"},
			{"no service", bodyOf(api, "none", false), nil, 404, "NOT_FOUND", "not_found_error"},
			{"a limit of 0", bodyOf(api, "blocked", false), nil, 403, "PERMISSION_DENIED", "permission_error"},
		} {
			r := w.request(t, http.MethodPost, path, test.body)
			for name, values := range test.header {
				r.Header[name] = values
			}
			e := form(path)(t, path+": "+test.name, w.do(t, r), test.status, test.code)
			if strings.Contains(path, "/anthropic/") && e.Error.Type != test.kind {
				t.Errorf("%s: %s: the type is %q", path, test.name, e.Error.Type)
			}
		}
	}
}
