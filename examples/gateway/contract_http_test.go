package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// step is a request of a row of the contract, and what must come back.
type step struct {
	method, path, body string
	check              check
}

// Every surface of the server's contract answers at its paths, with its methods.
func TestContractPaths(t *testing.T) {
	const (
		ga   = unityCatalog + "/model-services"
		chat = `{"model": "main.default.talk", "messages": [{"role": "user", "content": "hello"}]}`
		said = "Hello from " + fallbackModel + "."
	)
	allRight := status(200)
	h := openHall(t, "{}", scripted(t))
	for _, row := range []struct {
		surface string
		steps   []step
	}{
		{"operations", []step{
			{"GET", "/healthz", "", is("status", "ok")},
			{"HEAD", "/healthz", "", allRight},
			{"GET", "/openapi.json", "", describes("/api/2.2/unity-catalog/model-services")},
		}},
		{"catalogs", []step{
			{"POST", unityCatalog + "/catalogs", `{"name": "main"}`, is("owner", "alice")},
			{"GET", unityCatalog + "/catalogs", "", mentions("catalogs", `"name":"main"`)},
			{"GET", unityCatalog + "/catalogs/main", "", is("name", "main")},
			{"PATCH", unityCatalog + "/catalogs/main", `{"comment": "ours"}`, is("comment", "ours")},
			{"POST", unityCatalog + "/catalogs", `{"name": "brief"}`, allRight},
			{"DELETE", unityCatalog + "/catalogs/brief", "", allRight},
			{"GET", unityCatalog + "/catalogs/brief", "", status(404)},
		}},
		{"schemas", []step{
			{"POST", unityCatalog + "/schemas", `{"catalog_name": "main", "name": "default"}`, is("full_name", "main.default")},
			{"GET", unityCatalog + "/schemas?catalog_name=main", "", mentions("schemas", `"full_name":"main.default"`)},
			{"GET", unityCatalog + "/schemas/main.default", "", is("catalog_name", "main")},
			{"PATCH", unityCatalog + "/schemas/main.default", `{"comment": "ours"}`, is("comment", "ours")},
			{"POST", unityCatalog + "/schemas", `{"catalog_name": "main", "name": "brief"}`, allRight},
			{"DELETE", unityCatalog + "/schemas/main.brief", "", allRight},
			{"GET", unityCatalog + "/schemas/main.brief", "", status(404)},
		}},
		{"model services, GA shape", []step{
			{"POST", ga + "?parent=schemas/main.default&model_service_id=talk", `{"comment": "ours", "config": {"routing": {"destinations": [{"name": "only",
				"destination_type": "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL", "pay_per_token_config": {"model": "models/system.ai.` + fallbackModel + `"}}]},
				"inference_table": {"parent": "schemas/main.default"}}}`, is("name", "model-services/main.default.talk")},
			{"GET", ga + "?parent=schemas/main.default", "", mentions("model_services", "model-services/main.default.talk")},
			{"GET", ga + "/main.default.talk", "", is("config.inference_table.table", "tables/main.default.talk_payload")},
			{"PATCH", ga + "/main.default.talk?update_mask=comment", `{"comment": "yours"}`, is("comment", "yours")},
		}},
		{"model services, the seed page's shape", []step{
			{"POST", modelServices, `{"catalog_name": "main", "schema_name": "default", "name": "brief",
				"destinations": [{"name": "only", "model": "system.ai.` + claudeModel + `"}]}`, is("full_name", "main.default.brief")},
			{"GET", modelServices + "?catalog_name=main&schema_name=default", "", mentions("model_services", "main.default.talk")},
			{"GET", modelServices + "/main.default.talk", "", is("comment", "yours")}, // made in the other shape
			{"PATCH", modelServices + "/main.default.talk", `{"rate_limits": {"qpm": 500}}`, is("rate_limits.qpm", "500")},
			{"GET", ga + "/main.default.talk", "", is("config.rate_limits.0.requests", "500")}, // and the other way round
		}},
		{"grants", []step{
			{"PATCH", unityCatalog + "/permissions/catalog/main", `{"changes": [{"principal": "ai_team", "add": ["USE_CATALOG"]}]}`, allRight},
			{"GET", unityCatalog + "/permissions/catalog/main", "", mentions("privilege_assignments", `"principal":"ai_team"`)},
			{"PATCH", unityCatalog + "/permissions/model_service/main.default.talk", `{"changes": [{"principal": "ai_team", "add": ["EXECUTE"]}]}`, allRight},
			{"GET", unityCatalog + "/effective-permissions/model_service/main.default.talk?principal=ai_team", "", mentions("privilege_assignments", "EXECUTE")},
		}},
		{"SQL", []step{
			{"POST", "/api/2.0/sql/statements", `{"statement": "SHOW CATALOGS", "warehouse_id": "any"}`, succeeded()},
			{"POST", "/api/2.0/sql/statements/", `{"statement": "SHOW CATALOGS", "warehouse_id": "any"}`, succeeded()},
		}},
		{"inference", []step{
			{"POST", "/ai-gateway/mlflow/v1/chat/completions", chat, is("choices.0.message.content", said)},
			{"POST", "/ai-gateway/mlflow/v1/embeddings", `{"model": "main.default.talk", "input": "a"}`, is("data.0.object", "embedding")},
			{"POST", "/ai-gateway/mlflow/v1/responses", `{"model": "main.default.talk", "input": "a"}`, is("output.0.content.0.text", said)},
			{"POST", "/ai-gateway/openai/v1/chat/completions", chat, is("choices.0.message.content", said)},
			{"POST", "/ai-gateway/openai/v1/responses", `{"model": "main.default.talk", "input": "a"}`, is("output.0.content.0.text", said)},
			{"POST", "/ai-gateway/anthropic/v1/messages", `{"model": "main.default.brief", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}`,
				is("content.0.text", "Hello from "+claudeModel+".")},
			{"GET", "/ai-gateway/mlflow/v1/models", "", is("data.1.id", "main.default.talk")},
			{"GET", "/ai-gateway/openai/v1/models", "", is("data.1.id", "main.default.talk")},
			{"GET", "/ai-gateway/anthropic/v1/models", "", is("data.1.id", "main.default.talk")},
		}},
		{"tables", []step{
			{"GET", unityCatalog + "/tables?catalog_name=main&schema_name=default", "", mentions("tables", `"full_name":"main.default.talk_payload"`)},
			{"GET", unityCatalog + "/tables/main.default.talk_payload", "", is("name", "talk_payload")},
			{"DELETE", unityCatalog + "/tables/main.default.talk_payload", "", allRight},
			{"GET", unityCatalog + "/tables/main.default.talk_payload", "", status(404)},
		}},
		{"deleting model services", []step{
			{"DELETE", ga + "/main.default.talk", "", allRight},
			{"DELETE", modelServices + "/main.default.brief", "", allRight},
			{"GET", ga + "/main.default.brief", "", status(404)},
			{"GET", modelServices + "/main.default.talk", "", status(404)},
		}},
	} {
		t.Run(row.surface, func(t *testing.T) {
			h.TB = t
			for _, s := range row.steps {
				h.does(alice(s.method, s.path, s.body), s.check)
			}
		})
	}
}

// Callers authenticate with Authorization: Bearer; the Anthropic route alone
// also takes x-api-key. The two paths of operations take anybody.
func TestContractAuthentication(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	h.furnish("talk", claudeModel)
	const (
		catalogs   = unityCatalog + "/catalogs"
		statements = "/api/2.0/sql/statements"
		messages   = "/ai-gateway/anthropic/v1/messages"
	)
	body := map[string]string{
		statements: `{"statement": "SHOW CATALOGS"}`,
		messages:   `{"model": "main.default.talk", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}`,
	}
	for _, c := range []struct {
		says, path, header, value string
		status                    int
	}{
		{"management, by bearer token", catalogs, "Authorization", "Bearer $ALICE", 200},
		{"management, the scheme in another case", catalogs, "Authorization", "bearer $ALICE", 200},
		{"management, without token", catalogs, "", "", 401},
		{"management, with a stranger's", catalogs, "Authorization", "Bearer nobody", 401},
		{"management, by another scheme", catalogs, "Authorization", "Basic $ALICE", 401},
		{"management, by x-api-key", catalogs, "X-Api-Key", "$ALICE", 401},
		{"SQL, by bearer token", statements, "Authorization", "Bearer $ALICE", 200},
		{"SQL, without token", statements, "", "", 401},
		{"OpenAI's models, by bearer token", "/ai-gateway/openai/v1/models", "Authorization", "Bearer $ALICE", 200},
		{"OpenAI's models, by x-api-key", "/ai-gateway/openai/v1/models", "X-Api-Key", "$ALICE", 401},
		{"MLflow's models, by x-api-key", "/ai-gateway/mlflow/v1/models", "X-Api-Key", "$ALICE", 401},
		{"Anthropic's models, by x-api-key", "/ai-gateway/anthropic/v1/models", "X-Api-Key", "$ALICE", 200},
		{"messages, by bearer token", messages, "Authorization", "Bearer $ALICE", 200},
		{"messages, by x-api-key", messages, "X-Api-Key", "$ALICE", 200},
		{"messages, by a stranger's x-api-key", messages, "X-Api-Key", "nobody", 401},
		{"messages, without token", messages, "", "", 401},
		{"health, without token", "/healthz", "", "", 200},
		{"the description, without token", "/openapi.json", "", "", 200},
		{"health, with a stranger's token", "/healthz", "Authorization", "Bearer nobody", 200},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := request("", "", "GET", c.path, body[c.path])
			if x.body != "" {
				x.method = http.MethodPost
			}
			if c.header != "" {
				x.more = c.header + ": " + strings.ReplaceAll(c.value, "$ALICE", h.who.alice)
			}
			h.TB = t
			if a := h.does(x, status(c.status)); a.status == 401 && (a.at("error_code") != "UNAUTHENTICATED" || a.header.Get("WWW-Authenticate") == "") {
				t.Errorf("refused as %v %v", a.header, a)
			}
		})
	}
}

// What is not there is refused in JSON under every prefix, whatever the method;
// and the ids of requests are on all of it.
func TestContractErrorsAreJSON(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	for _, as := range []string{"$ALICE", ""} {
		for _, c := range []struct {
			path  string
			known bool // with another method
			open  bool // to anybody
		}{
			{"/", false, true}, {"/nothing", false, true}, {"/api", false, true}, {"/ai-gateway", false, true}, {"/healthz/", false, true},
			{"/.well-known/nothing", false, true}, {"//api/2.1/unity-catalog/catalogs", false, true}, {"/%61pi/nothing", false, false},
			{"/healthz", true, true}, {"/openapi.json", true, true},
			{"/api/", false, false}, {"/api/2.1/unity-catalog/nothing", false, false}, {"/api/2.1/unity-catalog/../catalogs", false, false},
			{unityCatalog + "/catalogs", true, false}, {unityCatalog + "/model-services/a.b.c", true, false}, {"/api/2.0/sql/statements", true, false},
			{"/ai-gateway/", false, false}, {"/ai-gateway/mlflow/v2/chat/completions", false, false},
			{"/ai-gateway/mlflow/v1/chat/completions", true, false}, {"/ai-gateway/anthropic/v1/messages", true, false}, {"/ai-gateway/anthropic/v1/nothing", false, false},
		} {
			for _, method := range []string{"OPTIONS", "TRACE", "PUT", "BREW"} {
				want, code := 404, ""
				switch {
				case as == "" && !c.open:
					want, code = 401, "UNAUTHENTICATED"
				case c.known:
					want = 405
				}
				a := h.does(request("", as, method, c.path, ""), status(want))
				if code != "" && a.at("error_code") != code {
					t.Errorf("%s %s: %v", method, c.path, a)
				}
				if allow := a.header.Get("Allow"); (allow != "") != (want == 405) || strings.Contains(allow, method) {
					t.Errorf("%s %s: Allow is %q with %d", method, c.path, allow, want)
				}
			}
		}
	}
}

// Every path that the OpenAPI document describes is there, with the methods it
// names, and whoever has no token is told so; it describes health as it is.
func TestContractOpenAPI(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	a := h.does(request("", "", "GET", "/openapi.json", ""), status(200))
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(a.body, &document); err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`\{[^}]*\}`)
	n := 0
	for path, item := range document.Paths {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			a := h.does(alice(strings.ToUpper(method), part.ReplaceAllString(path, "x"), "{}"), all())
			_, described := item[method]
			if there := a.status != 405 && a.at("error_code") != "ENDPOINT_NOT_FOUND"; there != described {
				t.Errorf("%s %s, described: %t, answers %v", method, path, described, a)
			}
			if described {
				n++
			}
		}
	}
	if n < 40 {
		t.Errorf("%d operations are described", n)
	}
	health := h.does(request("", "", "GET", "/healthz", ""), status(200))
	if described, there := a.members("components.schemas.ServerHealth"), health.members(""); !slices.Equal(described, there) {
		t.Errorf("health is described with %v, and has %v", described, there)
	}
	again := request("", "", "GET", "/openapi.json", "")
	again.more = "If-None-Match: " + a.header.Get("ETag")
	if r, err := again.send(t.Context(), http.DefaultClient, h.who.expand(h.url, "")); err != nil || r.status != 304 || len(r.body) > 0 {
		t.Errorf("who has the document already is answered %v, %v", r, err)
	}
}

// The official clients find out what they were pointed at, whatever they call
// it.
func TestContractDiscovery(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	for _, host := range []string{"", "Host: elsewhere.example"} {
		x := request("", "", "GET", "/.well-known/databricks-config", "")
		x.more = host
		h.does(x, status(200), is("oidc_endpoint", h.url+"/oidc"), is("host_type", "WORKSPACE_HOST"), is("workspace_id", "1"))
	}
	h.does(request("", "", "POST", "/.well-known/databricks-config", "{}"), status(405))
	h.does(request("", "", "GET", "/oidc/.well-known/oauth-authorization-server", ""), status(404), is("error_code", "ENDPOINT_NOT_FOUND"))
	me := h.does(alice("GET", "/api/2.0/preview/scim/v2/Me", ""), status(200), is("userName", "alice"))
	if id := me.header.Get("X-Databricks-Org-Id"); id != "1" {
		t.Errorf("the workspace is %q", id)
	}
}
