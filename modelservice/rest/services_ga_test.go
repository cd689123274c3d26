package rest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

const gaCreate = gaPath + "?parent=schemas%2Fmain.default&model_service_id="

// gaRequest has everything that the GA shape can say here.
const gaRequest = `{"comment":"c","owner":"ai_team","name":"model-services/x.y.z","etag":7,"effective_owner":"nobody","create_time":null,"config":{
	"routing":{
		"destinations":[
			{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.databricks-claude-opus-4-6"},"traffic_percentage":70,"is_deleted":true},
			{"name":"b","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/System.AI.databricks-gpt-5-2"},"traffic_percentage":30}],
		"fallback":{"destinations":[{"name":"c","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}]},
		"first_token_timeout":"3.5s","traffic_splitting":{}},
	"rate_limits":[
		{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":1000,"tokens":9223372036854775807},
		{"key":"RATE_LIMIT_KEY_USER_GROUP","principal":"AI_TEAM","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":0}],
	"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"chat","disabled":true,"table":"tables/x.y.z","is_deleted":true}}}`

const gaConfig = `{"inference_table":{"disabled":true,"logging_status":"PAUSED","logging_status_reason":"Logging is disabled.","parent":"schemas/main.logging","table":"tables/main.logging.chat_payload","table_name_prefix":"chat"},` +
	`"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":1000,"tokens":9223372036854776000},` +
	`{"key":"RATE_LIMIT_KEY_USER_GROUP","principal":"ai_team","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":0}],` +
	`"routing":{"destinations":[{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"a","pay_per_token_config":{"model":"models/system.ai.databricks-claude-opus-4-6"},"traffic_percentage":70},` +
	`{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"b","pay_per_token_config":{"model":"models/system.ai.databricks-gpt-5-2"},"traffic_percentage":30}],` +
	`"fallback":{"destinations":[{"destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","name":"c","pay_per_token_config":{"model":"models/system.ai.m"}}]},` +
	`"first_token_timeout":"3.500s","traffic_splitting":{}}}`

func TestGAService(t *testing.T) {
	w := newMain(t)
	w.letTeamLog()
	made := w.ok(admin, "POST", gaCreate+"Team-Chat", gaRequest)
	for member, want := range map[string]any{
		"name": "model-services/main.default.team-chat", "comment": "c", "effective_owner": "ai_team", "created_by": admin, "updated_by": admin,
		"metastore_id": w.ms.MetastoreID(), "owner": nil,
	} {
		if made[member] != want {
			t.Errorf("%s is %v, want %v", member, made[member], want)
		}
	}
	if got := compact(made["config"]); got != gaConfig {
		t.Errorf("config is\n%s\nwant\n%s", got, gaConfig)
	}
	if got := compact(made["supported_api_types"]); got != `["mlflow/v1/chat/completions","openai/v1/chat/completions"]` {
		t.Errorf("supported_api_types are %s", got)
	}
	for _, member := range []string{"create_time", "update_time"} {
		if text, _ := made[member].(string); !strings.HasSuffix(text, "Z") {
			t.Errorf("%s is %q", member, text)
		} else if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			t.Error(err)
		}
	}
	if got := w.ok(admin, "GET", gaPath+"/main.default.team-chat", ""); compact(got) != compact(made) {
		t.Errorf("get answers %s", compact(got))
	}
	full := w.ok(admin, "GET", gaPath+"?parent=schemas/main.default&view=FULL", "")
	if compact(dig(full, "model_services", 0)) != compact(made) {
		t.Errorf("the full view is %s", compact(full))
	}
	basic := w.ok(admin, "GET", gaPath, "")
	config := dig(basic, "model_services", 0, "config")
	want := `{"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":1000,"tokens":9223372036854776000},` +
		`{"key":"RATE_LIMIT_KEY_USER_GROUP","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":0}]}`
	if compact(config) != want || dig(basic, "model_services", 0, "etag") != made["etag"] {
		t.Errorf("the basic view is %s", compact(basic))
	}
	// The number is exact on the wire, whatever a reader makes of it.
	exact := w.send(admin, "GET", gaPath+"/main.default.team-chat", "").Body.String()
	if !strings.Contains(exact, `"tokens":9223372036854775807`) {
		t.Errorf("the limit is not exact in %s", exact)
	}
	// What is answered can be sent, and makes the same service elsewhere.
	again := w.ok(admin, "POST", gaCreate+"again", strings.ReplaceAll(exact, "schemas/main.logging", "schemas/main.default"))
	if got := strings.ReplaceAll(compact(again["config"]), "main.default", "main.logging"); got != gaConfig {
		t.Errorf("sent back it becomes\n%s\nwant\n%s", got, gaConfig)
	}
}

func TestGADelete(t *testing.T) {
	w := newService(t)
	etag, _ := w.ok(admin, "GET", gaPath+"/main.default.team-chat", "")["etag"].(string)
	if e := w.refused(admin, "DELETE", gaPath+"/main.default.team-chat?etag=CAESBA%3D%3D", "", 409); e.ErrorCode != "ABORTED" {
		t.Errorf("another etag answers %s", e.ErrorCode)
	}
	w.statement(admin, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO carol")
	if gone := w.ok(admin, "DELETE", gaPath+"/main.default.team-chat?etag="+url.QueryEscape(etag), ""); len(gone) != 0 {
		t.Errorf("delete answers %v; a grant does not change the etag", gone)
	}
	w.refused(admin, "DELETE", gaPath+"/main.default.team-chat", "", 404)
	if e := w.refused(admin, "POST", seedPath, seedRequest, 409); !strings.Contains(e.Message, "Table 'main.logging.team_chat_payload'") {
		t.Errorf("the table is still there, and create says %q", e.Message)
	}
}

// Two faults at once: the earlier step of spec §3.5 answers.
func TestGACreateOrder(t *testing.T) {
	w := newService(t)
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO carol")
	with := func(destination, rest string) string {
		return `{"config":{"routing":{"destinations":[{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/` +
			destination + `"}}]}` + rest + `}}`
	}
	good := with("system.ai.m", "")
	for _, c := range []struct {
		says, who, target, body string
		status                  int
		code                    string
	}{
		{"shape before existence", admin, gaPath + "?parent=schemas/niam.x&model_service_id=y", `{}`, 400, "INVALID_PARAMETER_VALUE"},
		{"existence before the name", admin, gaPath + "?parent=schemas/main.x&model_service_id=team-chat", good, 404, "RESOURCE_DOES_NOT_EXIST"},
		{"a hidden schema is missing", "carol", gaCreate + "team-chat", good, 404, "RESOURCE_DOES_NOT_EXIST"},
		{"the name before the destinations", admin, gaCreate + "team-chat", with("system.ai.none", ""), 409, "ALREADY_EXISTS"},
		{"the destinations before the table", admin, gaCreate + "new", with("system.ai.none", `,"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"team_chat"}`), 404, "RESOURCE_DOES_NOT_EXIST"},
		{"the table must not exist", admin, gaCreate + "new", with("system.ai.m", `,"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"team_chat"}`), 409, "ALREADY_EXISTS"},
	} {
		if e := w.refused(c.who, "POST", c.target, c.body, c.status); e.ErrorCode != c.code {
			t.Errorf("%s: answers %s, want %s", c.says, e.ErrorCode, c.code)
		}
	}
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO carol")
	e := w.refused("carol", "POST", gaCreate+"new", good, 403)
	if e.Message != "User does not have CREATE SERVICE on Schema 'main.default'." {
		t.Errorf("without CREATE SERVICE: %s", e.Message)
	}
	w.statement(admin, "GRANT CREATE SERVICE ON SCHEMA main.default TO carol")
	if made := w.ok("carol", "POST", gaCreate+"new", good); made["effective_owner"] != "carol" {
		t.Errorf("made %s", compact(made))
	}
}
