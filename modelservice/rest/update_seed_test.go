package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
)

const seedChat = seedPath + "/main.default.team-chat"

// Each member of the seed page's shape is replaced alone, and what is not given,
// or null, stays (rulings R26, R36).
func TestSeedUpdate(t *testing.T) {
	for _, c := range []struct {
		body string
		want map[string]string // members that change
	}{
		{`{}`, nil},
		{`{"comment":null,"owner":null,"destinations":null,"routes":null,"inference_table":null,"rate_limits":null,"name":null}`, nil},
		{`{"catalog_name":"MAIN","schema_name":"default","name":"Team-Chat","full_name":"x.y.z","updated_at":"never"}`, nil},
		{`{"comment":""}`, map[string]string{"comment": "null"}},
		{`{"comment":"new","owner":"AI_TEAM"}`, map[string]string{"comment": `"new"`, "owner": `"ai_team"`}},
		{`{"rate_limits":{}}`, map[string]string{"rate_limits": "null"}},
		{`{"rate_limits":{"qpm":null}}`, map[string]string{"rate_limits": "null"}},
		{`{"rate_limits":{"qpm":0}}`, map[string]string{"rate_limits": `{"qpm":0}`}},
		{`{"rate_limits":{"tpm":10000,"qpm":1000}}`, nil},
		{`{"inference_table":"Main.logging.team_chat_payload"}`, nil},
		{`{"routes":{"strategy":"fallback","destinations":["fallback"]}}`, map[string]string{
			"routes":       `{"destinations":["fallback"],"strategy":"fallback"}`,
			"destinations": `[{"model":"system.ai.databricks-gpt-5-2","name":"fallback"},{"model":"system.ai.databricks-claude-opus-4-6","name":"primary"}]`}},
		{`{"destinations":[{"name":"primary","model":"system.ai.m"},{"name":"fallback","model":"system.ai.m"},{"name":"third","model":"system.ai.m"}]}`, map[string]string{
			"destinations": `[{"model":"system.ai.m","name":"primary"},{"model":"system.ai.m","name":"fallback"},{"model":"system.ai.m","name":"third"}]`}},
		{`{"destinations":[{"name":"a","model":"system.ai.m","traffic_percentage":1},{"name":"b","model":"system.ai.m","traffic_percentage":99}],"routes":{"strategy":"traffic_split","destinations":["b","a"]}}`,
			map[string]string{"routes": `{"destinations":["b","a"],"strategy":"traffic_split"}`,
				"destinations": `[{"model":"system.ai.m","name":"b","traffic_percentage":99},{"model":"system.ai.m","name":"a","traffic_percentage":1}]`}},
	} {
		w := newService(t)
		before, version := w.ok(admin, "GET", seedChat, ""), w.version()
		after := w.ok(admin, "PATCH", seedChat, c.body)
		if got := w.ok(admin, "GET", seedChat, ""); compact(got) != compact(after) {
			t.Errorf("%s: get answers %s, the change %s", c.body, compact(got), compact(after))
		}
		if c.want == nil && w.version() != version {
			t.Errorf("%s has changed something", c.body)
		}
		for member, want := range c.want {
			if is := compact(after[member]); is != want {
				t.Errorf("%s: %s is %s, want %s", c.body, member, is, want)
			}
			delete(before, member)
			delete(after, member)
		}
		delete(before, "updated_at")
		delete(after, "updated_at")
		if compact(before) != compact(after) {
			t.Errorf("%s changes\n%s\nto\n%s", c.body, compact(before), compact(after))
		}
	}
}

// What this shape has no words for stays, whichever member is replaced: limits of
// others or by the hour, timeouts, a paused table, fallbacks behind a split.
func TestSeedUpdateKeepsUnsaid(t *testing.T) {
	w := newRich(t)
	at := seedChat
	const group = `{"key":"RATE_LIMIT_KEY_USER_GROUP","principal":"ai_team","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":0}`
	const service = `{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE",`
	config := func() string { return compact(w.ok(admin, "GET", chatPath, "")["config"]) }
	before, whole := config(), w.send(admin, "GET", at, "").Body.String()
	if got := w.send(admin, "PATCH", at, whole).Body.String(); got != whole {
		t.Errorf("sent back it becomes\n%s\nfrom\n%s", got, whole)
	}
	if after := config(); after != before {
		t.Errorf("sent back it becomes\n%s\nfrom\n%s", after, before)
	}
	for _, c := range []struct{ body, limits string }{
		{`{"rate_limits":{"qpm":5}}`, `[` + service + `"requests":5},` + group + `]`},
		{`{"rate_limits":{}}`, `[` + group + `]`},
		{`{"rate_limits":{}}`, `[` + group + `]`},
		{`{"rate_limits":{"tpm":9}}`, `[` + service + `"tokens":9},` + group + `]`},
	} {
		before := config()
		limits := compact(dig(w.ok(admin, "GET", chatPath, ""), "config", "rate_limits"))
		w.ok(admin, "PATCH", at, c.body)
		if want := strings.Replace(before, limits, c.limits, 1); config() != want {
			t.Errorf("%s makes\n%s\nwant\n%s", c.body, config(), want)
		}
	}
	routing := func() string {
		return compact(dig(w.ok(admin, "GET", chatPath, ""), "config", "routing"))
	}
	d := func(name string, percent string) string {
		return `{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"` + name + `","pay_per_token_config":{"model":"models/system.ai.m"}` + percent + `}`
	}
	for _, c := range []struct{ says, body, want string }{
		{"other models behind the same names", `{"destinations":[{"name":"a","model":"system.ai.m","traffic_percentage":60},{"name":"b","model":"system.ai.m","traffic_percentage":40},{"name":"c","model":"system.ai.m"}]}`,
			`{"destinations":[` + d("a", `,"traffic_percentage":60`) + `,` + d("b", `,"traffic_percentage":40`) + `],"fallback":{"destinations":[` + d("c", "") + `]},"first_token_timeout":"3.500s","traffic_splitting":{}}`},
		{"the same split the other way round", `{"routes":{"strategy":"traffic_split","destinations":["b","a"]}}`,
			`{"destinations":[` + d("b", `,"traffic_percentage":40`) + `,` + d("a", `,"traffic_percentage":60`) + `],"fallback":{"destinations":[` + d("c", "") + `]},"first_token_timeout":"3.500s","traffic_splitting":{}}`},
		{"a split of one", `{"routes":{"strategy":"traffic_split","destinations":["b"]}}`,
			`{"destinations":[` + d("b", `,"traffic_percentage":40`) + `],"fallback":{"destinations":[` + d("c", "") + `]},"first_token_timeout":"3.500s","traffic_splitting":{}}`},
		{"fallbacks are said here", `{"routes":{"strategy":"fallback","destinations":["c","a"]}}`,
			`{"destinations":[` + d("c", "") + `],"fallback":{"destinations":[` + d("a", `,"traffic_percentage":60`) + `]},"first_token_timeout":"3.500s"}`},
		{"and so none is kept", `{"routes":{"strategy":"traffic_split","destinations":["c"]}}`,
			`{"destinations":[` + d("c", "") + `],"first_token_timeout":"3.500s","traffic_splitting":{}}`},
	} {
		w.ok(admin, "PATCH", at, c.body)
		if got := routing(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.says, got, c.want)
		}
	}
	if got := compact(dig(w.ok(admin, "GET", at, ""), "destinations")); !strings.Contains(got, `"a"`) || !strings.Contains(got, `"b"`) {
		t.Errorf("destinations without a route are gone: %s", got)
	}
}

// So do the limits, and the parts of limits, that are our own.
func TestSeedUpdateKeepsOurLimits(t *testing.T) {
	w := newRich(t)
	const start = `{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE",`
	const tag = `{"key":"RATE_LIMIT_KEY_REQUEST_TAG","request_tag_key":"team","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":4}`
	for body, want := range map[string]string{
		`{"rate_limits":{"qpm":10}}`: start + `"requests":10,"concurrent_requests":3},`,
		`{"rate_limits":{"qpm":7}}`:  start + `"requests":7},` + start + `"concurrent_requests":3},`,
		`{"rate_limits":{}}`:         start + `"concurrent_requests":3},`,
	} {
		w.ok(admin, "PATCH", gaUpdate("config.rate_limits"), gaWith(`,"rate_limits":[`+start+`"requests":10,"concurrent_requests":3},`+start+`"requests":1,"shadow":true},`+tag+`]`))
		w.ok(admin, "PATCH", seedChat, body)
		want = `"rate_limits":[` + want + start + `"requests":1,"shadow":true},` + tag + `]`
		if got := w.send(admin, "GET", chatPath, "").Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s makes\n%s\nwant\n%s", body, got, want)
		}
	}
}

// New numbers are a limit of their own, or, where twenty stay, part of the first
// for the service by the minute; and where there is none, too many.
func TestSeedUpdateTwentyStay(t *testing.T) {
	const minute, hour = `"renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE"`, `"renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR"`
	limit := func(period, numbers string) string {
		return `{"key":"RATE_LIMIT_KEY_SERVICE",` + period + `,` + numbers + `}`
	}
	others := func(n int) string { return strings.Repeat(limit(hour, `"requests":9`)+",", n) }
	for _, c := range []struct{ says, is, want string }{
		{"nineteen stay", others(18) + limit(minute, `"requests":1,"concurrent_requests":9`),
			limit(minute, `"requests":7`) + "," + others(18) + limit(minute, `"concurrent_requests":9`)},
		{"twenty stay", others(18) + limit(minute, `"requests":1,"concurrent_requests":8`) + "," + limit(minute, `"tokens":2,"concurrent_requests":9`),
			others(18) + limit(minute, `"requests":7,"concurrent_requests":8`) + "," + limit(minute, `"concurrent_requests":9`)},
		{"none is for the service by the minute", others(19) + limit(hour, `"requests":9`), ""},
		{"only a shadow is", others(19) + limit(minute, `"requests":9,"shadow":true`), ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := newRich(t)
			w.ok(admin, "PATCH", gaUpdate("config.rate_limits"), `{"config":{"rate_limits":[`+c.is+`]}}`)
			if c.want == "" {
				if e := w.refused(admin, "PATCH", seedChat, `{"rate_limits":{"qpm":7}}`, 400); e.field() != "/rate_limits" {
					t.Errorf("blames %q: %s", e.field(), e.Message)
				}
				return
			}
			if got := w.ok(admin, "PATCH", seedChat, `{"rate_limits":{"qpm":7}}`); compact(got["rate_limits"]) != `{"qpm":7}` {
				t.Errorf("reads %s", compact(got))
			}
			if got := w.send(admin, "GET", chatPath, "").Body.String(); !strings.Contains(got, `"rate_limits":[`+c.want+`]`) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if got := w.ok(admin, "PATCH", seedChat, `{"rate_limits":{}}`); got["rate_limits"] != nil {
				t.Errorf("cleared, it reads %s", compact(got))
			}
		})
	}
}

// What is answered of a service whose owner was deleted can be sent back, in
// both shapes; and nobody is left without an owner.
func TestSendBackOwnerless(t *testing.T) {
	w := newService(t)
	w.ok(admin, "PATCH", seedChat, `{"owner":"carol"}`)
	w.refused(admin, "PATCH", seedChat, `{"owner":""}`, 400)
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.id("carol")) })
	version := w.version()
	for _, c := range []struct{ get, patch string }{{seedChat, seedChat}, {chatPath, gaUpdate("*")}} {
		before := w.send(admin, "GET", c.get, "").Body.String()
		if a := w.send(admin, "PATCH", c.patch, before); a.Code != 200 || a.Body.String() != before {
			t.Errorf("%d %s\nof\n%s", a.Code, a.Body, before)
		}
	}
	if w.version() != version {
		t.Error("something was changed")
	}
	w.refused(admin, "PATCH", seedChat, `{"routes":{"strategy":"fallback","destinations":["primary"]}}`, 403)
	w.ok(admin, "PATCH", seedChat, `{"owner":"robot","comment":"found"}`)
}

// A split that was made without the mark stays without it.
func TestSeedUpdateKeepsMark(t *testing.T) {
	w := newMain(t)
	w.letTeamLog()
	w.ok(admin, "POST", gaCreate+"team-chat", strings.Replace(gaRequest, `,"traffic_splitting":{}`, "", 1))
	before := w.ok(admin, "GET", chatPath, "")
	w.ok(admin, "PATCH", seedChat, w.send(admin, "GET", seedChat, "").Body.String())
	if after := w.ok(admin, "GET", chatPath, ""); compact(after) != compact(before) {
		t.Errorf("%s\nbecomes\n%s", compact(before), compact(after))
	}
	// Of one destination alone the mark is what makes a split.
	one := w.ok(admin, "PATCH", seedChat, `{"routes":{"strategy":"traffic_split","destinations":["a"]}}`)
	if got := compact(one["routes"]); got != `{"destinations":["a"],"strategy":"traffic_split"}` {
		t.Errorf("routes are %s", got)
	}
}

// A table can be given to a service that has none, and is then where it is.
func TestSeedUpdateTable(t *testing.T) {
	w := newMain(t)
	w.ok(admin, "POST", seedPath, strings.Replace(seedRequest, `"inference_table": "main.logging.team_chat_payload",`, "", 1))
	if got := w.ok(admin, "PATCH", seedChat, `{"inference_table":"main.logging.Other"}`); got["inference_table"] != "main.logging.other" {
		t.Errorf("%s", compact(got))
	}
	w.ok(admin, "GET", tablesPath+"/main.logging.other", "")
	for _, name := range []string{"main.logging.team_chat_payload", "main.default.other"} {
		if e := w.refused(admin, "PATCH", seedChat, `{"inference_table":"`+name+`"}`, 400); e.field() != "/inference_table" {
			t.Errorf("%s blames %q: %s", name, e.field(), e.Message)
		}
	}
	w.ok(admin, "PATCH", gaUpdate("config.inference_table"), gaWith(`,"inference_table":{"parent":"schemas/main.logging","disabled":true}`))
	w.ok(admin, "PATCH", seedChat, `{"inference_table":"main.logging.other","comment":"x"}`)
	if got := w.ok(admin, "GET", chatPath, ""); dig(got, "config", "inference_table", "disabled") != true {
		t.Errorf("a table that was paused is not: %s", compact(got))
	}
}

func TestSeedUpdateRefused(t *testing.T) {
	w := newService(t)
	for _, c := range []struct {
		body, pointer string
		status        int
	}{
		{`null`, "", 400},
		{`{"coment":"x"}`, "/coment", 400},
		{`{"comment":7}`, "/comment", 400},
		{`{"new_name":"x"}`, "/new_name", 400},
		{`{"comment":"` + strings.Repeat("x", 65536) + `"}`, "/comment", 400},
		{`{"name":"other"}`, "/name", 400},
		{`{"schema_name":"logging"}`, "/schema_name", 400},
		{`{"catalog_name":""}`, "/catalog_name", 400},
		{`{"owner":""}`, "/owner", 400},
		{`{"owner":"nobody","comment":"kept?"}`, "/owner", 404},
		{`{"inference_table":""}`, "/inference_table", 400},
		{`{"inference_table":"main.logging"}`, "/inference_table", 400},
		{`{"rate_limits":[]}`, "/rate_limits", 400},
		{`{"rate_limits":{"qpm":-1}}`, "/rate_limits/qpm", 400},
		{`{"rate_limits":{"tpm":1.5}}`, "/rate_limits/tpm", 400},
		{`{"rate_limits":{"rpm":1}}`, "/rate_limits/rpm", 400},
		{`{"destinations":[]}`, "/destinations", 400},
		{`{"destinations":[{"name":"primary","model":"system.ai.m"}]}`, "/routes/destinations/1", 400},
		{`{"destinations":[{"name":"primary","model":"m"},{"name":"fallback","model":"system.ai.m"}]}`, "/destinations/0/model", 400},
		{`{"destinations":[{"name":"primary","model":"system.ai.none"},{"name":"fallback","model":"system.ai.m"}]}`, "", 404},
		{`{"routes":{}}`, "/routes/strategy", 400},
		{`{"routes":{"strategy":"fallback"}}`, "/routes/destinations", 400},
		{`{"routes":{"strategy":"fallback","destinations":["third"]}}`, "/routes/destinations/0", 400},
		{`{"routes":{"strategy":"fallback","destinations":["primary","primary"]}}`, "/routes/destinations/1", 400},
		{`{"routes":{"strategy":"traffic_split","destinations":["primary","fallback"]}}`, "/destinations/0/traffic_percentage", 400},
	} {
		if e := w.refused(admin, "PATCH", seedChat, c.body, c.status); e.field() != c.pointer {
			t.Errorf("%.200s\nblames %q, want %q: %s", c.body, e.field(), c.pointer, e.Message)
		}
	}
	if e := w.refused(admin, "PATCH", seedChat+"?update_mask=comment", `{"comment":"x"}`, 400); e.field() != "update_mask" {
		t.Errorf("a mask blames %q", e.field())
	}
	for _, who := range []string{"carol", "robot"} {
		w.refused(who, "PATCH", seedChat, `{"comment":"x"}`, 404)
	}
	// The etag is that of the other shape, and before what depends on the service.
	etag := compact(w.ok(admin, "GET", chatPath, "")["etag"])
	etag = "?etag=" + url.QueryEscape(strings.Trim(etag, `"`))
	w.ok(admin, "PATCH", seedChat+etag, `{"comment":"x"}`)
	for _, body := range []string{`{"comment":"y"}`, `{"routes":{"strategy":"fallback","destinations":["third"]}}`} {
		if e := w.refused(admin, "PATCH", seedChat+etag, body, 409); e.ErrorCode != "ABORTED" || strings.HasPrefix(e.field(), "/") {
			t.Errorf("a stale etag answers %s and blames %q", e.ErrorCode, e.field())
		}
	}
}
