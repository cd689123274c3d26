package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// hall is a gateway in this process, asked over HTTP by the people of the demo.
type hall struct {
	testing.TB
	*running
	who people

	mu  sync.Mutex
	ids map[string]bool // of all answers so far
}

// openHall starts a gateway with keys of a configuration file, and stops it at
// the end of the test.
func openHall(t testing.TB, keys string, provider http.HandlerFunc) *hall {
	t.Helper()
	return openHallAs(t, keys, func(*settings) {}, provider)
}

func openHallAs(t testing.TB, keys string, change func(*settings), provider http.HandlerFunc) *hall {
	t.Helper()
	r, who := startAs(t, provider, keys, change)
	t.Cleanup(func() {
		if lost, err := r.stop(defaultGrace()); lost != 0 || err != nil {
			t.Errorf("stop: %d rows lost, %v", lost, err)
		}
	})
	return &hall{TB: t, running: r, who: who, ids: map[string]bool{}}
}

// does makes a request as a step of the tour is made, and checks the answer.
// Whatever it is, it has an id of its own, and if it is an error, the form of
// one.
func (h *hall) does(x exchange, checks ...check) *answer {
	h.Helper()
	if len(checks) > 0 {
		x = x.expect(checks...)
	}
	client := http.Client{Timeout: stepTime} // on the connections of all
	a, err := x.ask(h.Context(), &client, h.who.expand(h.url, ""))
	if err == nil {
		err = h.proper(a)
	}
	if err != nil {
		h.Fatalf("%s %s %s\n%v: %v", x.method, x.path, x.body, a, err)
	}
	return a
}

// proper is an answer whose request has an id, and which is JSON where it is no
// stream.
func (h *hall) proper(a *answer) error {
	id := a.header.Get("X-Databricks-Request-Id")
	h.mu.Lock()
	defer h.mu.Unlock()
	if id == "" || h.ids[id] {
		return fmt.Errorf("the id of the request is %q, which is none of its own", id)
	}
	h.ids[id] = true
	switch kind := a.header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "text/event-stream") && a.status == 200:
	case kind != "application/json":
		return fmt.Errorf("the answer is %q", kind)
	case a.status >= 400 && (a.at("error_code") == "" || a.at("message") == ""):
		return fmt.Errorf("the error has no error_code or no message")
	}
	return nil
}

// alice is a request of hers.
func alice(method, path, body string) exchange { return request("", "$ALICE", method, path, body) }

// bySQL runs statements as alice, who is a metastore admin.
func (h *hall) bySQL(statements ...string) {
	h.Helper()
	for _, s := range statements {
		h.does(sql("", "$ALICE", s), succeeded())
	}
}

// furnish makes main.default, and in it a service of one destination.
func (h *hall) furnish(name, model string) {
	h.Helper()
	h.bySQL("CREATE CATALOG IF NOT EXISTS main", "CREATE SCHEMA IF NOT EXISTS main.default")
	h.does(alice("POST", modelServices, fmt.Sprintf(`{"catalog_name": "main", "schema_name": "default", "name": %q,
		"destinations": [{"name": "only", "model": "system.ai.%s"}], "inference_table": "main.default.%[1]s_payload"}`, name, model)), status(200))
}

// scripted is the provider of the demo, as a handler for a test.
func scripted(t testing.TB) http.HandlerFunc {
	t.Helper()
	p, err := startProvider()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p.server.Handler.ServeHTTP
}

const wellDone = `{"choices": [{"message": {"content": "well done"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}`

// local starts a provider for a gateway in another process.
func local(t testing.TB, provider http.HandlerFunc) (url string) {
	t.Helper()
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	return server.URL
}

// absent is an answer without a member.
func absent(path string) check {
	return func(a *answer) error {
		if got := a.at(path); got != "" && got != "null" {
			return fmt.Errorf("%s is there: %s", path, got)
		}
		return nil
	}
}

// members are the names of all members at a path, with those inside them as
// a.b, sorted. Of a schema they are what it describes.
func (a *answer) members(path string) []string {
	var v any
	text := a.body
	if path != "" {
		text = []byte(a.at(path))
	}
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	var all []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		object, _ := v.(map[string]any)
		if inside, ok := object["properties"].(map[string]any); ok {
			object = inside
		} else if _, schema := object["type"]; schema {
			return
		}
		for name, value := range object {
			all = append(all, prefix+name)
			walk(prefix+name+".", value)
		}
	}
	walk("", v)
	slices.Sort(all)
	return all
}
