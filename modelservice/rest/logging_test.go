package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

const payloadTable = "main.logging.team_chat_payload"

// echo is a backend that answers well.
type echo struct{}

// Send implements modelservice.Backend.
func (echo) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	const body = `{"id":"c-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"well"},"finish_reason":"stop"}]}`
	return &modelservice.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// logging is a world whose service can be called.
type logging struct {
	*world
	gateway *modelservice.Gateway
	on      string // a body that gives the table as it is
}

// newLogging is a world with a service of the GA shape, or of the seed page's,
// owned by bob, who has what that takes.
func newLogging(t *testing.T, seed bool) *logging {
	t.Helper()
	w := newMain(t)
	for _, text := range []string{
		"GRANT USE CATALOG ON CATALOG main TO `bob@example.com`",
		"GRANT USE SCHEMA ON SCHEMA main.default TO `bob@example.com`",
		"GRANT USE SCHEMA, CREATE TABLE ON SCHEMA main.logging TO `bob@example.com`",
		"GRANT CREATE SERVICE ON SCHEMA main.default TO `bob@example.com`",
	} {
		w.statement(admin, text)
	}
	const bob = "bob@example.com"
	if seed {
		w.ok(bob, "POST", seedPath, seedRequest)
	} else {
		w.ok(bob, "POST", gaCreate+"team-chat", gaWith(`,"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"team_chat"}`))
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{Metastore: w.ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: echo{}})
	w.check(err)
	return &logging{w, gateway, `,"inference_table":{"parent":"schemas/main.logging"}`}
}

// calls makes a call of the owner's, which goes on whatever becomes of its row.
func (l *logging) calls() {
	l.Helper()
	a, err := l.gateway.Invoke(l.ctx, &modelservice.Call{Caller: l.id("bob@example.com"), Body: []byte(`{"model":"main.default.team-chat","messages":[{"role":"user","content":"hi"}]}`)})
	if err != nil || a.Status != 200 {
		l.Errorf("the call answers %d: %v", a.Status, err)
	}
}

// reads checks the table as the GA shape shows it.
func (l *logging) reads(status, reason string) {
	l.Helper()
	table := dig(l.ok(admin, "GET", chatPath, ""), "config", "inference_table")
	is, _ := dig(table, "logging_status_reason").(string)
	shown, _ := dig(table, "logging_status").(string)
	if shown != strings.TrimPrefix(status, "ACTIVE") || is != reason || dig(table, "is_deleted") == true != (status == "DELETED") || dig(table, "disabled") == true != (status == "PAUSED") {
		l.Errorf("the table reads %s, want %s %q", compact(table), status, reason)
	}
}

// The sentences of spec §6.1 and §6.2 over HTTP, for services made in either
// shape.
func TestInferenceTable(t *testing.T) {
	const lacks = "Owner 'bob@example.com' does not have USE SCHEMA on Schema 'main.logging'."
	lose := "REVOKE USE SCHEMA ON SCHEMA main.logging FROM `bob@example.com`"
	back := "GRANT USE SCHEMA ON SCHEMA main.logging TO `bob@example.com`"
	for _, c := range []struct {
		says  string
		check func(*logging)
	}{
		{"rows are written", func(l *logging) {
			l.calls()
			l.reads("ACTIVE", "")
		}},
		{"disabled pauses", func(l *logging) {
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(`,"inference_table":{"parent":"schemas/main.logging","disabled":true}`))
			l.calls()
			l.reads("PAUSED", "Logging is disabled.")
			l.ok(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`"}`) // which that shape cannot say, so it stays
			l.reads("PAUSED", "Logging is disabled.")
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(l.on))
			l.reads("ACTIVE", "")
		}},
		{"a dropped table is deleted", func(l *logging) {
			l.statement(admin, "DROP TABLE "+payloadTable)
			l.calls()
			l.reads("DELETED", "The table was dropped.")
			l.ok(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`"}`)
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(l.on))
			l.reads("DELETED", "The table was dropped.")
			l.refused(admin, "GET", tablesPath+"/"+payloadTable, "", 404)
		}},
		{"so is one whose schema was dropped", func(l *logging) {
			l.statement(admin, "DROP SCHEMA main.logging CASCADE")
			l.calls()
			l.reads("DELETED", "The table was dropped.")
		}},
		{"taken away and given anew, it is another one", func(l *logging) {
			l.statement(admin, "DROP TABLE "+payloadTable)
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(""))
			l.ok("bob@example.com", "PATCH", gaUpdate("config.inference_table"), gaWith(strings.Replace(l.on, "}", `,"table_name_prefix":"team_chat"}`, 1)))
			l.calls()
			l.reads("ACTIVE", "")
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(""))
			l.statement(admin, "DROP TABLE "+payloadTable)
			l.ok("bob@example.com", "PATCH", seedChat, `{"inference_table":"`+payloadTable+`"}`)
			l.calls()
			l.reads("ACTIVE", "")
		}},
		{"it stops with the owner's rights, and is resumed in the GA shape", func(l *logging) {
			l.statement(admin, lose)
			l.reads("ACTIVE", "")
			l.calls()
			l.reads("STOPPED", lacks)
			e := l.send(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(l.on))
			if r := e.refusal(); e.Code != 403 || r.Message != lacks || r.field() != "/config/inference_table" {
				l.Errorf("%d %s blames %q", e.Code, r.Message, r.field())
			}
			l.statement(admin, back)
			l.calls()
			l.ok(admin, "PATCH", gaUpdate("comment"), `{"comment":"new"}`)
			l.reads("STOPPED", lacks)
			// Not refused(), which compares versions: the stop may be on its way into the catalog still.
			if a := l.send("carol", "PATCH", gaUpdate("config.inference_table"), gaWith(l.on)); a.Code != 404 {
				l.Errorf("carol is answered %d", a.Code)
			}
			l.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(l.on))
			l.reads("ACTIVE", "")
			l.calls()
			l.reads("ACTIVE", "")
		}},
		{"and in the seed page's", func(l *logging) {
			l.statement(admin, lose)
			l.calls()
			l.reads("STOPPED", lacks)
			e := l.send(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`"}`)
			if r := e.refusal(); e.Code != 403 || r.Message != lacks || r.field() != "/inference_table" {
				l.Errorf("%d %s blames %q", e.Code, r.Message, r.field())
			}
			l.statement(admin, back)
			l.ok(admin, "PATCH", seedChat, `{"comment":"new"}`)
			l.reads("STOPPED", lacks)
			l.ok(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`"}`)
			l.reads("ACTIVE", "")
		}},
		{"a change of more than the table does not resume it", func(l *logging) {
			l.statement(admin, lose)
			l.calls()
			l.reads("STOPPED", lacks)
			send := func(path, to string, also ...string) {
				l.Helper()
				var object map[string]any
				l.check(json.Unmarshal(l.send(admin, "GET", path, "").Body.Bytes(), &object))
				object["comment"] = strings.Join(also, " ")
				body, err := json.Marshal(object)
				l.check(err)
				l.ok(admin, "PATCH", to, string(body))
				for _, text := range also {
					l.statement(admin, text)
				}
				l.reads("STOPPED", lacks)
			}
			for range 2 { // without the right and with it
				send(chatPath, gaUpdate("*"))
				send(chatPath, gaUpdate("comment,config"))
				send(seedChat, seedChat, back)
				l.ok(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`","comment":""}`)
				l.ok(admin, "PATCH", gaUpdate("config"), gaWith(strings.Replace(l.on, "}", `,"omit_refused":true}`, 1)))
				l.reads("STOPPED", lacks)
			}
			if dig(l.ok(admin, "GET", chatPath, ""), "config", "inference_table", "omit_refused") != true {
				l.Error("what else is said of the table does not count")
			}
			l.ok(admin, "PATCH", gaUpdate("*"), gaWith(strings.Replace(l.on, "}", `,"disabled":true}`, 1)))
			l.ok(admin, "PATCH", gaUpdate("*"), gaWith(l.on))
			l.reads("STOPPED", lacks)
			l.ok(admin, "PATCH", gaUpdate("comment,config.inference_table"), gaWith(l.on))
			l.reads("ACTIVE", "")
		}},
		{"a table is not the service's, and outlives it", func(l *logging) {
			l.ok(admin, "DELETE", chatPath, "")
			l.ok("bob@example.com", "GET", tablesPath+"/"+payloadTable, "")
			l.refused("bob@example.com", "POST", seedPath, seedRequest, 409)
		}},
	} {
		for _, seed := range []bool{false, true} {
			t.Run(c.says, func(t *testing.T) {
				l := newLogging(t, seed)
				defer func() { l.check(l.ms.Close(l.ctx)) }()
				c.check(l)
			})
		}
	}
}

// What is logged how: what can be said, how it reads, that it is kept where it is
// not said, and what is blamed.
func TestInferenceTableSettings(t *testing.T) {
	w := newService(t)
	set := func(members string) string {
		return gaWith(`,"inference_table":{"parent":"schemas/main.logging"` + members + `}`)
	}
	for _, c := range []struct{ given, reads string }{
		{`,"payloads":"OPTIONAL"`, `"payloads":"OPTIONAL",`},
		{`,"payloads":"NONE","omit_refused":true`, `"omit_refused":true,"payloads":"NONE",`},
		{`,"durability":"FAST","payloads":"ALL","omit_refused":false,"logging_status":"STOPPED","logging_status_reason":7`, ``},
		{`,"omit_refused":true,"durability":"","payloads":null`, `"omit_refused":true,`},
	} {
		changed := w.ok(admin, "PATCH", gaUpdate("config.inference_table"), set(c.given))
		is := strings.NewReplacer(`"parent":"schemas/main.logging",`, "", `"table":"tables/`+payloadTable+`","table_name_prefix":"team_chat"`, "").
			Replace(compact(dig(changed, "config", "inference_table")))
		if is != "{"+c.reads+"}" {
			t.Errorf("%s reads %s", c.given, is)
		}
		before := w.send(admin, "GET", chatPath, "").Body.String()
		w.ok(admin, "PATCH", seedChat, `{"inference_table":"`+payloadTable+`","rate_limits":{}}`)
		w.ok(admin, "PATCH", seedChat, `{"rate_limits":{"tpm":10000,"qpm":1000}}`)
		version := w.version()
		w.ok(admin, "PATCH", gaUpdate("*"), before)
		if after := dig(w.ok(admin, "GET", chatPath, ""), "config", "inference_table"); compact(after) != compact(dig(changed, "config", "inference_table")) || w.version() != version {
			t.Errorf("%s becomes %s", c.given, compact(after))
		}
	}
	for _, c := range []struct{ members, pointer string }{
		{`,"durability":"fast"`, "/config/inference_table/durability"},
		{`,"durability":"JOURNAL"`, "/config/inference_table/durability"}, // there is no journal here
		{`,"durability":1`, "/config/inference_table/durability"},
		{`,"payloads":"SOME"`, "/config/inference_table/payloads"},
		{`,"payloads":false`, "/config/inference_table/payloads"},
		{`,"omit_refused":"yes"`, "/config/inference_table/omit_refused"},
		{`,"omit_refused":true,"omit_refused":true`, "/config/inference_table/omit_refused"},
		{`,"logging":"ACTIVE"`, "/config/inference_table/logging"},
	} {
		for _, request := range []string{"PATCH " + gaUpdate("config.inference_table"), "POST " + gaCreate + "other"} {
			method, target, _ := strings.Cut(request, " ")
			if e := w.refused(admin, method, target, set(c.members), 400); e.field() != c.pointer {
				t.Errorf("%s %s blames %q: %s", method, c.members, e.field(), e.Message)
			}
		}
	}
	// The table of the platform shows its own columns.
	name := modelservice.UsageName().String()
	columns := compact(dig(w.ok(admin, "GET", tablesPath+"/"+name, ""), "columns"))
	if !strings.Contains(columns, `"service_name"`) || strings.Contains(columns, `"request"`) {
		t.Errorf("the columns of %s are %s", name, columns)
	}
	if _, ok := w.ms.Catalog().Snapshot().Lookup(catalog.TypeTable, modelservice.UsageName()); !ok {
		t.Error("there is no usage table")
	}
}

// A client that does not know payloads, durability and omit_refused pauses and resumes, with the bodies that the field's
// own SDK sends, and leaves them as they are.
func TestInferenceTableOfOtherClients(t *testing.T) {
	w := newService(t)
	const sdk = `{"config":{"inference_table":{"disabled":true,"parent":"schemas/main.logging","table_name_prefix":"team_chat"}}}`
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(`,"inference_table":{"parent":"schemas/main.logging","payloads":"NONE","omit_refused":true}`))
	reads := func(want string) {
		t.Helper()
		table := dig(w.ok(admin, "GET", chatPath, ""), "config", "inference_table")
		if is := compact(dig(table, "payloads")) + compact(dig(table, "omit_refused")); is != want {
			t.Errorf("the table reads %s, want %s", compact(table), want)
		}
	}
	for _, body := range []string{
		sdk, strings.Replace(sdk, `"disabled":true,`, "", 1),
		strings.Replace(sdk, `"disabled":true`, `"durability":null,"payloads":null,"omit_refused":null`, 1),
	} {
		w.ok(admin, "PATCH", gaUpdate("config.inference_table"), body)
		reads(`"NONE"true`)
	}
	w.ok(admin, "PATCH", gaUpdate("config"), gaWith(`,"inference_table":{"parent":"schemas/main.logging","omit_refused":false}`))
	reads(`"NONE"null`)
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), strings.Replace(sdk, `"disabled":true`, `"payloads":""`, 1))
	reads(`nullnull`)

	// A table that is given anew has nothing to keep.
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(`,"inference_table":{"parent":"schemas/main.logging","payloads":"NONE"}`))
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), `{"config":{}}`)
	w.statement(admin, "DROP TABLE "+payloadTable)
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), sdk)
	reads(`nullnull`)
}

// What a service reads as can be sent back after its table was renamed: it is shown with the prefix that it was made with.
// Another prefix is another table.
func TestRenamedTableIsSentBack(t *testing.T) {
	w := newService(t)
	w.statement(admin, "ALTER TABLE "+payloadTable+" RENAME TO elsewhere")
	table, _ := dig(w.ok(admin, "GET", chatPath, ""), "config", "inference_table").(map[string]any)
	if table["table"] != "tables/main.logging.elsewhere" {
		t.Fatalf("the table reads %s", compact(table))
	}
	table["disabled"] = true
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), compact(map[string]any{"config": map[string]any{"inference_table": table}}))
	if dig(w.ok(admin, "GET", chatPath, ""), "config", "inference_table", "disabled") != true {
		t.Error("it is not paused")
	}
	table["table_name_prefix"] = "another"
	w.refused(admin, "PATCH", gaUpdate("config.inference_table"), compact(map[string]any{"config": map[string]any{"inference_table": table}}), 400)
}
