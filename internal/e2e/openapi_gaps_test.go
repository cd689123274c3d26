package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/internal/exchange"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
)

const (
	unity   = "/api/2.1/unity-catalog/"
	flat    = "/api/2.2/unity-catalog/model-services"
	maxGaps = 4 << 10 // bytes of a body
)

// described is a server whose exchanges are recorded.
type described struct {
	*testing.T
	server *httptest.Server
	p      *provider
}

// ask sends a request, of nobody without a caller, and returns what is answered.
func (d *described) ask(caller, method, target, body string, status int) string {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+target, strings.NewReader(body))
	must(d.T, err)
	if caller != "" {
		r.Header.Set("Authorization", "Bearer "+token(caller))
	}
	answer, err := d.server.Client().Do(r)
	must(d.T, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(d.T, err)
	if answer.StatusCode != status {
		d.Errorf("%s: %s %s %.300s\nanswers %d %.300s\nwant %d", caller, method, target, body, answer.StatusCode, text, status)
	}
	return string(text)
}

func (d *described) sql(statement string) {
	d.Helper()
	d.ask(admin, "POST", "/api/2.0/sql/statements", `{"statement":"`+statement+`"}`, 200)
}

// newDescribed starts a server with an empty catalog, and the recorder's file.
func newDescribed(t *testing.T, maxBody int64) (d *described, file string) {
	t.Helper()
	d = &described{T: t, p: newProvider(t)}
	s := compose(t, nil, inferencelog.NewMemory(), d.p)
	tokens, err := authn.NewTokens(map[string]string{token(admin): admin, token(alice): alice, token(bob): bob})
	must(t, err)
	management, err := rest.New(rest.Config{Metastore: s.metastore, Authenticate: tokens.Authenticate, MaxBody: maxBody,
		Health: s.gateway.Health, Limits: s.gateway.Limits})
	must(t, err)
	inference, err := query.New(query.Config{Gateway: s.gateway, Metastore: s.metastore, Authenticate: tokens.Authenticate, MaxBody: maxBody})
	must(t, err)
	file = filepath.Join(t.TempDir(), "gaps.jsonl")
	rec, err := exchange.NewRecorder(file)
	must(t, err)
	d.server = httptest.NewServer(rec.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ai-gateway/") {
			inference.ServeHTTP(w, r)
			return
		}
		management.ServeHTTP(w, r)
	})))
	t.Cleanup(d.server.Close)
	return d, file
}

// gaps asks for what the handlers' own tests do not: the answers that all
// operations have in common, and those that each of them has.
func gaps(t *testing.T, doc *description) []exchange.Exchange {
	t.Helper()
	d, file := newDescribed(t, maxGaps)
	d.inCommon(doc)
	d.furnish()
	d.management()
	d.inference()
	all, err := exchange.Read(file)
	must(t, err)
	return all
}

var parameter = regexp.MustCompile(`\{\w+\}`)

// inCommon asks every operation without credentials and with too long a body,
// and every path with a method that it does not have.
func (d *described) inCommon(doc *description) {
	for path, item := range doc.asks.Paths.Map() {
		if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/ai-gateway/") {
			continue
		}
		target := parameter.ReplaceAllString(path, "x")
		if strings.Contains(path, "/{type}/") {
			target = strings.Replace(target, "/x/", "/catalog/", 1)
		}
		if slices.Contains([]string{"tables/{name}", "model-services/{name}"}, strings.Join(strings.Split(path, "/")[4:], "/")) {
			target = strings.TrimSuffix(target, "x") + "x.y.z"
		}
		if strings.HasSuffix(path, "schemas/{name}") {
			target += ".y"
		}
		d.ask(admin, "BREW", target, "", 405)
		for method, op := range item.Operations() {
			d.ask("", method, target, "", 401)
			if op.RequestBody == nil {
				continue
			}
			if op.OperationID == "createModelService" {
				target += "?parent=schemas/x.y&model_service_id=z"
			}
			if op.OperationID == "updateModelService" {
				target += "?update_mask=comment"
			}
			d.ask(admin, method, target, `{"x":"`+strings.Repeat("x", maxGaps)+`"}`, 413)
		}
	}
}

// furnish makes services with destinations for each kind of API, and lets bob
// see everything and change nothing.
func (d *described) furnish() {
	d.ask(admin, "POST", unity+"catalogs", `{"name":"main"}`, 200)
	d.ask(admin, "POST", unity+"schemas", `{"catalog_name":"main","name":"default"}`, 200)
	for family, model := range map[string]string{"gpt": fallbackModel, "claude": haikuModel} {
		for name, more := range map[string]string{"": `,"inference_table":"main.default.` + family + `_payload"`, "-limited": `,"rate_limits":{"qpm":1}`, "-blocked": `,"rate_limits":{"qpm":0}`} {
			d.ask(admin, "POST", flat, `{"catalog_name":"main","schema_name":"default","name":"`+family+name+`","destinations":[{"name":"only","model":"system.ai.`+model+`"}]`+more+`}`, 200)
		}
	}
	for _, grant := range []string{"USE CATALOG ON CATALOG main", "USE SCHEMA ON SCHEMA main.default", "EXECUTE ON SCHEMA main.default", "SELECT ON TABLE main.default.gpt_payload"} {
		d.sql("GRANT " + grant + " TO bob")
	}
}

func (d *described) management() {
	for _, c := range []struct {
		caller, method, target, body string
		status                       int
	}{
		{bob, "POST", "catalogs", `{"name":"his"}`, 403},
		{admin, "GET", "catalogs/a.b", ``, 400},
		{bob, "POST", "schemas", `{"catalog_name":"main","name":"his"}`, 403},
		{admin, "POST", "schemas", `{"catalog_name":"main","name":"default"}`, 409},
		{admin, "GET", "schemas/a", ``, 400},
		{admin, "DELETE", "schemas/a", ``, 400},
		{admin, "GET", "tables/a", ``, 400},
		{bob, "DELETE", "tables/main.default.gpt_payload", ``, 403},
		{admin, "DELETE", "tables/a", ``, 400},
		{admin, "PATCH", "tables/main.default.gpt_payload", `{"owner":"alice"}`, 200},
		{admin, "PATCH", "tables/main.default.gpt_payload", `{"owner":"alice","name":"gpt_payload","columns":[],"created_at":1}`, 200},
		{admin, "PATCH", "tables/main.default.gpt_payload", `{"comment":"?"}`, 400},
		{bob, "PATCH", "tables/main.default.gpt_payload", `{"owner":"bob"}`, 403},
		{admin, "PATCH", "tables/main.default.none", `{"owner":"bob"}`, 404},
		{bob, "GET", "tables/main.default.gpt_payload/exists", ``, 200},
		{bob, "GET", "tables/main.default.claude_payload/exists", ``, 200},
		{bob, "GET", "tables/a/exists", ``, 400},
		{bob, "GET", "table-summaries?catalog_name=main&table_name_pattern=%25_payload", ``, 200},
		{bob, "GET", "table-summaries", ``, 400},
		{bob, "GET", "table-summaries?catalog_name=none", ``, 404},
		{bob, "GET", "tables?catalog_name=main&schema_name=default&omit_columns=true&omit_username=true", ``, 200},
		{bob, "GET", "models", ``, 200},
		{bob, "GET", "models?catalog_name=system&schema_name=ai", ``, 200},
		{bob, "GET", "models?schema_name=ai", ``, 400},
		{bob, "GET", "models?catalog_name=none", ``, 404},
		{bob, "GET", "models/system.ai." + fallbackModel, ``, 200},
		{bob, "GET", "models/system.ai.none", ``, 404},
		{bob, "GET", "models/system.ai", ``, 400},
		{bob, "GET", "metastores", ``, 200},
		{bob, "GET", "metastores?max_results=-1", ``, 400},
		{bob, "GET", "metastores/none", ``, 404},
		{bob, "GET", "metastore_summary", ``, 200},
		{bob, "GET", "current-metastore-assignment", ``, 200},
		{admin, "PATCH", "model-services/main.default.gpt?update_mask=config.routing.first_token_timeout", `{"config":{"routing":{"first_token_timeout":"3s"}}}`, 200},
		{admin, "PATCH", "model-services/main.default.gpt?update_mask=config.routing.fallback.destinations", `{"config":{"routing":{"fallback":{"destinations":[]}}}}`, 200},
		{admin, "PATCH", "model-services/main.default.gpt?update_mask=config.routing.destinations", `{"config":{"routing":{}}}`, 400},
		{bob, "DELETE", "model-services/main.default.gpt", ``, 403},
		{bob, "DELETE", "model-services/main.default", ``, 400},
		{bob, "PATCH", "permissions/model_service/main.default.gpt", `{"changes":[{"principal":"bob","add":["MANAGE"]}]}`, 403},
		{admin, "PATCH", "permissions/model_service/main.default.gpt", `{"changes":[{"principal":"bob","add":["EXECUTE"` + strings.Repeat(`,"EXECUTE"`, 99) + `]}]}`, 200},
		{admin, "PATCH", "permissions/model_service/main.default.gpt", `{"changes":[{"principal":"bob","add":["EXECUTE"` + strings.Repeat(`,"EXECUTE"`, 100) + `]}]}`, 400},
		{bob, "GET", "rate-limit-usage/main.default.gpt-limited?principal=alice", ``, 403},
		{admin, "GET", "rate-limit-usage/main.default.gpt-limited?principal=bob", ``, 200},
		{admin, "GET", "destination-health", ``, 200},
	} {
		d.ask(c.caller, c.method, unity+c.target, c.body, c.status)
	}
	d.ask(bob, "POST", flat, `{"catalog_name":"main","schema_name":"default","name":"his","destinations":[{"name":"only","model":"system.ai.`+fallbackModel+`"}]}`, 403)
	d.ask(bob, "DELETE", flat+"/main.default.gpt", ``, 403)
	d.ask(bob, "DELETE", flat+"/main.default", ``, 400)
	d.ask(admin, "DELETE", flat+"/main.default.gpt?etag=old", ``, 409)
	d.ask(bob, "GET", "/api/2.0/preview/scim/v2/Me", ``, 200)
	d.ask(bob, "POST", "/api/2.0/sql/statements/x/cancel", ``, 404)
	d.ask(bob, "GET", "/api/2.0/sql/statements/x/result/chunks/0", ``, 404)
}

// inference has every call answered, limited, refused and failed.
func (d *described) inference() {
	const openAI, anthropic = "gpt", "claude"
	families := map[string]string{
		"mlflow/v1/chat/completions": openAI, "mlflow/v1/embeddings": openAI, "mlflow/v1/responses": openAI,
		"openai/v1/chat/completions": openAI, "openai/v1/embeddings": openAI, "openai/v1/responses": openAI,
		"anthropic/v1/messages": anthropic,
	}
	ask := func(path, service string, status int) {
		d.Helper()
		d.ask(bob, "POST", "/ai-gateway/"+path, `{"model":"main.default.`+service+`","input":"hi","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`, status)
	}
	ask("mlflow/v1/embeddings", openAI+"-limited", 200)
	ask("anthropic/v1/messages", anthropic+"-limited", 200)
	for path, family := range families {
		ask(path, family, 200)
		ask(path, family+"-blocked", 403)
		ask(path, family+"-limited", 429)
	}
	for _, status := range []int{502, 503, 504} {
		for _, model := range []string{fallbackUpstream, haikuUpstream} {
			d.p.script(model, refusal(status, "server_error", "overloaded", "The engine is overloaded."))
		}
		for path, family := range families {
			ask(path, family, status)
		}
	}
}
