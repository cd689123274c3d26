package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestTour(t *testing.T) {
	scratch := t.TempDir()
	c := startChild(t, []string{"TMPDIR=" + scratch}, "-tour")
	var said strings.Builder
	last := ""
	for {
		line, ok := c.next(c.stdout)
		if !ok {
			break
		}
		last = line
		said.WriteString(line + "\n")
	}
	if status, _ := c.wait(); status != 0 || last != "rows lost: 0" {
		t.Fatalf("status %d, last line %q, %s", status, last, c.stderrText())
	}
	// What it shows, in this order.
	rest := said.String()
	for _, want := range []string{
		`"full_name":"main.default.team-chat"`, "409 Conflict", "404 Not Found",
		"GRANT USE CATALOG ON CATALOG main", "GRANT USE SCHEMA ON SCHEMA main.default", "main.default.`team-chat` TO ai_team",
		"Hello from databricks-claude-opus-4-6.", "Hello from databricks-gpt-5-2.", "data: [DONE]",
		"429 Too Many Requests", "Retry-After: ", `"data_array":[[`, "DROP TABLE", "Hello from", "DROP MODEL SERVICE", "403 Forbidden",
		"went as they must",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("the tour does not show %q in its place", want)
		}
		rest = after
	}
	for _, folder := range []string{scratch, c.folder} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("the tour has left %v behind in %s (%v)", left, folder, err)
		}
	}
}

// A wrong answer ends the tour.
func TestTourFails(t *testing.T) {
	for _, x := range []struct {
		says  string
		check check
		a     answer
	}{
		{"another status", status(200), answer{status: 404}},
		{"another value", is("a.0.b", "1"), answer{body: []byte(`{"a": [{"b": 2}]}`)}},
		{"no such word", failed("MANAGE"), answer{status: 200, body: []byte(`{"status": {"state": "FAILED", "error": {"message": "no"}}}`)}},
		{"a failure", succeeded(), answer{status: 200, body: []byte(`{"status": {"state": "FAILED"}}`)}},
		{"no Retry-After", waits(), answer{status: 429}},
		{"a stream without end", streamedBy("m"), answer{status: 200, body: []byte("data: {\"choices\":[{\"delta\":{\"content\":\"Hello \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"from m.\"}}]}\n\n")}},
		{"a row too few", rows(row{"200", "p", "ok", `["p"]`}), answer{body: []byte(`{"result": {"data_array": []}}`)}},
		{"a row too many", rows(), answer{body: []byte(`{"result": {"data_array": [[1]]}}`)}},
	} {
		if x.check(&x.a) == nil {
			t.Errorf("%s: went unseen", x.says)
		}
	}
}

// The tour stops at the first answer that is wrong.
func TestTourStops(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		io.WriteString(w, `{"owner": "alice"}`)
	}))
	defer server.Close()
	var out strings.Builder
	err := play(t.Context(), &out, func(string) string { return server.URL })
	if err == nil || !strings.Contains(err.Error(), "step 2") || asked != 2 {
		t.Errorf("%v after %d requests", err, asked)
	}
}
