package openapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/openapi"
)

func ask(method string, ifNoneMatch ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/openapi.json", nil)
	for _, tags := range ifNoneMatch {
		r.Header.Add("If-None-Match", tags)
	}
	w := httptest.NewRecorder()
	openapi.Handler().ServeHTTP(w, r)
	return w
}

// The document is one JSON object of OpenAPI 3.1, and who gets it may do with it
// what he wants.
func TestDocument(t *testing.T) {
	var document struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal(openapi.Document(), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1.") || len(document.Paths) == 0 {
		t.Errorf("OpenAPI %q with %d paths", document.OpenAPI, len(document.Paths))
	}
	clear(openapi.Document())
	if !json.Valid(openapi.Document()) {
		t.Error("a caller has changed the document")
	}
}

func TestHandler(t *testing.T) {
	got := ask("GET")
	etag := got.Header().Get("ETag")
	if got.Code != 200 || !bytes.Equal(got.Body.Bytes(), openapi.Document()) || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("GET: %d %v", got.Code, got.Header())
	}
	if !strings.HasPrefix(etag, `"`) || !strings.HasSuffix(etag, `"`) || len(etag) < 10 {
		t.Errorf("the etag is %s", etag)
	}
	head := ask("HEAD")
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != strconv.Itoa(len(openapi.Document())) || head.Header().Get("ETag") != etag {
		t.Errorf("HEAD: %d %v", head.Code, head.Header())
	}
	for _, c := range []struct {
		tags   []string
		status int
	}{
		{[]string{etag}, 304}, {[]string{"W/" + etag}, 304}, {[]string{`"other", ` + etag}, 304}, {[]string{`"other"`, etag}, 304}, {[]string{"*"}, 304},
		{[]string{`"other"`}, 200}, {[]string{strings.Trim(etag, `"`)}, 200}, {[]string{""}, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			got := ask(method, c.tags...)
			if got.Code != c.status || got.Header().Get("ETag") != etag || got.Header().Get("Cache-Control") == "" || c.status == 304 && got.Body.Len() != 0 {
				t.Errorf("%s of who has %q: %d %v", method, c.tags, got.Code, got.Header())
			}
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		got := ask(method)
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" || got.Body.Len() != 0 {
			t.Errorf("%s: %d %v", method, got.Code, got.Header())
		}
	}
}

func BenchmarkHandler(b *testing.B) {
	h := openapi.Handler()
	r := httptest.NewRequest("GET", "/openapi.json", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
