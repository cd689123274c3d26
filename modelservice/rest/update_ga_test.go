package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const chatPath = gaPath + "/main.default.team-chat"

func gaUpdate(mask string) string { return chatPath + "?update_mask=" + url.QueryEscape(mask) }

// newRich is a world with the service of [gaRequest].
func newRich(t testing.TB) *world {
	t.Helper()
	w := newMain(t)
	w.letTeamLog()
	w.ok(admin, "POST", gaCreate+"team-chat", gaRequest)
	return w
}

// A body needs of a routing what the mask names, and no more.
func TestGAUpdatePartOfRouting(t *testing.T) {
	w := newRich(t)
	before := w.ok(admin, "GET", chatPath, "")
	fallback := `{"destinations":[` + strings.Replace(gaDestination, `"a"`, `"z"`, 1) + `]}`
	for _, c := range []struct{ mask, routing string }{
		{"config.routing.first_token_timeout", `{"first_token_timeout":"3s"}`},
		{"config.routing.fallback.destinations", `{"fallback":` + fallback + `}`},
		{"config.routing.first_token_timeout,config.routing.fallback.destinations", `{"fallback":` + fallback + `,"first_token_timeout":"4s"}`},
		{"config.rate_limits", `{}`},
	} {
		after := w.ok(admin, "PATCH", gaUpdate(c.mask), `{"config":{"routing":`+c.routing+`}}`)
		if is, was := compact(dig(after, "config", "routing", "destinations")), compact(dig(before, "config", "routing", "destinations")); is != was {
			t.Errorf("%s: the destinations were %s and are %s", c.mask, was, is)
		}
	}
	after := w.ok(admin, "GET", chatPath, "")
	if dig(after, "config", "routing", "first_token_timeout") != "4s" || dig(after, "config", "routing", "fallback", "destinations", 0, "name") != "z" {
		t.Errorf("changed is %s", compact(after))
	}
}

// What each path of an update_mask changes (spec §3.1): the body has everything,
// and only what is named changes; then the body has only what it must, and what
// is named is cleared or, being required, refused.
func TestGAUpdateMask(t *testing.T) {
	const z = `{"name":"z","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}`
	const shownZ = `[{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"z","pay_per_token_config":{"model":"models/system.ai.m"}}]`
	full := `{"comment":"new","name":"model-services/x.y.z","etag":"x","effective_owner":"nobody","config":{"routing":{"destinations":[` + z + `],
		"fallback":{"destinations":[` + strings.Replace(z, `"z"`, `"y"`, 1) + `]},"first_token_timeout":"9s"},
		"rate_limits":[{"key":"RATE_LIMIT_KEY_USER_DEFAULT","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":0}],
		"inference_table":{"parent":"schemas/main.logging"}}}`
	members := map[string][]any{
		"comment": {"comment"}, "destinations": {"config", "routing", "destinations"}, "fallback": {"config", "routing", "fallback"},
		"timeout": {"config", "routing", "first_token_timeout"}, "splitting": {"config", "routing", "traffic_splitting"},
		"limits": {"config", "rate_limits"}, "disabled": {"config", "inference_table", "disabled"}, "table": {"config", "inference_table", "table"},
	}
	news := map[string]string{
		"comment": `"new"`, "destinations": shownZ, "fallback": `{"destinations":` + strings.Replace(shownZ, `"z"`, `"y"`, 1) + `}`,
		"timeout": `"9s"`, "splitting": "null", "disabled": "null",
		"limits": `[{"key":"RATE_LIMIT_KEY_USER_DEFAULT","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":0}]`,
	}
	all := []string{"comment", "destinations", "fallback", "timeout", "splitting", "limits", "disabled"}
	for _, c := range []struct {
		mask    string
		changes []string
		empty   string // what is blamed when the body has only a config; "" if that clears
	}{
		{"comment", []string{"comment"}, ""},
		{"config", all[1:], "/config/routing"},
		{"*", all, "/config/routing"},
		{"config.routing.destinations", []string{"destinations"}, "/config/routing/destinations"},
		{"config.routing.fallback.destinations", []string{"fallback"}, ""},
		{"config.routing.first_token_timeout", []string{"timeout"}, ""},
		{"config.routing.routing_strategy", []string{"splitting"}, ""},
		{"config.rate_limits", []string{"limits"}, ""},
		{"config.inference_table", []string{"disabled"}, ""},
		{"config.rate_limits,comment", []string{"limits", "comment"}, ""},
		{"comment,*,config.rate_limits,comment", all, "/config/routing"},
	} {
		t.Run(c.mask, func(t *testing.T) {
			w := newRich(t)
			before := w.ok(admin, "GET", chatPath, "")
			after := w.ok(admin, "PATCH", gaUpdate(c.mask), full)
			if got := w.ok(admin, "GET", chatPath, ""); compact(got) != compact(after) {
				t.Errorf("get answers %s, the change %s", compact(got), compact(after))
			}
			want := map[string]bool{}
			for _, m := range c.changes {
				want[m] = true
			}
			for m, path := range members {
				is, was := compact(dig(after, path...)), compact(dig(before, path...))
				if want[m] && is != news[m] || !want[m] && is != was {
					t.Errorf("%s is %s, it was %s; named: %t", m, is, was, want[m])
				}
			}
			if after["etag"] == before["etag"] || after["name"] != before["name"] || after["effective_owner"] != before["effective_owner"] {
				t.Errorf("changed it is %s", compact(after))
			}
			if c.empty != "" {
				if e := w.refused(admin, "PATCH", gaUpdate(c.mask), `{"config":{}}`, 400); e.field() != c.empty {
					t.Errorf("an empty config is refused with %s (%s)", e.field(), e.Message)
				}
				return
			}
			cleared := w.ok(admin, "PATCH", gaUpdate(c.mask), `{"config":{}}`)
			for m, path := range members {
				is := compact(dig(cleared, path...))
				if m == "table" && c.mask == "config.inference_table" {
					want[m] = true // the table is taken away
				}
				if was := compact(dig(after, path...)); want[m] && is != "null" || !want[m] && is != was {
					t.Errorf("%s is %s after clearing, it was %s", m, is, was)
				}
			}
		})
	}
}

// Masks that are refused, with the words in which the path is named.
func TestGAUpdateBadMask(t *testing.T) {
	w := newRich(t)
	const body = `{"comment":"new","config":{}}`
	for mask, words := range map[string]string{
		"":                                    "update_mask is required",
		",":                                   "an empty path",
		"comment,":                            "an empty path",
		"coment":                              `"coment"`,
		"Comment":                             `"Comment"`,
		" comment":                            `" comment"`,
		"comment config":                      `"comment config"`,
		"comment,config.limits":               `"config.limits"`,
		"config.*":                            `"config.*"`,
		"config.":                             `"config."`,
		"configx":                             `"configx"`,
		"config.service_policies":             `"config.service_policies"`,
		"config.routing.destinations.0":       `"config.routing.destinations.0"`,
		"config.inference_table.disabled":     `"config.inference_table.disabled"`,
		"config.routing.traffic_splitting":    `"config.routing.traffic_splitting"`,
		"config.routing":                      "cannot name config.routing;",
		"config.routing.fallback":             "cannot name config.routing.fallback;",
		"owner":                               "cannot name owner",
		"name":                                "cannot name name: it is only in answers",
		"etag":                                "cannot name etag: it is only in answers",
		"effective_owner":                     "cannot name effective_owner: it is only in answers",
		"comment,update_time":                 "cannot name update_time: it is only in answers",
		"comment\u200b":                       "comment",
		strings.Repeat("comment,", 32) + "*":  "more than 32 paths",
		strings.Repeat("c", 1025):             "longer than 1024 bytes",
		"comment,config,*,no/such,config.nor": `"no/such"`,
	} {
		e := w.refused(admin, "PATCH", gaUpdate(mask), strings.Replace(body, `{}`, `{"routing":{"destinations":[`+gaDestination+`]}}`, 1), 400)
		if e.ErrorCode != "INVALID_PARAMETER_VALUE" || e.field() != "update_mask" || !strings.Contains(e.Message, words) {
			t.Errorf("%q: %s blames %q: %s", mask, e.ErrorCode, e.field(), e.Message)
		}
	}
	w.refused(admin, "PATCH", chatPath, body, 400)
	w.refused(admin, "PATCH", chatPath+"?update_mask=comment&update_mask=config", body, 400)
	w.refused(admin, "PATCH", chatPath+"?update_mask=comment%00", body, 400)
	for _, mask := range []string{"config", "*", "config.rate_limits", "config.routing.destinations", "config.inference_table", "comment,config"} {
		for _, body := range []string{`{}`, `{"comment":"new"}`, `{"config":null}`} {
			if e := w.refused(admin, "PATCH", gaUpdate(mask), body, 400); e.field() != "/config" {
				t.Errorf("%s without a config blames %q", mask, e.field())
			}
		}
	}
}

// What is in the body is read strictly, named or not, and what is wrong with it is
// blamed where it is.
func TestGAUpdateBodies(t *testing.T) {
	w := newRich(t)
	limit := func(members string) string {
		return `{"config":{"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE",` + members + `}]}}`
	}
	for _, c := range []struct {
		mask, body, pointer string
		status              int
	}{
		{"comment", `null`, "", 400},
		{"comment", `{"coment":"x"}`, "/coment", 400},
		{"comment", `{"comment":"x","comment":"y"}`, "/comment", 400},
		{"comment", `{"comment":"` + strings.Repeat("x", 65536) + `"}`, "/comment", 400},
		{"comment", `{"comment":"x","config":{"rate_limits":7}}`, "/config/rate_limits", 400},
		{"comment", `{"comment":"x","config":{"service_policies":[]}}`, "/config/service_policies", 400},
		{"config.rate_limits", limit(`"requests":-1`), "/config/rate_limits/0/requests", 400},
		{"config.rate_limits", limit(`"requests":"5"`), "/config/rate_limits/0/requests", 400},
		{"config.rate_limits", limit(`"requests":9223372036854775808`), "/config/rate_limits/0/requests", 400},
		{"config.rate_limits", limit(`"tokens":null`), "/config/rate_limits/0/requests", 400},
		{"config.rate_limits", strings.Replace(limit(`"tokens":1`), "KEY_SERVICE", "KEY_USER", 1), "/config/rate_limits/0/principal", 400},
		{"config.rate_limits", strings.Replace(limit(`"tokens":1,"principal":"nobody"`), "KEY_SERVICE", "KEY_USER", 1), "/config/rate_limits/0/principal", 404},
		{"config.routing.destinations", gaOne(gaDestination + "," + gaDestination), "/config/routing/destinations/0/traffic_percentage", 400},
		{"config.routing.destinations", gaOne(strings.Replace(gaDestination, "models/", "", 1)), "/config/routing/destinations/0/pay_per_token_config/model", 400},
		{"config.routing.destinations", gaOne(strings.Replace(gaDestination, `"a"`, `"c"`, 1)), "/config/routing/fallback/destinations/0/name", 400},
		{"config.routing.fallback.destinations", gaRouting(`,"fallback":{"destinations":[` + gaDestination + `]}`), "/config/routing/fallback/destinations/0/name", 400},
		{"config.routing.first_token_timeout", gaRouting(`,"first_token_timeout":"-1s"`), "/config/routing/first_token_timeout", 400},
		{"config.inference_table", gaWith(`,"inference_table":{"disabled":true}`), "/config/inference_table/parent", 400},
		{"config.inference_table", gaWith(`,"inference_table":{"parent":"schemas/main.default"}`), "/config/inference_table/parent", 400},
		{"config.inference_table", gaWith(`,"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"other"}`), "/config/inference_table/table_name_prefix", 400},
		{"*", `{"owner":"alice","config":{"routing":{"destinations":[` + gaDestination + `]}}}`, "/owner", 400},
	} {
		if e := w.refused(admin, "PATCH", gaUpdate(c.mask), c.body, c.status); e.field() != c.pointer {
			t.Errorf("%s %.200s\nblames %q, want %q: %s", c.mask, c.body, e.field(), c.pointer, e.Message)
		}
	}
	// What is named by no path is read and goes no further.
	w.ok(admin, "PATCH", gaUpdate("comment"), `{"comment":"x","owner":"nobody","config":{"routing":{"destinations":[]},"inference_table":{"parent":"?"},"rate_limits":[{"requests":-1}]}}`)
	w.ok(admin, "PATCH", gaUpdate("*"), `{"comment":"x","owner":"AI_TEAM","config":{"routing":{"destinations":[`+gaDestination+`]}}}`)
}

// A path counts once, however often it is there; and a mask is refused before
// the body is read.
func TestGAUpdateMaskFirst(t *testing.T) {
	w := newRich(t)
	if got := w.ok(admin, "PATCH", gaUpdate(strings.Repeat("comment,", 31)+"comment"), `{"comment":"once"}`); got["comment"] != "once" {
		t.Errorf("%s", compact(got))
	}
	for _, mask := range []string{"", strings.Repeat("*,", 32) + "*", strings.Repeat("*,", 1000) + "*", strings.Repeat("x", 1025)} {
		a := answer{httptest.NewRecorder(), t}
		r := httptest.NewRequest("PATCH", "http://host"+gaUpdate(mask), later{a})
		r.Header.Set("Authorization", "Bearer "+admin)
		w.api.ServeHTTP(a, r)
		if a.Code != 400 || a.refusal().field() != "update_mask" {
			t.Errorf("%.20s… answers %d %s", mask, a.Code, a.Body)
		}
	}
}

// later is a body that nobody should read before he has answered.
type later struct{ answer }

// Read implements io.Reader.
func (l later) Read([]byte) (int, error) {
	if !l.Flushed {
		l.tb.Error("the body is read")
	}
	return 0, io.EOF
}

// What is answered can be sent back whole, and changes nothing.
func TestGAUpdateSendBack(t *testing.T) {
	w := newRich(t)
	before := w.send(admin, "GET", chatPath, "").Body.String()
	version := w.version()
	for _, mask := range []string{"*", "config", "comment", "config.rate_limits", "config.inference_table,config.routing.destinations"} {
		if got := w.send(admin, "PATCH", gaUpdate(mask), before).Body.String(); got != before {
			t.Errorf("%s makes\n%s\nof\n%s", mask, got, before)
		}
	}
	if w.version() != version {
		t.Errorf("version %d, it was %d", w.version(), version)
	}
}

// The order of things: the shape, then whether the caller may see and manage the
// service, then the etag (rulings R9, R12).
func TestGAUpdateOrder(t *testing.T) {
	w := newRich(t)
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO robot")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO robot")
	w.statement(admin, "GRANT READ METADATA ON MODEL SERVICE main.default.`team-chat` TO robot")
	stale := "&etag=CAESBA%3D%3D"
	const bad = `{"config":{"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":-1}]}}`
	other := strings.Replace(gaRequest, `"owner":"ai_team"`, `"owner":"carol"`, 1)
	for _, c := range []struct {
		says, who, target, body string
		status                  int
		code                    string
	}{
		{"who asks before all", "stranger", gaUpdate("nope"), bad, 401, "UNAUTHENTICATED"},
		{"the mask before existence", "carol", gaUpdate("nope") + stale, bad, 400, "INVALID_PARAMETER_VALUE"},
		{"the shape before existence", "carol", gaUpdate("config.rate_limits") + stale, bad, 400, "INVALID_PARAMETER_VALUE"},
		{"hidden is missing", "carol", gaUpdate("comment") + stale, `{}`, 404, "RESOURCE_DOES_NOT_EXIST"},
		{"missing", admin, strings.Replace(gaUpdate("comment"), "team-chat", "x", 1) + stale, `{}`, 404, "RESOURCE_DOES_NOT_EXIST"},
		{"seen and not managed before the etag", "robot", gaUpdate("comment") + stale, `{}`, 403, "PERMISSION_DENIED"},
		{"the etag", admin, gaUpdate("comment") + stale, `{}`, 409, "ABORTED"},
		{"the etag before the destinations", admin, gaUpdate("config.routing.destinations") + stale, gaOne(strings.Replace(gaDestination, "system.ai.m", "system.ai.none", 1)), 409, "ABORTED"},
		{"hidden before another owner", "carol", gaUpdate("*"), other, 404, "RESOURCE_DOES_NOT_EXIST"},
		{"managing before another owner", "robot", gaUpdate("*") + stale, other, 403, "PERMISSION_DENIED"},
		{"the etag before another owner", admin, gaUpdate("*") + stale, other, 409, "ABORTED"},
		{"another owner", admin, gaUpdate("*"), other, 400, "INVALID_PARAMETER_VALUE"},
		{"the destinations", admin, gaUpdate("config.routing.destinations"), gaOne(strings.Replace(gaDestination, "system.ai.m", "system.ai.none", 1)), 404, "RESOURCE_DOES_NOT_EXIST"},
	} {
		if e := w.refused(c.who, "PATCH", c.target, c.body, c.status); e.ErrorCode != c.code || c.code == "ABORTED" && strings.HasPrefix(e.field(), "/") {
			t.Errorf("%s: answers %s and blames %q: %s", c.says, e.ErrorCode, e.field(), e.Message)
		}
	}
	hidden := w.send("carol", "PATCH", gaUpdate("comment"), `{}`).plain()
	w.ok(admin, "DELETE", chatPath, "")
	if missing := w.send("carol", "PATCH", gaUpdate("comment"), `{}`).plain(); missing != hidden {
		t.Errorf("hidden answers\n%s\nmissing\n%s", hidden, missing)
	}
}

// Of requests with the same etag one succeeds, and the others are told.
func TestGAUpdateRace(t *testing.T) {
	w := newRich(t)
	etag, _ := w.ok(admin, "GET", chatPath, "")["etag"].(string)
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			a := w.send(admin, "PATCH", gaUpdate("comment")+"&etag="+url.QueryEscape(etag), fmt.Sprintf(`{"comment":"by %d"}`, i))
			switch a.Code {
			case http.StatusOK:
				won.Add(1)
			case http.StatusConflict:
				lost.Add(1)
			default:
				t.Errorf("%d %s", a.Code, a.Body)
			}
		}()
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d succeed, %d are told that they came too late", won.Load(), lost.Load())
	}
	now, _ := w.ok(admin, "GET", chatPath, "")["etag"].(string)
	w.ok(admin, "PATCH", gaUpdate("comment")+"&etag="+url.QueryEscape(now), `{"comment":"later"}`)
}
