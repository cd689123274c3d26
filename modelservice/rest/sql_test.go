package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// statement expects a statement to succeed.
func (w *world) statement(who, text string) map[string]any {
	w.Helper()
	a := w.ok(who, "POST", sqlPath, compact(map[string]any{"statement": text}))
	if dig(a, "status", "state") != "SUCCEEDED" {
		w.Fatalf("%s: %s\nanswers %s", who, text, compact(a))
	}
	return a
}

func TestSQL(t *testing.T) {
	w := newService(t)
	a := w.statement(admin, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team")
	id, _ := a["statement_id"].(string)
	if len(id) != 36 {
		t.Errorf("statement_id is %q", id)
	}
	delete(a, "statement_id")
	want := `{"manifest":{"chunks":[{"chunk_index":0,"row_count":0,"row_offset":0}],"format":"JSON_ARRAY","schema":{"column_count":0,"columns":[]},` +
		`"total_chunk_count":1,"total_row_count":0,"truncated":false},"result":{"chunk_index":0,"data_array":[],"row_count":0,"row_offset":0},"status":{"state":"SUCCEEDED"}}`
	if compact(a) != want {
		t.Errorf("answers %s\nwant    %s", compact(a), want)
	}

	a = w.statement(admin, "SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`")
	if got := compact(dig(a, "result", "data_array")); got != `[["ai_team","EXECUTE","MODEL SERVICE","main.default.team-chat"]]` {
		t.Errorf("data_array is %s", got)
	}
	if got := compact(dig(a, "manifest", "schema", "columns", 3)); got != `{"name":"ObjectKey","position":3,"type_name":"STRING","type_text":"STRING"}` {
		t.Errorf("column 3 is %s", got)
	}
	if dig(a, "manifest", "schema", "column_count") != 4.0 || dig(a, "manifest", "total_row_count") != 1.0 || dig(a, "result", "row_count") != 1.0 {
		t.Errorf("counts are wrong in %s", compact(a))
	}
}

func TestSQLSelect(t *testing.T) {
	w := newService(t)
	name, _ := catalog.ParseFullName("main.logging.team_chat_payload")
	table, _ := w.ms.Catalog().Snapshot().Lookup(catalog.TypeTable, name)
	for i := range 3 {
		w.check(w.sink.Write(w.ctx, uint64(table), []*inferencelog.Record{{
			ID: fmt.Sprint(i), RequestID: fmt.Sprint("r", i), EventTime: time.Unix(int64(i), 0), StatusCode: 200, Request: []byte(`{"a":1}`),
		}}))
	}
	a := w.statement(admin, "SELECT request_id, status_code, request, url FROM main.logging.team_chat_payload LIMIT 2")
	if got := compact(dig(a, "result", "data_array")); got != `[["r2","200","{\"a\":1}",null],["r1","200","{\"a\":1}",null]]` {
		t.Errorf("data_array is %s", got)
	}
	for limit, want := range map[int]bool{1: true, 3: false, 4: false} {
		a := w.ok(admin, "POST", sqlPath, fmt.Sprintf(`{"statement":"SELECT draw FROM main.logging.team_chat_payload","row_limit":%d}`, limit))
		if got, _ := dig(a, "result", "data_array").([]any); len(got) != min(limit, 3) || dig(a, "manifest", "truncated") != want {
			t.Errorf("row_limit %d: %s", limit, compact(a))
		}
	}
}

// A statement that fails is an answer like any other.
func TestSQLFailed(t *testing.T) {
	w := newService(t)
	for text, want := range map[string]modelservice.Code{
		"GRANT": modelservice.CodeBadRequest,
		"DENY EXECUTE ON MODEL SERVICE a.b.c TO x":       modelservice.CodeNotSupported,
		"DROP CATALOG main":                              modelservice.CodeInvalidState,
		"DROP MODEL system.ai.m":                         modelservice.CodePermissionDenied,
		"DROP MODEL SERVICE main.default.team_chat":      modelservice.CodeDoesNotExist,
		"GRANT USE CATALOG ON CATALOG main TO nobody":    modelservice.CodePrincipalNotExist,
		"DROP TABLE a.b.c; DROP TABLE a.b.c":             modelservice.CodeBadRequest,
		"SELECT * FROM main.logging.x GROUP BY a":        modelservice.CodeBadRequest,
		"GRANT EXECUTE ON MODEL SERVICE main TO ai_team": modelservice.CodeInvalidParameter,
	} {
		before := w.version()
		a := w.ok(admin, "POST", sqlPath, compact(map[string]any{"statement": text}))
		message, _ := dig(a, "status", "error", "message").(string)
		if dig(a, "status", "state") != "FAILED" || dig(a, "status", "error", "error_code") != string(want) || message == "" {
			t.Errorf("%s\nanswers %s, want %s", text, compact(a), want)
		}
		if a["manifest"] != nil || a["result"] != nil || w.version() != before {
			t.Errorf("%s\nfails and answers %s", text, compact(a))
		}
	}
}

// The members that the SDK documents are taken, whatever they hold (R36).
func TestSQLMembers(t *testing.T) {
	w := newService(t)
	w.ok(admin, "POST", sqlPath, `{"statement":"SHOW GRANTS ON METASTORE","warehouse_id":"any","wait_timeout":"30s","on_wait_timeout":"CONTINUE",
		"catalog":"main","schema":"default","row_limit":5,"byte_limit":100,"format":"JSON_ARRAY","disposition":"INLINE","parameters":[{"name":"x"}],"query_tags":[]}`)
	w.refused(admin, "GET", sqlPath+"/01ef-x", "", 404)
	for _, who := range []string{admin, "carol"} {
		w.refused(who, "GET", sqlPath+"/"+strings.Repeat("x", 500), "", 404)
	}
}

// A message quotes what was asked, and the answer is short all the same.
func TestLongStatementsAreQuotedShort(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 200_000)
	for _, text := range []string{"CREATE USER `" + long + "`", "GRANT " + long + " ON CATALOG main TO bob", "SHOW GRANTS ON CATALOG main." + long} {
		if a := w.send(admin, "POST", sqlPath, compact(map[string]any{"statement": text})); a.Code != 200 || a.Body.Len() > 20_000 {
			t.Errorf("%.30s…: %d, %d bytes", text, a.Code, a.Body.Len())
		}
	}
}
