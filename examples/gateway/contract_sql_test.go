package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Statements are answered in one go, in the shape of Databricks' API.
func TestContractSQL(t *testing.T) {
	const path = "/api/2.0/sql/statements"
	h := openHall(t, "{}", scripted(t))
	h.bySQL("CREATE CATALOG main", "CREATE SCHEMA main.default")
	failed := all(status(200), is("status.state", "FAILED"), absent("manifest"), absent("result"))
	for _, c := range []struct {
		says, as, body string
		check          check
	}{
		{"SUCCEEDED, with columns and rows", "$ALICE", `{"statement": "SHOW SCHEMAS IN main", "warehouse_id": "any"}`,
			all(succeeded(), is("manifest.schema.columns.0.position", "0"), is("result.data_array.0.0", "default"), is("manifest.total_row_count", "1"), absent("status.error"))},
		{"SUCCEEDED, without rows", "$ALICE", `{"statement": "GRANT USE CATALOG ON CATALOG main TO bob", "warehouse_id": "any"}`,
			all(succeeded(), is("result.data_array", "[]"))},
		{"FAILED with the error is HTTP 200: a syntax error", "$ALICE", `{"statement": "GRANT GRANT", "warehouse_id": "any"}`,
			all(failed, is("status.error.error_code", "BAD_REQUEST"), mentions("status.error.message", "line 1, column 12"))},
		{"FAILED with the error is HTTP 200: nothing of that name", "$ALICE", `{"statement": "DROP CATALOG nothing", "warehouse_id": "any"}`,
			all(failed, mentions("status.error.message", "does not exist"))},
		{"FAILED with the error is HTTP 200: no right", "$BOB", `{"statement": "CREATE CATALOG bobs", "warehouse_id": "any"}`,
			all(failed, is("status.error.error_code", "PERMISSION_DENIED"))},
		{"malformed JSON is 400", "$ALICE", `{"statement": "SHOW CATALOGS"`, all(status(400), is("error_code", "INVALID_PARAMETER_VALUE"))},
		{"a key that is not known is 400", "$ALICE", `{"statement": "SHOW CATALOGS", "warehouse": "any"}`, all(status(400), mentions("message", "/warehouse"))},
		{"no statement is 400", "$ALICE", `{"warehouse_id": "any"}`, all(status(400), mentions("message", "statement"))},
		{"no token is 401", "", `{"statement": "SHOW CATALOGS", "warehouse_id": "any"}`, status(401)},
		{"one statement per call", "$ALICE", `{"statement": "CREATE CATALOG one; CREATE CATALOG two", "warehouse_id": "any"}`, failed},
		{"… of which none was done", "$ALICE", `{"statement": "SHOW CATALOGS", "warehouse_id": "any"}`, says("catalog", "main", "system")},
		{"a final semicolon is none", "$ALICE", `{"statement": "SHOW CATALOGS;", "warehouse_id": "any"}`, succeeded()},
		{"the SDK's documented keys", "$ALICE", `{"statement": "SHOW SCHEMAS", "warehouse_id": "any", "wait_timeout": "30s", "on_wait_timeout": "CONTINUE",
			"catalog": "main", "schema": "default", "row_limit": 5, "byte_limit": 1000000, "format": "JSON_ARRAY", "disposition": "INLINE",
			"parameters": [], "query_tags": []}`, all(succeeded(), is("result.data_array.0.0", "default"))},
	} {
		t.Run(c.says, func(t *testing.T) {
			h.TB = t
			h.does(post("", c.as, path, c.body), c.check)
		})
	}
}

// Principals are made by SQL, by metastore admins only.
func TestContractPrincipalsBySQL(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	h.bySQL("CREATE USER guest", "CREATE GROUP club")
	for _, statement := range []string{
		"CREATE USER other", "DROP USER guest", "CREATE GROUP other", "DROP GROUP club", "ALTER GROUP club ADD USER bob", "ALTER GROUP ai_team DROP USER bob",
	} {
		h.does(sql("", "$BOB", statement), all(status(200), is("status.state", "FAILED"), is("status.error.error_code", "PERMISSION_DENIED")))
	}
	h.bySQL("ALTER GROUP club ADD USER guest", "ALTER GROUP club DROP USER guest", "DROP GROUP club", "DROP USER guest")
}

// A table is read with SELECT *, with LIMIT and by names of columns, newest
// first; a row is there within two seconds; and it takes SELECT on the table and
// USE on its parents.
func TestContractReading(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	h.furnish("talk", fallbackModel)
	const table = "main.default.talk_payload"
	fastest := time.Hour // somebody else may have the machine
	for _, word := range []string{"first", "second", "third"} {
		h.does(post("", "$ALICE", "/ai-gateway/openai/v1/chat/completions",
			`{"model": "main.default.talk", "messages": [{"role": "user", "content": "`+word+`"}]}`), status(200))
		began := time.Now()
		h.does(sql("", "$ALICE", "SELECT request FROM "+table+" LIMIT 1").eventually(succeeded(), mentions("result.data_array.0.0", word)))
		fastest = min(fastest, time.Since(began))
	}
	if fastest > 2*time.Second {
		t.Errorf("a row was readable after %v", fastest)
	}
	order := func(want ...string) check {
		return func(a *answer) error {
			got := a.column("request")
			if len(got) != len(want) {
				return fmt.Errorf("there are %d rows, not %d", len(got), len(want))
			}
			for i := range want {
				if !strings.Contains(got[i], want[i]) {
					return fmt.Errorf("row %d is %q, want %q", i, got[i], want[i])
				}
			}
			return nil
		}
	}
	h.does(sql("", "$ALICE", "SELECT * FROM "+table), succeeded(), order("third", "second", "first"))
	h.does(sql("", "$ALICE", "SELECT * FROM "+table+" LIMIT 2"), succeeded(), order("third", "second"))
	h.does(sql("", "$ALICE", "SELECT * FROM "+table+" LIMIT 0"), succeeded(), order())
	h.does(sql("", "$ALICE", "SELECT status_code, request, requester FROM "+table+" LIMIT 2"), order("third", "second"),
		is("manifest.schema.columns.0.name", "status_code"), is("manifest.schema.columns.2.name", "requester"),
		is("manifest.schema.column_count", "3"), is("result.data_array.0.2", "alice"))
	h.does(sql("", "$ALICE", "SELECT nothing FROM "+table), failed("nothing"))

	read := sql("", "$BOB", "SELECT requester FROM "+table+" LIMIT 1")
	for _, grant := range []string{
		"USE CATALOG ON CATALOG main", "USE SCHEMA ON SCHEMA main.default", "SELECT ON TABLE " + table,
	} {
		h.does(read, failed("does not exist"))
		h.bySQL("GRANT " + grant + " TO ai_team")
	}
	h.does(read, says("requester", "alice"))
	for _, part := range []string{"SELECT ON TABLE " + table, "USE SCHEMA ON SCHEMA main.default", "USE CATALOG ON CATALOG main"} {
		h.bySQL("REVOKE " + part + " FROM ai_team")
		h.does(read, failed("does not exist"))
		h.bySQL("GRANT " + part + " TO ai_team")
		h.does(read, succeeded())
	}
}

// system and system.ai are there from the start, with the models of the file in
// them and the default grants.
func TestContractSystem(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	h.does(sql("", "$ALICE", "SHOW CATALOGS"), says("catalog", "system"))
	h.does(sql("", "$ALICE", "SHOW GRANTS ON CATALOG system"), says("Principal, ActionType", "account users, USE CATALOG"))
	h.does(sql("", "$ALICE", "SHOW GRANTS ON SCHEMA system.ai"),
		says("Principal, ActionType, ObjectType", "account users, EXECUTE, SCHEMA", "account users, USE SCHEMA, SCHEMA"))
	for _, model := range []string{primaryModel, fallbackModel, claudeModel} {
		h.does(sql("", "$CAROL", "EXPLAIN PRIVILEGE EXECUTE ON MODEL system.ai.`"+model+"`"), succeeded(), func(a *answer) error {
			if got := a.column("Answer"); len(got) == 0 || slices.ContainsFunc(got, func(s string) bool { return s != "ALLOWED" }) {
				return fmt.Errorf("the answer is %q", got)
			}
			return nil
		})
	}
	for _, statement := range []string{"DROP SCHEMA system.ai", "DROP SCHEMA system.ai CASCADE", "DROP CATALOG system CASCADE"} {
		h.does(sql("", "$ALICE", statement), failed("cannot be deleted"), is("status.error.error_code", "PERMISSION_DENIED"))
	}
}
