package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/internal/exchange"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
)

// world is a server on an empty metastore, but for the models of the platform.
// Alice is a metastore admin, bob is in ai_team, carol has no rights and robot
// is a service principal. Everybody's token is his name.
type world struct {
	testing.TB
	ctx  context.Context
	ms   *modelservice.Metastore
	sink *inferencelog.Memory
	api  http.Handler

	speaks map[string][]modelservice.API // models that speak something else than chat completions
}

const admin = "alice"

var exchanges = flag.String("exchanges", "", "a folder: record in it what is asked and answered, for the description of the API to be held against")

var recorder = sync.OnceValues(func() (*exchange.Recorder, error) {
	return exchange.NewRecorder(filepath.Join(*exchanges, "rest.jsonl"))
})

// recorded is a handler whose exchanges are recorded, if they are to be.
func (w *world) recorded(h http.Handler) http.Handler {
	w.Helper()
	if *exchanges == "" {
		return h
	}
	rec, err := recorder()
	w.check(err)
	return rec.Record(h)
}

func newWorld(t testing.TB, more ...func(*rest.Config)) *world {
	t.Helper()
	w := &world{TB: t, ctx: context.Background(), sink: inferencelog.NewMemory()}
	c, err := catalog.Open(w.ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	w.check(err)
	t.Cleanup(func() { c.Close(w.ctx) })
	log := inferencelog.New(w.sink, nil)
	t.Cleanup(func() { log.Close(w.ctx) })
	w.ms, err = modelservice.NewMetastore(w.ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log,
		Speaks: func(model catalog.FullName) []modelservice.API {
			if apis, ok := w.speaks[model.String()]; ok {
				return apis
			}
			return []modelservice.API{modelservice.ChatCompletions}
		}})
	w.check(err)
	w.update(func(tx *catalog.Tx) error {
		alice, _ := tx.CreatePrincipal(catalog.User, admin)
		bob, _ := tx.CreatePrincipal(catalog.User, "bob@example.com")
		_, _ = tx.CreatePrincipal(catalog.User, "carol")
		_, _ = tx.CreatePrincipal(catalog.ServicePrincipal, "robot")
		team, _ := tx.CreatePrincipal(catalog.Group, "ai_team")
		return errors.Join(tx.AddMember(team, bob), tx.AddMember(catalog.MetastoreAdmins, alice))
	})
	w.check(w.ms.SyncSystem(w.ctx, []string{"databricks-claude-opus-4-6", "databricks-gpt-5-2", "m"}))
	cfg := rest.Config{Metastore: w.ms, Authenticate: bearer}
	for _, change := range more {
		change(&cfg)
	}
	api, err := rest.New(cfg)
	w.check(err)
	w.api = w.recorded(api)
	return w
}

// newMain is a world with a catalog main, and in it default and logging.
func newMain(t testing.TB, more ...func(*rest.Config)) *world {
	t.Helper()
	w := newWorld(t, more...)
	w.ok(admin, "POST", "/api/2.1/unity-catalog/catalogs", `{"name":"main"}`)
	w.ok(admin, "POST", "/api/2.1/unity-catalog/schemas", `{"catalog_name":"main","name":"default"}`)
	w.ok(admin, "POST", "/api/2.1/unity-catalog/schemas", `{"catalog_name":"main","name":"logging"}`)
	return w
}

// letTeamLog gives ai_team what the owner of a service needs where its table is.
func (w *world) letTeamLog() {
	w.Helper()
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO ai_team")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.logging TO ai_team")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team")
}

// newService is a world with the service of the seed page.
func newService(t testing.TB, more ...func(*rest.Config)) *world {
	t.Helper()
	w := newMain(t, more...)
	w.ok(admin, "POST", seedPath, seedRequest)
	return w
}

func bearer(r *http.Request) (string, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", errors.New("test: no token")
	}
	return token, nil
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) update(change func(*catalog.Tx) error) {
	w.Helper()
	_, err := w.ms.Catalog().Update(w.ctx, "test", change)
	w.check(err)
}

func (w *world) id(name string) catalog.PrincipalID {
	w.Helper()
	p, ok := w.ms.Catalog().Snapshot().PrincipalNamed(name)
	if !ok {
		w.Fatalf("there is no %s", name)
	}
	return p.ID
}

func (w *world) version() uint64 { return w.ms.Catalog().Snapshot().Version() }

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	tb testing.TB
}

// send sends one request of somebody, or of nobody.
func (w *world) send(who, method, target, body string) answer {
	w.Helper()
	r := httptest.NewRequest(method, "http://host"+target, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	a := answer{httptest.NewRecorder(), w.TB}
	w.api.ServeHTTP(a, r)
	id := a.Header().Get(modelservice.RequestIDHeader)
	if len(id) != 36 {
		w.Errorf("%s %s: the request id is %q", method, target, id)
	}
	if !json.Valid(a.Body.Bytes()) || a.Header().Get("Content-Type") != "application/json" {
		w.Errorf("%s %s answers %d %s\n%s", method, target, a.Code, a.Header().Get("Content-Type"), a.Body)
	}
	return a
}

// ok expects success and returns the answer's JSON.
func (w *world) ok(who, method, target, body string) map[string]any {
	w.Helper()
	a := w.send(who, method, target, body)
	if a.Code != http.StatusOK {
		w.Fatalf("%s: %s %s %s\nanswers %d %s", who, method, target, body, a.Code, a.Body)
	}
	return a.object()
}

// refused expects an error that has changed nothing.
func (w *world) refused(who, method, target, body string, status int) refusal {
	w.Helper()
	before := w.version()
	a := w.send(who, method, target, body)
	if a.Code != status {
		w.Errorf("%s: %s %s %.300s\nanswers %d %s\nwant %d", who, method, target, body, a.Code, a.Body, status)
	}
	if w.version() != before {
		w.Errorf("%s: %s %s %.300s\nis refused and has changed something", who, method, target, body)
	}
	return a.refusal()
}

func (a answer) object() map[string]any {
	a.tb.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		a.tb.Fatalf("%v in %s", err, a.Body)
	}
	return v
}

// refusal is an error as it is read by the SDK.
type refusal struct {
	ErrorCode string `json:"error_code"`
	Message   string `json:"message"`
	Details   []struct {
		Type       string `json:"@type"`
		RequestID  string `json:"request_id"`
		Violations []struct {
			Field       string `json:"field"`
			Description string `json:"description"`
		} `json:"field_violations"`
	} `json:"details"`
}

func (a answer) refusal() refusal {
	a.tb.Helper()
	var e refusal
	if err := json.Unmarshal(a.Body.Bytes(), &e); err != nil || e.ErrorCode == "" || e.Message == "" || len(e.Details) == 0 {
		a.tb.Fatalf("%s is no error as the field has them (%v)", a.Body, err)
	}
	if id := a.Header().Get(modelservice.RequestIDHeader); e.Details[0].RequestID != id {
		a.tb.Errorf("the error's request id is %q, the header's %q", e.Details[0].RequestID, id)
	}
	return e
}

// field is what the error blames, or nothing.
func (e refusal) field() string {
	for _, d := range e.Details {
		for _, v := range d.Violations {
			return v.Field
		}
	}
	return ""
}

// plain is an answer without what tells two requests apart.
func (a answer) plain() string {
	id := a.Header().Get(modelservice.RequestIDHeader)
	return http.StatusText(a.Code) + " " + strings.ReplaceAll(a.Body.String(), id, "ID")
}

// dig walks into JSON by members and, for arrays, indices.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			a, _ := v.([]any)
			if step >= len(a) {
				return nil
			}
			v = a[step]
		}
	}
	return v
}

func compact(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

const (
	catalogsPath = "/api/2.1/unity-catalog/catalogs"
	schemasPath  = "/api/2.1/unity-catalog/schemas"
	tablesPath   = "/api/2.1/unity-catalog/tables"
	gaPath       = "/api/2.1/unity-catalog/model-services"
	seedPath     = "/api/2.2/unity-catalog/model-services"
	grantsPath   = "/api/2.1/unity-catalog/permissions"
	sqlPath      = "/api/2.0/sql/statements"

	effectivePath      = "/api/2.1/unity-catalog/effective-permissions"
	assignmentsPath    = "/api/2.1/unity-catalog/privilege-assignments"
	effectivePagesPath = "/api/2.1/unity-catalog/effective-privilege-assignments"
	principalsPath     = "/api/2.1/unity-catalog/principals"
	historyPath        = "/api/2.1/unity-catalog/history"
)

// seedRequest is the request of the seed page, word for word.
const seedRequest = `{
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
