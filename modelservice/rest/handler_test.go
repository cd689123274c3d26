package rest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestNew(t *testing.T) {
	w := newWorld(t)
	for _, cfg := range []rest.Config{{}, {Metastore: w.ms}, {Authenticate: bearer}} {
		if h, err := rest.New(cfg); err == nil || h != nil || !strings.HasPrefix(err.Error(), "rest: ") {
			t.Errorf("New(%+v) = %v, %v", cfg, h, err)
		}
	}
}

// everyRoute is one request for every route there is, of somebody to whom
// everything in the world of newService is open.
var everyRoute = []struct{ method, target, body string }{
	{"GET", catalogsPath, ""},
	{"POST", catalogsPath, `{"name":"x"}`},
	{"GET", catalogsPath + "/main", ""},
	{"PATCH", catalogsPath + "/main", `{"comment":"x"}`},
	{"DELETE", catalogsPath + "/main?force=true", ""},
	{"GET", schemasPath + "?catalog_name=main", ""},
	{"POST", schemasPath, `{"catalog_name":"main","name":"x"}`},
	{"GET", schemasPath + "/main.default", ""},
	{"PATCH", schemasPath + "/main.default", `{"comment":"x"}`},
	{"DELETE", schemasPath + "/main.default?force=true", ""},
	{"GET", tablesPath + "?catalog_name=main&schema_name=logging", ""},
	{"GET", tablesPath + "/main.logging.team_chat_payload", ""},
	{"DELETE", tablesPath + "/main.logging.team_chat_payload", ""},
	{"GET", gaPath, ""},
	{"POST", gaPath + "?parent=schemas/main.default&model_service_id=x", `{"config":{"routing":{"destinations":[{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}]}}}`},
	{"GET", gaPath + "/main.default.team-chat", ""},
	{"DELETE", gaPath + "/main.default.team-chat", ""},
	{"GET", seedPath, ""},
	{"POST", seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"system.ai.m"}]}`},
	{"GET", seedPath + "/main.default.team-chat", ""},
	{"DELETE", seedPath + "/main.default.team-chat", ""},
	{"GET", grantsPath + "/catalog/main", ""},
	{"PATCH", grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":["USE_CATALOG"]}]}`},
	{"GET", effectivePath + "/model_service/main.default.team-chat", ""},
	{"GET", assignmentsPath + "/catalog/main", ""},
	{"GET", effectivePagesPath + "/table/main.logging.team_chat_payload", ""},
	{"GET", principalsPath, ""},
	{"POST", principalsPath, `{"name":"dora","type":"user"}`},
	{"GET", principalsPath + "/ai_team", ""},
	{"PATCH", principalsPath + "/ai_team", `{"add_members":["carol"]}`},
	{"DELETE", principalsPath + "/ai_team", ""},
	{"GET", historyPath + "?after=1&max_results=5", ""},
	{"POST", sqlPath, `{"statement":"SHOW GRANTS ON METASTORE"}`},
	{"POST", sqlPath + "/", `{"statement":"SHOW GRANTS ON METASTORE"}`},
}

func TestEveryRoute(t *testing.T) {
	for _, r := range everyRoute {
		w := newService(t)
		w.ok(admin, r.method, r.target, r.body)
	}
}

// Who asks comes before everything else, on every route and beside them.
func TestUnauthenticated(t *testing.T) {
	w := newService(t)
	w.update(func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, "gone")
		return err
	})
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.id("gone")) })
	targets := append(everyRoute, []struct{ method, target, body string }{
		{"GET", "/api/3.0/nothing", ""}, {"PUT", catalogsPath, "{"}, {"GET", gaPath + "?page_size=-1", ""}, {"GET", "//", ""},
	}...)
	var first string
	for _, who := range []string{"", "nobody", "gone", "ai_team", catalog.SystemUserName, catalog.AccountUsersName} {
		for _, r := range targets {
			e := w.refused(who, r.method, r.target, r.body, http.StatusUnauthorized)
			if e.ErrorCode != string(modelservice.CodeUnauthenticated) {
				t.Errorf("%q: %s %s answers %s", who, r.method, r.target, e.ErrorCode)
			}
		}
		a := w.send(who, "GET", catalogsPath, "")
		if first == "" {
			first = a.plain()
		}
		if a.plain() != first || a.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q is told apart: %s", who, a.plain())
		}
	}
	for _, who := range []string{"robot", "ROBOT", "carol"} {
		w.ok(who, "GET", catalogsPath, "")
	}
}

func TestUnknownPaths(t *testing.T) {
	w := newService(t)
	for _, target := range []string{
		"/", "/api", "/api/2.1/unity-catalog", catalogsPath + "/", catalogsPath + "/main/x", catalogsPath + "//main", "/" + catalogsPath,
		"/api/./2.1/unity-catalog/catalogs", "/api/2.1/unity-catalog/x/../catalogs", "/api/2.2/unity-catalog/catalogs",
		gaPath + "/model-services/main.default.team-chat", grantsPath, grantsPath + "/catalog", "/API/2.1/unity-catalog/catalogs",
		effectivePath + "/catalog", assignmentsPath + "/catalog/main/x", principalsPath + "/", principalsPath + "/ai_team/members",
		"/api%2F2.1/unity-catalog/catalogs", sqlPath + "//", sqlPath + "/x/none",
	} {
		if e := w.refused(admin, "GET", target, "", http.StatusNotFound); e.ErrorCode != "ENDPOINT_NOT_FOUND" {
			t.Errorf("%s answers %s", target, e.ErrorCode)
		}
	}
}

func TestMethods(t *testing.T) {
	w := newService(t)
	for _, c := range []struct{ method, target, allow string }{
		{"PUT", catalogsPath, "GET, HEAD, POST"},
		{"DELETE", catalogsPath, "GET, HEAD, POST"},
		{"POST", gaPath + "/main.default.team-chat", "DELETE, GET, HEAD, PATCH"},
		{"GET", sqlPath, "POST"},
		{"GET", sqlPath + "/", "POST"},
		{"OPTIONS", tablesPath + "/a.b.c", "DELETE, GET, HEAD, PATCH"},
		{"PUT", grantsPath + "/catalog/main", "GET, HEAD, PATCH"},
		{"PATCH", effectivePath + "/catalog/main", "GET, HEAD"},
		{"PATCH", assignmentsPath + "/catalog/main", "GET, HEAD"},
		{"PUT", principalsPath + "/ai_team", "DELETE, GET, HEAD, PATCH"},
		{"BREW", grantsPath + "/catalog/main", "GET, HEAD, PATCH"},
	} {
		e := w.refused(admin, c.method, c.target, "", http.StatusMethodNotAllowed)
		a := w.send(admin, c.method, c.target, "")
		if a.Header().Get("Allow") != c.allow || e.ErrorCode != string(modelservice.CodeBadRequest) {
			t.Errorf("%s %s: Allow %q, want %q; code %s", c.method, c.target, a.Header().Get("Allow"), c.allow, e.ErrorCode)
		}
	}
	if a := w.send(admin, "HEAD", catalogsPath+"/main", ""); a.Code != http.StatusOK {
		t.Errorf("HEAD answers %d", a.Code)
	}
}

// The object whose rights are checked is the object that is served, however its
// path is spelled: a spelling leads to the one object or nowhere.
func TestPathSpellings(t *testing.T) {
	w := newService(t)
	w.ok(admin, "POST", schemasPath, `{"catalog_name":"main","name":"größe"}`)
	for spelling, status := range map[string]int{
		"main.default.team-chat":          200,
		"MAIN.Default.TEAM-chat":          200,
		"%6Dain.default.team%2Dchat":      200,
		"main%2Edefault%2Eteam-chat":      200,
		"main.default.team%2Fchat":        400,
		"main.default.team%252Dchat":      404,
		"main%2Fdefault%2Fteam-chat":      400,
		"..%2Fmain.default.team-chat":     400,
		"model-services%2Fmain.default.x": 400,
		"main.default.team-chat%00":       400,
		"main.default.team-chat%20":       400,
		"main.default.team-chat%0a":       400,
		"main.default.team-chat%E2%80%8B": 400,
		"main.default.team-chat%ff":       400,
		"main.default.team-chat.x":        400,
		"main..team-chat":                 400,
		"main.default.":                   400,
		"main.default":                    400,
		"%2e%2e":                          400,
		"main.default.team_chat":          404,
	} {
		for _, at := range []string{gaPath + "/", seedPath + "/", grantsPath + "/model_service/"} {
			a := w.send(admin, "GET", at+spelling, "")
			if a.Code != status {
				t.Errorf("%s%s answers %d %s, want %d", at, spelling, a.Code, a.Body, status)
			}
			if b := w.send("carol", "GET", at+spelling, ""); status == 200 && b.Code != 404 {
				t.Errorf("carol gets %s%s: %d", at, spelling, b.Code)
			}
		}
	}
	for _, spelling := range []string{"main.gr%C3%B6%C3%9Fe", "main.gro%CC%88%C3%9Fe", "main.GR%C3%96%C3%9FE"} {
		if got := w.ok(admin, "GET", schemasPath+"/"+spelling, "")["full_name"]; got != "main.größe" {
			t.Errorf("%s is %v", spelling, got)
		}
	}
}

// A body of exactly the limit is read, one byte more is too long, however its
// length is given.
func TestBodyLimit(t *testing.T) {
	const limit = 200
	w := newWorld(t, func(c *rest.Config) { c.MaxBody = limit })
	body := func(n int) string {
		text := `{"name":"a"}`
		return text + strings.Repeat(" ", n-len(text))
	}
	e := w.refused(admin, "POST", catalogsPath, body(limit+1), http.StatusRequestEntityTooLarge)
	if e.ErrorCode != string(modelservice.CodeInvalidParameter) {
		t.Errorf("too long answers %s", e.ErrorCode)
	}
	r := httptest.NewRequest("POST", catalogsPath, struct{ *strings.Reader }{strings.NewReader(body(limit + 1))})
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer "+admin)
	a := httptest.NewRecorder()
	if w.api.ServeHTTP(a, r); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("without a length: %d", a.Code)
	}
	w.ok(admin, "POST", catalogsPath, body(limit))
}

func TestBodyBreaksOff(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest("POST", catalogsPath, brokenBody{})
	r.Header.Set("Authorization", "Bearer "+admin)
	a := answer{httptest.NewRecorder(), t}
	w.api.ServeHTTP(a, r)
	if e := a.refusal(); a.Code != http.StatusBadRequest || e.ErrorCode != string(modelservice.CodeBadRequest) || strings.Contains(a.Body.String(), "torn") {
		t.Errorf("answers %d %s", a.Code, a.Body)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("torn wire") }
func (brokenBody) Close() error             { return nil }

// A panic is answered, logged once, and tells the caller nothing.
func TestPanic(t *testing.T) {
	core, lines := observer.New(zapcore.InfoLevel)
	w := newWorld(t, func(c *rest.Config) {
		c.Logger = zap.New(core)
		c.Authenticate = func(*http.Request) (string, error) { panic("secret trouble") }
	})
	e := w.refused(admin, "GET", catalogsPath, "", http.StatusInternalServerError)
	if e.ErrorCode != string(modelservice.CodeInternal) || strings.Contains(e.Message, "secret") {
		t.Errorf("answers %+v", e)
	}
	if lines.Len() != 1 || lines.All()[0].ContextMap()["request_id"] != e.Details[0].RequestID {
		t.Errorf("%d lines are logged: %v", lines.Len(), lines.All())
	}
}

// Why a token is refused is for the log alone.
func TestAuthenticateErrorIsPrivate(t *testing.T) {
	w := newWorld(t, func(c *rest.Config) {
		c.Authenticate = func(*http.Request) (string, error) { return admin, errors.New("token expired at noon") }
	})
	if e := w.refused(admin, "GET", catalogsPath, "", http.StatusUnauthorized); strings.Contains(e.Message, "noon") {
		t.Errorf("answers %q", e.Message)
	}
}

func TestRequestIDs(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 10 {
		seen[w.send(admin, "GET", catalogsPath, "").Header().Get(modelservice.RequestIDHeader)] = true
	}
	if len(seen) != 10 {
		t.Errorf("10 requests have %d ids", len(seen))
	}
}

// One handler serves many, and what one changes the next one sees.
func TestConcurrent(t *testing.T) {
	w := newService(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprintf("/c%d", i)
			for range 10 {
				for _, c := range []struct {
					method, target, body string
					status               int
				}{
					{"POST", catalogsPath, fmt.Sprintf(`{"name":"c%d"}`, i), 200},
					{"GET", catalogsPath + name, "", 200},
					{"GET", catalogsPath + "?max_results=2", "", 200},
					{"PATCH", grantsPath + "/catalog" + name, `{"changes":[{"principal":"carol","add":["USE_CATALOG"]}]}`, 200},
					{"DELETE", catalogsPath + name, "", 200},
					{"GET", catalogsPath + name, "", 404},
				} {
					if a := w.send(admin, c.method, c.target, c.body); a.Code != c.status {
						t.Errorf("%s %s answers %d %s", c.method, c.target, a.Code, a.Body)
					}
				}
			}
		})
	}
	all.Wait()
}
