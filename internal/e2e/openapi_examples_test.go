package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The examples of the document are true: played one after the other on an empty
// server, each does what it says.
func TestOpenAPIExamples(t *testing.T) {
	doc := describe(t)
	d, _ := newDescribed(t, 0)
	play := func(caller, id, name string) {
		t.Helper()
		method, target, body := exampleOf(t, doc.asks, id, name)
		answer := d.ask(caller, method, target, body, 200)
		if id == "executeStatement" && !strings.Contains(answer, `"SUCCEEDED"`) {
			t.Errorf("%s %s: %s", id, name, answer)
		}
	}
	for _, id := range []string{"createCatalog", "getCatalog", "updateCatalog", "createSchema", "getSchema"} {
		play(admin, id, "")
	}
	d.sql("GRANT USE CATALOG ON CATALOG main TO ai_team")
	d.sql("GRANT USE SCHEMA ON SCHEMA main.default TO ai_team")
	d.ask(admin, "POST", unity+"schemas", `{"catalog_name":"main","name":"logging"}`, 200)
	play(admin, "createFlatModelService", "")
	for _, id := range []string{"getFlatModelService", "updateFlatModelService", "getModelService", "updatePermissions", "getPermissions", "getRateLimitUsage"} {
		play(admin, id, "")
	}
	play(alice, "createMlflowChatCompletion", "")
	play(alice, "createOpenAIEmbeddings", "")
	play(alice, "createMlflowResponse", "")
	play(alice, "getOpenAIModel", "")
	for _, name := range []string{"grant", "rows", "read"} {
		play(admin, "executeStatement", name)
	}
	play(admin, "listTables", "")
	play(admin, "getTable", "")
	play(admin, "updateTable", "")
	play(admin, "executeStatement", "drop")
	play(admin, "deleteTable", "")

	play(admin, "createModelService", "")
	play(admin, "updateModelService", "comment")
	play(admin, "updateModelService", "limits")
	play(admin, "deleteModelService", "")

	d.ask(admin, "POST", flat, `{"catalog_name":"main","schema_name":"default","name":"claude","destinations":[{"name":"only","model":"system.ai.`+haikuModel+`"}]}`, 200)
	play(admin, "createMessage", "")
	d.ask(admin, "POST", unity+"principals", `{"name":"bob@example.com","type":"user"}`, 200)
	play(admin, "updatePrincipal", "")
	play(admin, "deletePrincipal", "")
	play(admin, "createPrincipal", "")
	play(admin, "updateSchema", "")
}

// exampleOf is the request of an operation with the examples of the document: its
// path and the parameters that it needs, and its body. Where there are several,
// name says which; their summaries say with which mask.
func exampleOf(t *testing.T, doc *openapi3.T, id, name string) (method, target, body string) {
	t.Helper()
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID != id {
				continue
			}
			query := url.Values{}
			for _, p := range append(item.Parameters, op.Parameters...) {
				text, _ := p.Value.Example.(string)
				switch {
				case p.Value.In == "path":
					path = strings.Replace(path, "{"+p.Value.Name+"}", url.PathEscape(text), 1)
				case p.Value.In == "query" && p.Value.Required:
					query.Set(p.Value.Name, text)
				}
			}
			if op.RequestBody == nil {
				return method, path + "?" + query.Encode(), ""
			}
			media := op.RequestBody.Value.Content["application/json"]
			value := media.Example
			if name != "" {
				value = media.Examples[name].Value.Value
				if mask, ok := strings.CutPrefix(media.Examples[name].Value.Summary, "With update_mask="); ok {
					query.Set("update_mask", mask)
				}
			}
			data, err := json.Marshal(value)
			must(t, err)
			return method, path + "?" + query.Encode(), string(data)
		}
	}
	t.Fatalf("there is no operation %s", id)
	return "", "", ""
}
