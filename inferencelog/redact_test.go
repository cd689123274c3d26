package inferencelog_test

import (
	"fmt"
	"maps"
	"regexp"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

func ExampleRedactMatches() {
	keys := inferencelog.RedactMatches(regexp.MustCompile(`sk-[0-9A-Za-z]+`), "[key]")
	opts := &inferencelog.Options{Redact: keys} // for New

	r := &inferencelog.Record{Request: []byte(`{"messages":[{"role":"user","content":"my key is sk-123abc"}]}`)}
	opts.Redact(inferencelog.Target{Table: 7}, r)
	fmt.Printf("%s\n", r.Request)
	// Output: {"messages":[{"role":"user","content":"my key is [key]"}]}
}

// What matches is replaced in copies, literally; what does not is the very same.
func TestRedactMatches(t *testing.T) {
	redact := inferencelog.RedactMatches(regexp.MustCompile("sk-([0-9]+)"), "<$1>")
	request, response := []byte("a sk-1 sk-22 b"), []byte("nothing")
	tags, headers := map[string]string{"k": "sk-3", "sk-4": "v"}, map[string]string{"h": "v"}
	r := &inferencelog.Record{Request: request, Response: response, RequestTags: tags, RequestHeaders: headers}
	redact(inferencelog.Target{}, r)
	if string(r.Request) != "a <$1> <$1> b" || string(request) != "a sk-1 sk-22 b" {
		t.Errorf("request %q, original %q", r.Request, request)
	}
	if &r.Response[0] != &response[0] {
		t.Error("a body without a match was copied")
	}
	if !maps.Equal(r.RequestTags, map[string]string{"k": "<$1>", "sk-4": "v"}) || tags["k"] != "sk-3" {
		t.Errorf("tags %v, originals %v", r.RequestTags, tags)
	}
	if headers["new"] = "seen"; r.RequestHeaders["new"] != "seen" {
		t.Error("headers without a match were copied")
	}
}

func TestRedactMatchesWithoutExpression(t *testing.T) {
	r := &inferencelog.Record{Request: []byte("a\nb\xff"), RequestTags: map[string]string{"k": "v\n"}}
	inferencelog.RedactMatches(nil, "[gone]")(inferencelog.Target{}, r)
	if string(r.Request) != "[gone]" || r.Response != nil || r.RequestTags["k"] != "[gone]" {
		t.Errorf("%q, %q, %q", r.Request, r.Response, r.RequestTags)
	}
}
