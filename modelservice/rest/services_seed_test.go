package rest_test

import (
	"strings"
	"testing"
)

// Conformance examples 1 and 2 of spec §18.
func TestSeedService(t *testing.T) {
	w := newMain(t)
	made := w.ok(admin, "POST", seedPath, seedRequest)
	for member, want := range map[string]any{
		"catalog_name": "main", "schema_name": "default", "name": "team-chat", "full_name": "main.default.team-chat",
		"comment": "Shared chat endpoint with fallback.", "inference_table": "main.logging.team_chat_payload",
		"owner": admin, "created_by": admin, "metastore_id": w.ms.MetastoreID(),
	} {
		if made[member] != want {
			t.Errorf("%s is %v, want %v", member, made[member], want)
		}
	}
	if ms, _ := made["created_at"].(float64); ms < 1e12 {
		t.Errorf("created_at is %v, want milliseconds", made["created_at"])
	}
	for member, want := range map[string]string{
		"destinations": `[{"model":"system.ai.databricks-claude-opus-4-6","name":"primary"},{"model":"system.ai.databricks-gpt-5-2","name":"fallback"}]`,
		"routes":       `{"destinations":["primary","fallback"],"strategy":"fallback"}`,
		"rate_limits":  `{"qpm":1000,"tpm":10000}`,
	} {
		if got := compact(made[member]); got != want {
			t.Errorf("%s is %s, want %s", member, got, want)
		}
	}
	if got := w.ok(admin, "GET", seedPath+"/main.default.team-chat", ""); compact(got) != compact(made) {
		t.Errorf("get answers %s", compact(got))
	}
	list := seedPath + "?catalog_name=main&schema_name=default"
	if got := w.ok(admin, "GET", list+"&view=FULL", ""); compact(dig(got, "model_services", 0)) != compact(made) {
		t.Errorf("list answers %s", compact(got))
	}
	basic, _ := dig(w.ok(admin, "GET", list, ""), "model_services", 0).(map[string]any)
	for member, want := range map[string]bool{"destinations": false, "routes": false, "inference_table": false, "rate_limits": true} {
		if _, shown := basic[member]; shown != want {
			t.Errorf("the basic view shows %s: %t (ruling R36)", member, shown)
		}
	}
	table := w.ok(admin, "GET", tablesPath+"/main.logging.team_chat_payload", "")
	if table["owner"] != admin {
		t.Errorf("the table's owner is %v", table["owner"])
	}
	config := compact(w.ok(admin, "GET", gaPath+"/main.default.team-chat", "")["config"])
	want := `{"inference_table":{"parent":"schemas/main.logging","table":"tables/main.logging.team_chat_payload","table_name_prefix":"team_chat"},` +
		`"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":1000,"tokens":10000}],` +
		`"routing":{"destinations":[{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"primary","pay_per_token_config":{"model":"models/system.ai.databricks-claude-opus-4-6"}}],` +
		`"fallback":{"destinations":[{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"fallback","pay_per_token_config":{"model":"models/system.ai.databricks-gpt-5-2"}}]}}}`
	if config != want {
		t.Errorf("in the GA shape it is\n%s\nwant\n%s", config, want)
	}
	w.refused(admin, "POST", seedPath, seedRequest, 409)
	w.ok(admin, "DELETE", seedPath+"/main.default.team-chat", "")
	w.refused(admin, "POST", seedPath, seedRequest, 409)
	w.statement(admin, "DROP TABLE main.logging.team_chat_payload")
	w.ok(admin, "POST", seedPath, seedRequest)
}

func TestSeedMapping(t *testing.T) {
	const ab = `"destinations":[{"name":"a","model":"system.ai.m","traffic_percentage":40},{"name":"b","model":"system.ai.m","traffic_percentage":60},{"name":"c","model":"system.ai.m"}]`
	for _, c := range []struct{ name, members, routing, limits, table, routes string }{
		{"no routes: the first destination", ab, "a", "null", "null", `{"destinations":["a"],"strategy":"fallback"}`},
		{"null is absent", ab + `,"routes":null,"rate_limits":null,"inference_table":null`, "a", "null", "null", `{"destinations":["a"],"strategy":"fallback"}`},
		{"fallback", ab + `,"routes":{"strategy":"fallback","destinations":["c","a"]}`, "c|a", "null", "null", `{"destinations":["c","a"],"strategy":"fallback"}`},
		{"split", ab + `,"routes":{"strategy":"traffic_split","destinations":["b","a"]}`, "b,a", "null", "null", `{"destinations":["b","a"],"strategy":"traffic_split"}`},
		{"split of one", ab + `,"routes":{"strategy":"traffic_split","destinations":["c"]}`, "c", "null", "null", `{"destinations":["c"],"strategy":"traffic_split"}`},
		{"no limit", ab + `,"rate_limits":{}`, "a", "null", "null", `{"destinations":["a"],"strategy":"fallback"}`},
		{"null limits", ab + `,"rate_limits":{"qpm":null,"tpm":null}`, "a", "null", "null", `{"destinations":["a"],"strategy":"fallback"}`},
		{"one limit, 0 is a limit", ab + `,"rate_limits":{"qpm":0}`, "a",
			`[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":0}]`, "null", `{"destinations":["a"],"strategy":"fallback"}`},
		{"a table by another name", ab + `,"inference_table":"main.logging.Chat"`, "a", "null",
			`{"parent":"schemas/main.logging","table":"tables/main.logging.chat"}`, `{"destinations":["a"],"strategy":"fallback"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newMain(t)
			made := w.ok(admin, "POST", seedPath, `{"catalog_name":"Main","schema_name":"DEFAULT","name":"S",`+c.members+`}`)
			if got := compact(made["routes"]); got != c.routes {
				t.Errorf("routes are %s, want %s", got, c.routes)
			}
			if got, _ := made["destinations"].([]any); len(got) != 3 {
				t.Errorf("destinations are %s", compact(got))
			}
			config := w.ok(admin, "GET", gaPath+"/main.default.s", "")["config"]
			names := func(list any) (all []string) {
				for _, d := range list.([]any) {
					all = append(all, d.(map[string]any)["name"].(string))
				}
				return all
			}
			routing := strings.Join(names(dig(config, "routing", "destinations")), ",")
			if f := dig(config, "routing", "fallback", "destinations"); f != nil {
				routing += "|" + strings.Join(names(f), ",")
			}
			if routing != c.routing {
				t.Errorf("routes to %s, want %s", routing, c.routing)
			}
			if got := compact(dig(config, "rate_limits")); got != c.limits {
				t.Errorf("limits are %s, want %s", got, c.limits)
			}
			if got := compact(dig(config, "inference_table")); got != c.table {
				t.Errorf("the table is %s, want %s", got, c.table)
			}
			// What is answered can be sent, and makes the same service.
			w.ok(admin, "DELETE", seedPath+"/main.default.s", "")
			delete(made, "inference_table")
			again := w.ok(admin, "POST", seedPath, compact(made))
			if compact(again["routes"]) != compact(made["routes"]) || compact(again["destinations"]) != compact(made["destinations"]) {
				t.Errorf("sent back it becomes %s", compact(again))
			}
		})
	}
}

// What this shape has no words for is still there, and reads as far as it can.
func TestSeedReadsEverything(t *testing.T) {
	w := newMain(t)
	w.letTeamLog()
	w.ok(admin, "POST", gaCreate+"rich", gaRequest)
	got := w.ok(admin, "GET", seedPath+"/main.default.rich", "")
	for member, want := range map[string]string{
		"routes":          `{"destinations":["a","b"],"strategy":"traffic_split"}`,
		"rate_limits":     `{"qpm":1000,"tpm":9223372036854776000}`,
		"inference_table": `"main.logging.chat_payload"`,
		"owner":           `"ai_team"`,
	} {
		if compact(got[member]) != want {
			t.Errorf("%s is %s, want %s", member, compact(got[member]), want)
		}
	}
	w.ok(admin, "POST", gaCreate+"twice", `{"config":{"routing":{"destinations":[{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}]},
		"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":9},
			{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":5,"tokens":7},
			{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":1}]}}`)
	if got := w.ok(admin, "GET", seedPath+"/main.default.twice", ""); compact(got["rate_limits"]) != `{"qpm":5,"tpm":7}` {
		t.Errorf("two limits read as %s, want the smaller of each", compact(got["rate_limits"]))
	}
	w.check(w.ms.SyncSystem(w.ctx, []string{"databricks-claude-opus-4-6", "databricks-gpt-5-2"}))
	if got := w.ok(admin, "GET", seedPath+"/main.default.twice", ""); dig(got, "destinations", 0, "is_deleted") != true {
		t.Errorf("the model was dropped: %s", compact(got))
	}
	if got := w.ok(admin, "GET", gaPath+"/main.default.twice", ""); dig(got, "config", "routing", "destinations", 0, "is_deleted") != true {
		t.Errorf("the model was dropped: %s", compact(got))
	}
}
