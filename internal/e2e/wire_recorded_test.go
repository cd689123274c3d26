package e2e

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The requests that Databricks' SDK for Go was recorded to send, word for word,
// in an order in which there is what each is about; every answer is read by the
// shapes of its documentation, and says what has been done.
func TestWireRecorded(t *testing.T) {
	w := newPlayer(t)
	defer w.stop(t)
	script := readRecorded(t, filepath.Join("..", "..", "modelservice", "rest", "testdata", "wire.json"), 21)
	played := map[string]bool{}
	// say plays the call of a name, which is to be answered in a shape.
	say := func(call string, shape any) recorded {
		t.Helper()
		i := slices.IndexFunc(script, func(c recorded) bool { return c.Call == call })
		if i < 0 {
			t.Fatalf("there is no call %s", call)
		}
		c := script[i]
		played[call] = true
		if c.Want == http.StatusConflict { // its etag is that of another time
			c.ErrorCode = "ABORTED"
			w.play(c)
			c.Query, c.Want, c.ErrorCode = strings.Replace(c.Query, "etag=CAESBA%3D%3D", "etag={etag}", 1), http.StatusOK, ""
		}
		strictly(t, w.play(c), shape)
		return c
	}
	holds := func(what string, got, want any) {
		t.Helper()
		g, _ := json.Marshal(got)
		v, _ := json.Marshal(want)
		if string(g) != string(v) {
			t.Errorf("%s is %s, want %s", what, g, v)
		}
	}
	const whole = "model-services/main.default.team-chat"

	// Containers.
	var c wireCatalog
	say("Catalogs.Create", &c)
	holds("the catalog", []string{c.Name, c.FullName, c.Comment, c.Owner, c.CatalogType}, []string{"main", "main", "c", admin, "MANAGED_CATALOG"})
	if made := time.UnixMilli(c.CreatedAt); time.Since(made).Abs() > time.Minute {
		t.Errorf("it was made at %s", made)
	}
	var catalogs wireCatalogs
	say("Catalogs.List", &catalogs)
	holds("the list", []any{len(catalogs.Catalogs), catalogs.Catalogs[0], catalogs.Next}, []any{2, c, ""})
	var s, logging wireSchema
	say("Schemas.Create", &s)
	holds("the schema", []string{s.Name, s.CatalogName, s.FullName, s.Owner}, []string{"default", "main", "main.default", admin})
	strictly(t, w.ask("POST", "/api/2.1/unity-catalog/schemas", `{"catalog_name":"main","name":"logging"}`, http.StatusOK), &logging)
	var again wireSchema
	say("Schemas.Get", &again)
	holds("the schema, read,", again, s)
	var schemas wireSchemas
	say("Schemas.List", &schemas)
	holds("the list", schemas, wireSchemas{Schemas: []wireSchema{s, logging}})

	// A service of one destination.
	var one, read wireService
	service := func(call recorded, got wireService, owner string) {
		t.Helper()
		var asked wireService
		must(t, json.Unmarshal(call.Body, &struct {
			*wireService
			Owner string `json:"owner"`
		}{wireService: &asked}))
		holds("the config", got.Config.asked(), asked.Config.asked())
		holds("the service", []string{got.Name, got.Comment, got.EffectiveOwner, got.CreatedBy, got.UpdatedBy, got.MetastoreID},
			[]string{whole, asked.Comment, owner, admin, admin, c.MetastoreID})
		holds("what it speaks", got.SupportedAPITypes, []string{"mlflow/v1/chat/completions", "mlflow/v1/embeddings", "mlflow/v1/responses",
			"openai/v1/chat/completions", "openai/v1/embeddings", "openai/v1/responses"})
		if got.Etag == "" || time.Since(got.CreateTime).Abs() > time.Minute || !got.UpdateTime.Equal(got.CreateTime) {
			t.Errorf("its etag is %q, it was made at %s and changed at %s", got.Etag, got.CreateTime, got.UpdateTime)
		}
	}
	service(say("AiGateway.CreateModelService one destination", &one), one, admin)
	say("AiGateway.GetModelService", &read)
	holds("the service, read,", read, one)
	var services wireServices
	say("AiGateway.ListModelServices", &services)
	holds("the list", services, wireServices{Services: []wireService{one}})

	// Grants on it.
	var grants wireGrants
	say("Grants.Update", &grants)
	if g := grants.Assignments; len(g) != 1 || g[0].Principal != "ai_team" || !slices.Equal(g[0].Privileges, []string{"EXECUTE"}) {
		t.Errorf("the grants are %+v", g)
	}
	say("Grants.Get", &wireGrants{})
	var effective wireEffective
	say("Grants.GetEffective", &effective)
	holds("bob's", effective.Assignments, []any{})
	var statement wireStatement
	say("StatementExecution.ExecuteStatement", &statement)
	holds("the statement", statement.Status.State, "SUCCEEDED")

	// Changed and deleted as it was read, and not as it was before.
	var changed wireService
	c1 := say("AiGateway.UpdateModelService limits, conditional", &changed)
	var asked wireService
	must(t, json.Unmarshal(c1.Body, &asked))
	holds("the limits", changed.Config.RateLimits, asked.Config.RateLimits)
	holds("all else", []any{changed.Comment, changed.Config.Routing, changed.CreateTime}, []any{"", one.Config.Routing, one.CreateTime})
	if changed.Etag == one.Etag || !changed.UpdateTime.After(one.UpdateTime) {
		t.Errorf("changed its etag is %q, it was %q", changed.Etag, one.Etag)
	}
	say("AiGateway.DeleteModelService", &struct{}{})
	w.ask("GET", "/api/2.1/unity-catalog/"+whole, "", http.StatusNotFound)

	// One with everything, of an owner who may log where its table is.
	for _, text := range []string{"GRANT USE CATALOG ON CATALOG main TO ai_team", "GRANT USE SCHEMA ON SCHEMA main.logging TO ai_team"} {
		w.sql(t, admin, text)
	}
	var all, paused wireService
	service(say("AiGateway.CreateModelService split, fallback, limits, table", &all), all, "ai_team")
	holds("its table", all.Config.InferenceTable, wireTable{Parent: "schemas/main.logging", Prefix: "team_chat", Table: "tables/main.logging.team_chat_payload"})
	say("AiGateway.UpdateModelService pause table", &paused)
	holds("the paused table", paused.Config.InferenceTable, wireTable{Parent: "schemas/main.logging", Prefix: "team_chat",
		Table: "tables/main.logging.team_chat_payload", Disabled: true, Status: "PAUSED", Reason: "Logging is disabled."})
	holds("all else", []any{paused.Config.Routing, paused.Config.RateLimits}, []any{all.Config.Routing, all.Config.RateLimits})

	// The table outlives the service.
	var tables wireTables
	say("Tables.List", &tables)
	var table wireTableInfo
	say("Tables.Get", &table)
	holds("the list", tables, wireTables{Tables: []wireTableInfo{table}})
	holds("the table", []any{table.FullName, table.Owner, table.TableType, table.Columns[0].Name}, []any{"main.logging.team_chat_payload", admin, "MANAGED", "request_id"})
	w.ask("DELETE", "/api/2.1/unity-catalog/"+whole, "", http.StatusOK)
	say("Tables.Delete", &struct{}{})

	say("Catalogs.Update owner", &c)
	holds("the owner", c.Owner, "ai_team")
	say("Catalogs.Delete force", &struct{}{})
	strictly(t, w.ask("GET", "/api/2.1/unity-catalog/catalogs", "", http.StatusOK), &catalogs)
	holds("what is left", len(catalogs.Catalogs), 1)

	for _, c := range script {
		if !played[c.Call] {
			t.Errorf("%s was not played", c.Call)
		}
	}
}
