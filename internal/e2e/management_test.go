package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// service is the name of the service that the seed page creates.
const service = "main.default.team-chat"

// seedBody is the body of the seed page's request, as it stands there.
const seedBody = `{
    "catalog_name": "main",
    "schema_name": "default",
    "name": "team-chat",
    "comment": "Shared chat endpoint with fallback.",
    "destinations": [
      { "name": "primary", "model": "system.ai.databricks-claude-opus-4-6" },
      { "name": "fallback", "model": "system.ai.databricks-gpt-5-2" }
    ],
    "routes": {
      "strategy": "fallback",
      "destinations": ["primary", "fallback"]
    },
    "inference_table": "main.logging.team_chat_payload",
    "rate_limits": {
      "tpm": 10000,
      "qpm": 1000
    }
  }`

// grants are the statements of the seed page that let the team in.
var grants = []string{
	"GRANT USE CATALOG ON CATALOG main TO ai_team",
	"GRANT USE SCHEMA ON SCHEMA main.default TO ai_team",
	"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team",
	"GRANT USE SCHEMA ON SCHEMA main.logging TO ai_team",
	"GRANT SELECT ON TABLE main.logging.team_chat_payload TO ai_team",
}

// seeded starts a server with the seed page's service, open to the team.
func seeded(t *testing.T) (*server, *provider) {
	t.Helper()
	p := newProvider(t)
	s := start(t, t.TempDir(), p)
	s.containers(t)
	s.create(t, seedBody)
	for _, g := range grants {
		s.sql(t, admin, g)
	}
	return s, p
}

// containers makes the catalog and the schemas that the seed page takes for
// granted.
func (s *server) containers(t *testing.T) {
	t.Helper()
	for _, made := range [][2]string{
		{"catalogs", `{"name":"main"}`},
		{"schemas", `{"name":"default","catalog_name":"main"}`},
		{"schemas", `{"name":"logging","catalog_name":"main"}`},
	} {
		if status, answer := s.manage(t, admin, "POST", "/api/2.1/unity-catalog/"+made[0], made[1]); status != http.StatusOK {
			t.Fatalf("create in %s: %d %v", made[0], status, answer)
		}
	}
}

// create makes a service in the seed page's shape and returns it.
func (s *server) create(t *testing.T, body string) map[string]any {
	t.Helper()
	status, answer := s.manage(t, admin, "POST", "/api/2.2/unity-catalog/model-services", body)
	if status != http.StatusOK {
		t.Fatalf("create service: %d %v", status, answer)
	}
	return answer
}

// manage makes a request of the management surface.
func (s *server) manage(t *testing.T, caller, method, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token(caller))
	r.Header.Set("Content-Type", "application/json")
	response, err := s.via.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s %s: status %d, no JSON object: %s", method, path, response.StatusCode, text)
	}
	return response.StatusCode, answer
}

// result is the answer to a statement.
type result struct {
	Status struct {
		State string
		Error *struct {
			Code    string `json:"error_code"`
			Message string
		}
	}
	Manifest struct {
		Schema struct {
			Columns []struct{ Name string }
		}
	}
	Result struct {
		Data [][]*string `json:"data_array"`
	}
}

// execute executes a statement, whatever becomes of it.
func (s *server) execute(t *testing.T, caller, text string) result {
	t.Helper()
	body, err := json.Marshal(map[string]string{"statement": text, "warehouse_id": "any"})
	must(t, err)
	status, answer := s.manage(t, caller, "POST", "/api/2.0/sql/statements", string(body))
	if status != http.StatusOK {
		t.Fatalf("%s: status %d %v", text, status, answer)
	}
	again, err := json.Marshal(answer)
	must(t, err)
	var r result
	must(t, json.Unmarshal(again, &r))
	return r
}

// sql executes a statement that has to succeed, and returns its rows by column.
func (s *server) sql(t *testing.T, caller, text string) []map[string]string {
	t.Helper()
	r := s.execute(t, caller, text)
	if r.Status.State != "SUCCEEDED" {
		t.Fatalf("%s: %s %+v", text, r.Status.State, r.Status.Error)
	}
	var rows []map[string]string
	for _, values := range r.Result.Data {
		row := map[string]string{}
		for i, column := range r.Manifest.Schema.Columns {
			if values[i] != nil {
				row[column.Name] = *values[i]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// rows reads the seed page's inference table as a member of the team, newest
// first. It has as many rows as there were calls, or the test ends.
func (s *server) rows(t *testing.T, columns string, calls int) []map[string]string {
	t.Helper()
	s.settled()
	rows := s.sql(t, alice, fmt.Sprintf("SELECT %s FROM main.logging.team_chat_payload", columns))
	if len(rows) != calls {
		t.Fatalf("%d rows after %d calls", len(rows), calls)
	}
	return rows
}
