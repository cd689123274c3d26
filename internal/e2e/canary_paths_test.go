package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// However a call ends, no credential comes out of the gateway: not in rows, files,
// lines, answers or their headers, in no spelling; and nothing of what was said
// where that is withheld, but to the caller.
func TestCanaries(t *testing.T) {
	folder := t.TempDir()
	w := newWatched(t, folder, gatewayProgram(t, folder))
	w.next(status(http.StatusInternalServerError))

	w.starts(t)
	w.launch(t)
	w.services(t)
	w.callers(t)
	w.failures(t)
	w.refusals(t)
	w.managers(t)
	w.reloads(t)
	w.reads(t)
	w.keepFiles(t)
	w.end(t, syscall.SIGKILL)

	w.launch(t)
	w.next(status(http.StatusBadRequest))
	w.call(t, "after a crash", "quiet", false, nil)
	w.reads(t)
	w.end(t, syscall.SIGTERM)
	w.search(t)
}

// services makes services that log in every way: loud all there is, quiet
// nothing that is said.
func (w *watched) services(t *testing.T) {
	t.Helper()
	w.manage(t, "POST", "/api/2.1/unity-catalog/catalogs", `{"name":"main"}`)
	w.manage(t, "POST", "/api/2.1/unity-catalog/schemas", `{"name":"default","catalog_name":"main"}`)
	w.manage(t, "POST", "/api/2.1/unity-catalog/schemas", `{"name":"logging","catalog_name":"main"}`)
	for _, s := range []struct{ name, model, limits, table string }{
		{"loud", "gpt", "", `"durability":"JOURNAL"`},
		{"quiet", "gpt", "", `"durability":"JOURNAL","payloads":"NONE"`},
		{"loud_claude", "claude", "", `"durability":"FAST"`},
		{"quiet_claude", "claude", "", `"payloads":"OPTIONAL"`},
		{"gone", "gone", "", `"payloads":"NONE"`},
		{"none", "gpt", `,"rate_limits":{"qpm":0}`, `"payloads":"NONE"`},
		{"few", "gpt", `,"rate_limits":{"qpm":1}`, `"payloads":"NONE"`},
	} {
		w.manage(t, "POST", "/api/2.2/unity-catalog/model-services", fmt.Sprintf(`{"catalog_name":"main","schema_name":"default","name":%q,
			"destinations":[{"name":"only","model":"system.ai.%s"}],"inference_table":"main.logging.%s"%s}`, s.name, s.model, s.name, s.limits))
		w.manage(t, "PATCH", "/api/2.1/unity-catalog/model-services/main.default."+s.name+"?update_mask=config.inference_table",
			`{"config":{"inference_table":{"parent":"schemas/main.logging",`+s.table+`}}}`)
	}
	for _, grant := range []string{"USE CATALOG ON CATALOG main", "USE SCHEMA ON CATALOG main", "EXECUTE ON SCHEMA main.default"} {
		w.sql(t, "GRANT "+grant+" TO team")
	}
}

// call calls a service in its API, with a question that is a canary where the
// service keeps it to itself.
func (w *watched) call(t *testing.T, where, service string, stream bool, header map[string]string) (status int, answer string) {
	t.Helper()
	return w.callWith(t, t.Context(), where, service, stream, header)
}

func (w *watched) callWith(t *testing.T, ctx context.Context, where, service string, stream bool, header map[string]string) (status int, answer string) {
	t.Helper()
	path, with := "/ai-gateway/openai/v1/chat/completions", bearer("alice's token")
	if strings.HasSuffix(service, "claude") {
		path, with = "/ai-gateway/anthropic/v1/messages", map[string]string{"X-Api-Key": canaries["the token of x-api-key"]}
	}
	question := "Loud question"
	if !strings.HasPrefix(service, "loud") {
		question = canaries["what is withheld of a request"]
		with["X-Gateway-Omit-Payloads"] = "true"
	}
	maps.Copy(with, header)
	body := fmt.Sprintf(`{"model":"main.default.%s","max_tokens":9,"stream":%v,"messages":[{"role":"user","content":%s}]}`, service, stream, quote(question))
	return w.ask(t, ctx, where+" of "+service, "POST", path+"?api_key="+canaries["a key in a query"]+"&key="+canaries["a key in a query"], body, with)
}

var called = []string{"loud", "quiet", "loud_claude", "quiet_claude"}

// callers puts credentials into every header that has been used for one.
func (w *watched) callers(t *testing.T) {
	t.Helper()
	for _, service := range called {
		anthropic := strings.HasSuffix(service, "claude")
		slots := map[string]string{
			"Proxy-Authorization": "Bearer " + canaries["a proxy's password"],
			"Cookie":              "session=" + canaries["a cookie"],
			"Api-Key":             canaries["an api-key"],
			"X-Session-Id":        canaries["a session"],
			"Referer":             "https://h/?key=" + canaries["a key in a query"],
			"X-Trace":             "trace",
		}
		for _, name := range []string{
			"X-Databricks-Azure-Sp-Management-Token", "X-Forwarded-Access-Token", "X-Databricks-Obo-Token", "X-Amz-Security-Token",
			"X-Goog-Api-Key", "Ocp-Apim-Subscription-Key", "X-Original-Authorization", "X-Databricks-Authorization", "X-Auth-Token",
		} {
			slots[name] = "Bearer " + canaries["a forwarded token"]
		}
		w.next(answered(anthropic))
		for _, stream := range []bool{false, true} {
			if status, answer := w.call(t, "an answer", service, stream, slots); status != http.StatusOK {
				t.Errorf("%s answers %d %s", service, status, answer)
			}
			w.next(status(http.StatusBadRequest))
			w.call(t, "a refusal", service, stream, slots)
			w.next(answered(anthropic))
		}
	}
}

// answered is a success, whole or as a stream, that is a canary.
func answered(anthropic bool) func(http.ResponseWriter, *http.Request, echo) {
	text := canaries["what is withheld of an answer"]
	return func(w http.ResponseWriter, r *http.Request, heard echo) {
		if strings.Contains(heard.rest, "Loud question") {
			text = "Loud answer"
		}
		stream := strings.Contains(heard.rest, `"stream":true`)
		switch {
		case anthropic && stream:
			play(messageEvents("m", text)...)(w, r)
		case anthropic:
			message("m", text)(w, r)
		case stream:
			play(chatEvents(true, text)...)(w, r)
		default:
			whole(text)(w, r)
		}
	}
}

// failures are the ways in which a provider fails; all of them have the key in
// their hands.
func (w *watched) failures(t *testing.T) {
	t.Helper()
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, service := range called {
		anthropic := strings.HasSuffix(service, "claude")
		for name, answer := range map[string]func(http.ResponseWriter, *http.Request, echo){
			"a redirect": func(w http.ResponseWriter, _ *http.Request, heard echo) {
				w.Header().Set("Location", other.URL+"/?key="+heard.key)
				w.WriteHeader(http.StatusTemporaryRedirect)
			},
			"an answer that is late":          func(_ http.ResponseWriter, r *http.Request, _ echo) { <-r.Context().Done() },
			"no answer":                       func(http.ResponseWriter, *http.Request, echo) { panic(http.ErrAbortHandler) },
			"HTML for an answer":              plain(200, "text/html"),
			"nonsense for JSON":               plain(200, "application/json"),
			"a page for a stream":             plain(200, "text/event-stream"),
			"errors for an answer":            errorEvents(200),
			"an error for an answer":          status(200),
			"an error after content":          begun(anthropic, errorEvent(anthropic)),
			"a stream that breaks":            begun(anthropic, unfinished),
			"a stream that stops":             begun(anthropic, func(_ http.ResponseWriter, heard echo) {}),
			"a refusal in text":               plain(400, "text/plain"),
			"a refusal in events":             errorEvents(400),
			"a refusal of the key in text":    plain(401, "text/plain"),
			"a refusal of the key in events":  errorEvents(403),
			"a failure in text":               plain(503, "text/html"),
			"a refusal with another encoding": encoded,
		} {
			w.next(answer)
			for _, stream := range []bool{false, true} {
				if name == "an answer that is late" && (stream != anthropic || service[0] == 'l') {
					continue // it takes its time
				}
				w.call(t, name, service, stream, nil)
			}
		}
		for _, code := range []int{302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529} {
			w.next(status(code))
			if code, _ := w.call(t, fmt.Sprint("a status of ", code), service, code%2 == 0, nil); code < 400 {
				t.Errorf("a status is answered with %d", code)
			}
		}
		w.hangUp(t, service, anthropic)
	}
	if elsewhere > 0 {
		t.Errorf("%d redirects were followed", elsewhere)
	}
	w.call(t, "nobody there", "gone", false, nil)
	w.call(t, "nobody there", "gone", true, nil)
}

// encoded is a refusal that says it is compressed and is not.
func encoded(w http.ResponseWriter, r *http.Request, heard echo) {
	w.Header().Set("Content-Encoding", "gzip")
	status(400)(w, r, heard)
}

// hangUp goes away in the middle of a stream.
func (w *watched) hangUp(t *testing.T, service string, anthropic bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := make(chan struct{})
	w.next(func(rw http.ResponseWriter, r *http.Request, heard echo) {
		defer close(gone)
		begun(anthropic, func(rw http.ResponseWriter, _ echo) { cancel() })(rw, r, heard)
		<-r.Context().Done()
	})
	w.callWith(t, ctx, "a caller who goes", service, true, nil)
	<-gone
}

// refusals are those of the gateway itself, before any provider is asked.
func (w *watched) refusals(t *testing.T) {
	t.Helper()
	w.next(answered(false))
	before := w.requests()
	for where, header := range map[string]map[string]string{
		"an unknown token":        bearer("an unknown token"),
		"an unknown x-api-key":    {"Authorization": "", "X-Api-Key": canaries["an unknown token"]},
		"a token of another kind": {"Authorization": "Basic " + canaries["an unknown token"]},
		"two tokens":              {"X-Api-Key": canaries["an unknown token"]},
		"no rights":               bearer("eve's token"),
		"bad tags":                {"Databricks-Ai-Gateway-Request-Tags": "{" + canaries["alice's token"]},
		"a header not understood": {"X-Gateway-Omit-Payloads": canaries["alice's token"]},
	} {
		for _, service := range called {
			if status, answer := w.call(t, where, service, false, header); status < 400 && where != "two tokens" && where != "a header not understood" {
				t.Errorf("%s: %d %s", where, status, answer)
			}
		}
	}
	if n := w.requests() - before; n > 2*len(called) {
		t.Errorf("%d refused calls reached a provider", n)
	}
	for _, service := range []string{"missing", "none", "few", "few"} {
		w.call(t, "a refusal", service, false, nil)
	}
	for _, body := range []string{"", "{", canaries["alice's token"], `{"model":7,"api_key":` + quote(canaries["alice's token"]) + `}`, `{"api_key":` + quote(canaries["alice's token"])} {
		w.ask(t, t.Context(), "a bad body", "POST", "/ai-gateway/openai/v1/chat/completions", body, bearer("alice's token"))
	}
	for _, path := range []string{"/healthz?token=", "/ai-gateway/openai/v1/models?key=", "/nowhere?key=", "/ai-gateway/openai/v1/nothing?key=", "/api/nothing?key=", "/api/2.1/unity-catalog/catalogs?token="} {
		w.ask(t, t.Context(), "GET "+path, "GET", path+canaries["a key in a query"], "", bearer("alice's token"))
		w.ask(t, t.Context(), "GET "+path+" of a stranger", "GET", path+canaries["a key in a query"], "", bearer("an unknown token"))
	}
}

// managers write keys where none belong: into bodies and statements.
func (w *watched) managers(t *testing.T) {
	t.Helper()
	key := quote(canaries["a key in a body of management"])
	for _, body := range []string{
		`{"api_key":` + key + `}`, `{"name":"x","options":{"token":` + key + `}}`, `{"name":["` + key[1:] + `]}`, `{"name":"x","comment":` + key,
		`{"name":"x"} ` + key, key, `{"name":"x","name":` + key + `}`, `{"catalog_name":"main","schema_name":"default","name":"y","destinations":` + key + `}`,
		`{"catalog_name":"main","schema_name":"default","name":"y","destinations":[{"name":"a","model":"system.ai.gpt","api_key":` + key + `}]}`,
		`{"catalog_name":"main","schema_name":"default","name":"y","destinations":[{"name":"a","model":"system.ai.gpt"}],"rate_limits":{"qpm":` + key + `}}`,
		`{"config":{"routing":{"destinations":[{"external_model_config":{"api_key":` + key + `}}]}}}`,
	} {
		for _, path := range []string{"2.1/unity-catalog/catalogs", "2.2/unity-catalog/model-services", "2.1/unity-catalog/principals", "2.0/sql/statements"} {
			if status, answer := w.ask(t, t.Context(), "POST "+path+" "+body[:6], "POST", "/api/"+path, body, bearer("the admin's token")); status < 400 {
				t.Errorf("%s: %d %s", path, status, answer)
			}
		}
	}
	inSQL := canaries["a key in SQL"]
	for _, text := range []string{
		"CREATE CONNECTION c TYPE openai OPTIONS (token '" + inSQL + "')", "CREATE USER u IDENTIFIED BY '" + inSQL + "'", "SET token = '" + inSQL + "'",
		"SELECT * FROM main.logging.loud WHERE '" + inSQL + "'", "SELECT * FROM main.logging.loud WHERE request = '" + inSQL, "CREATE USER u PASSWORD \"" + inSQL + "\"",
		"SELECT * FROM main.logging.loud WHERE nothing = '" + inSQL + "'",
	} {
		status, answer := w.ask(t, t.Context(), "SQL "+text[:20], "POST", "/api/2.0/sql/statements", `{"statement":`+quote(text)+`}`, bearer("the admin's token"))
		if status != http.StatusOK || !strings.Contains(answer, `"FAILED"`) {
			t.Errorf("%d %s", status, answer)
		}
	}
}

// reloads gives the running program another file, once one that it refuses.
func (w *watched) reloads(t *testing.T) {
	t.Helper()
	more := func(name, canary string) string {
		return `{"name":"` + name + `","token":` + quote(canaries[canary]) + `}`
	}
	for _, reload := range []struct{ says, file string }{
		{"configuration refused", w.file("", more("dave", "a token of a refused file"), more("dora", "a token of a refused file"))},
		{"configuration refused", w.file("", more("dave", "a token of a refused file"))[:700]},
		{"configuration read again", w.file("", more("dave", "a token after a reload"))},
	} {
		must(t, os.WriteFile(w.config, []byte(reload.file), 0o600))
		w.tells(reload.says, func() { must(t, w.command.Process.Signal(syscall.SIGHUP)) })
	}
	w.call(t, "after a reload", "loud", false, bearer("a token after a reload"))
}

// reads reads all that there is to read, once every row is there.
func (w *watched) reads(t *testing.T) {
	t.Helper()
	for end, where := time.Now().Add(20*time.Second), ""; where == ""; {
		if _, answer := w.ask(t, t.Context(), "", "GET", "/healthz", "", nil); strings.Contains(answer, `"pending":0`) || time.Now().After(end) {
			where = "/healthz"
			w.ask(t, t.Context(), where, "GET", where, "", nil)
		}
	}
	for _, table := range []string{"loud", "quiet", "loud_claude", "quiet_claude", "gone", "none", "few"} {
		answer := w.sql(t, "SELECT * FROM main.logging."+table)
		if !strings.Contains(answer, "main.default."+table) && !strings.Contains(answer, "openai/v1") && !strings.Contains(answer, "anthropic/v1") {
			t.Errorf("no rows of %s: %s", table, answer)
		}
		w.sql(t, "DESCRIBE MODEL SERVICE main.default."+table)
	}
	for _, text := range []string{
		"SELECT * FROM system.ai_gateway.usage", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.loud FOR eve",
		"SHOW GRANTS ON MODEL SERVICE main.default.loud", "SHOW USERS", "SHOW GROUPS",
	} {
		w.sql(t, text)
	}
	for _, path := range []string{"principals", "history", "destination-health", "rate-limit-usage/main.default.few", "model-services/main.default.loud", "tables/main.logging.loud"} {
		w.manage(t, "GET", "/api/2.1/unity-catalog/"+path, "")
	}
}
