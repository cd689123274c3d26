package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
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
		"Hello from databricks-claude-opus-4-6.",
		"carol is new", "404 Not Found", "EXPLAIN PRIVILEGE EXECUTE", `["DENIED","MISSING","EXECUTE","carol"`,
		`-d '{"statement":"GRANT USE CATALOG ON CATALOG main TO carol"`, `-d '{"statement":"GRANT USE SCHEMA ON SCHEMA main.default TO carol"`,
		"-d '{\"statement\":\"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO carol\"", "Bearer $CAROL", "Hello from databricks-claude-opus-4-6.",
		"EXPLAIN PRIVILEGE EXECUTE", `["ALLOWED","GRANTED","EXECUTE","carol"`, "/principals/on_call", `["on_call","EXECUTE","SCHEMA","main.default"]`,
		`"inherited_from_type":"SCHEMA"`, "SHOW PRINCIPALS WITH EXECUTE", `["carol","USER"]`,
		"Hello from databricks-gpt-5-2.", "data: [DONE]",
		"429 Too Many Requests", "Retry-After: ", "/openapi.json", "databricks-config", "X-Api-Key: $BOB", "model-services/main.default.team-chat",
		"next_page_token", "page_token=", "ENDPOINT_NOT_FOUND", "405 Method Not Allowed", "401 Unauthorized", "/config/rate_limits/0/request", `"data_array":[[`,
		`"durability":"JOURNAL"`, "X-Gateway-Omit-Payloads: true", "ORDER BY event_time", "REQUEST_WITHHELD", "does not exist",
		"GRANT SELECT OWN ROWS", "GRANT SELECT MASKED", `"alice",null`, "system.ai_gateway.usage", "DROP TABLE", "Hello from", "DROP MODEL SERVICE", "403 Forbidden",
		"went as they must", `FROM "main.logging.audited_payload"`, "| bob | ok", ".parquet:", "| bob | ok", "Both have the three calls.",
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
		{"another table", says("A, B", "1, NULL"), table(`["A", "B"]`, `["1", null], ["2", null]`)},
		{"a column that is not there", says("A, C", "1, 2"), table(`["A", "B"]`, `["1", "2"]`)},
		{"a table of a failure", says("A", "1"), answer{status: 200, body: []byte(`{"status": {"state": "FAILED"}}`)}},
		{"nothing proposed", proposes(), table(`["Answer", "Reason", "Statement"]`, ``)},
		{"a proposal of something else", proposes(), table(`["Answer", "Reason", "Statement"]`, `["DENIED", "MISSING", "GRANT x"], ["DENIED", "MISSING", "DROP y"]`)},
		{"no help", proposes(), table(`["Answer", "Reason", "Statement"]`, `["DENIED", "HOPELESS", null]`)},
		{"a refusal that stays", restsOn([]string{"GRANT x"}), table(`["Answer", "Reason", "Statement"]`, `["DENIED", "MISSING", "GRANT x"]`)},
		{"another ground", restsOn([]string{"GRANT x"}), table(`["Answer", "Reason", "Statement"]`, `["ALLOWED", "GRANTED", "GRANT y"]`)},
		{"no ground", restsOn([]string{"GRANT x"}), table(`["Answer", "Reason", "Statement"]`, ``)},
		{"no description", describes("/a"), answer{status: 200, body: []byte(`{"openapi": "3.0.3", "paths": {"/a": {}}}`)}},
		{"a path that is not described", describes("/a"), answer{status: 200, body: []byte(`{"openapi": "3.1.0", "paths": {"/a/b": {}}}`)}},
		{"other methods", takes("GET"), answer{status: 405, header: http.Header{"Allow": {"GET, PUT"}}}},
		{"a row too few", rows(row{"me", "200", "p", "ok", `["p"]`}), answer{body: []byte(`{"result": {"data_array": []}}`)}},
		{"a row too many", rows(), answer{body: []byte(`{"result": {"data_array": [[1]]}}`)}},
	} {
		if x.check(&x.a) == nil {
			t.Errorf("%s: went unseen", x.says)
		}
	}
}

// table is the answer to a statement that was done.
func table(names, rows string) answer {
	var columns []string
	for name := range strings.SplitSeq(strings.Trim(names, "[]"), ", ") {
		columns = append(columns, `{"name": `+name+`}`)
	}
	return answer{status: 200, body: []byte(`{"status": {"state": "SUCCEEDED"}, "manifest": {"schema": {"columns": [` +
		strings.Join(columns, ", ") + `]}}, "result": {"data_array": [` + rows + `]}}`)}
}

// What is run is what the answer proposes, as it stands there, and then the same
// must be the reason.
func TestTourRunsWhatIsProposed(t *testing.T) {
	proposed := []string{"GRANT USE CATALOG ON CATALOG `a``b` TO `it's \"carol\"`", "GRANT SELECT ON TABLE x TO carol"}
	answers := func(reply, reason string) string {
		rows := make([]string, len(proposed))
		for i, s := range proposed {
			row, _ := json.Marshal([]string{reply, reason, s})
			rows[i] = string(row)
		}
		a := table(`["Answer", "Reason", "Statement"]`, strings.Join(rows, ", "))
		return string(a.body)
	}
	var ran []string
	helps := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Statement, Model string }
		json.NewDecoder(r.Body).Decode(&body)
		switch {
		case body.Model != "":
			writeJSON(w, completion{Model: primaryModel, Choices: []choice{{Message: &delta{Content: "Hello from " + primaryModel + "."}}}})
		case body.Statement != whyCarol:
			ran = append(ran, body.Statement)
			io.WriteString(w, `{"status": {"state": "SUCCEEDED"}}`)
		case len(ran) == 0 || !helps:
			io.WriteString(w, answers("DENIED", "MISSING"))
		default:
			io.WriteString(w, answers("ALLOWED", "GRANTED"))
		}
	}))
	defer server.Close()
	var why exchange
	for _, x := range refusal() {
		if x.then != nil {
			why = x
		}
	}
	var out strings.Builder
	err := play(t.Context(), &out, []exchange{why}, func(string) string { return server.URL })
	if err != nil || !slices.Equal(ran, proposed) || !strings.Contains(out.String(), "All 5 steps") {
		t.Errorf("%v after %q, want %q:\n%s", err, ran, proposed, out.String())
	}
	ran, helps = nil, false
	if err := play(t.Context(), &out, []exchange{why}, func(string) string { return server.URL }); err == nil || !strings.Contains(err.Error(), "step 5") {
		t.Errorf("what was proposed did not help, and the tour says %v", err)
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
	err := play(t.Context(), &out, script(), func(string) string { return server.URL })
	if err == nil || !strings.Contains(err.Error(), "step 2") || asked != 2 {
		t.Errorf("%v after %d requests", err, asked)
	}
}
