package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/modelward/modelward/internal/exchange"
)

// All that the tests of the handlers ask and are answered is as the OpenAPI
// document says, and all that it says is there is answered at least once.
func TestOpenAPI(t *testing.T) {
	openapi3filter.RegisterBodyDecoder("text/event-stream", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		events, err := io.ReadAll(body)
		return string(events), err
	})
	p := &replay{describe(t), map[string]int{}}
	for _, x := range slices.Concat(record(t), gaps(t, p.description), public(t)) {
		if err := p.check(&x); err != nil {
			t.Errorf("%s %s %.300s\nis answered %d %.300s\n%s", x.Method, x.Target, x.Body, x.Status, x.Answered, short(err))
		}
	}
	for path, item := range p.asks.Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				key := op.OperationID + " " + status
				if status != "default" && p.seen[key] == 0 {
					t.Errorf("%s: %s is described and was never answered", path, key)
				}
			}
		}
	}
}

// record runs the tests of the two handlers and returns what went through them.
func record(t *testing.T) []exchange.Exchange {
	t.Helper()
	folder := t.TempDir()
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run=^Test", "-skip=^TestFaultMatrix$", // which has a server of its own
		"./modelservice/rest", "./modelservice/query", "-args", "-exchanges="+folder)
	run.Dir = filepath.Join("..", "..")
	if out, err := run.CombinedOutput(); err != nil {
		// Whether they pass is their own business. What they did not ask is missed.
		t.Logf("the handlers' own tests: %v\n%.3000s", err, out)
	}
	var all []exchange.Exchange
	for _, file := range []string{"rest.jsonl", "query.jsonl"} {
		some, err := exchange.Read(filepath.Join(folder, file))
		must(t, err)
		if len(some) < 100 {
			t.Errorf("%s has %d exchanges", file, len(some))
		}
		all = append(all, some...)
	}
	return all
}

// public asks the example server for what needs no credentials.
func public(t *testing.T) []exchange.Exchange {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "gateway.json"), configuration(t, newProvider(t)), 0o600))
	e := launch(t, buildExample(t, folder), folder)
	defer e.stop(t)
	var all []exchange.Exchange
	etag := ""
	for _, path := range []string{"/healthz", "/.well-known/databricks-config", "/openapi.json", "/openapi.json"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+path, nil)
		must(t, err)
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		answer, err := e.via.Do(r)
		must(t, err)
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		answer.Body.Close()
		etag = answer.Header.Get("ETag")
		all = append(all, exchange.Exchange{Method: r.Method, Target: path, Header: r.Header, Whole: true, Status: answer.StatusCode, Answer: answer.Header, Answered: body})
	}
	return all
}

// short is the beginning of an error that quotes whole schemas.
func short(err error) string { return fmt.Sprintf("%.600s", err.Error()) }
