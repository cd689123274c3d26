package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// The parts of which hostile bodies are made.
const (
	gaDestination = `{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}`
	gaLimit       = `"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE"`
	seedStart     = `"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"system.ai.m"}]`
)

func gaRouting(more string) string {
	return `{"config":{"routing":{"destinations":[` + gaDestination + `]` + more + `}}}`
}

func gaWith(more string) string {
	return `{"config":{"routing":{"destinations":[` + gaDestination + `]}` + more + `}}`
}

func gaOne(destination string) string {
	return `{"config":{"routing":{"destinations":[` + destination + `]}}}`
}

func gaMany(n int, destination string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.Replace(destination, `"a"`, `"a`+strings.Repeat("x", i)+`"`, 1)
	}
	return strings.Join(all, ",")
}

// hostileBodies are refused with 400, or the status given, and blame the place
// given as a JSON pointer; nothing changes.
var hostileBodies = []struct {
	target, body, pointer string
	status                int
}{
	// The text.
	{"POST " + catalogsPath, ``, "", 0},
	{"POST " + catalogsPath, ` `, "", 0},
	{"POST " + catalogsPath, `null`, "", 0},
	{"PATCH " + catalogsPath + "/main", ` null `, "", 0},
	{"POST " + catalogsPath, `[]`, "", 0},
	{"POST " + catalogsPath, `"x"`, "", 0},
	{"POST " + catalogsPath, `{`, "", 0},
	{"POST " + catalogsPath, `{"name":"x"`, "", 0},
	{"POST " + catalogsPath, `{"name":"x",}`, "", 0},
	{"POST " + catalogsPath, `{"name":"x"} {}`, "", 0},
	{"POST " + catalogsPath, `{"name":"x"}x`, "", 0},
	{"POST " + catalogsPath, "\ufeff" + `{"name":"x"}`, "", 0},
	{"POST " + catalogsPath, `{"name":'x'}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"x","name":"y"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"x","NAME":"y"}`, "/NAME", 0},
	{"POST " + catalogsPath, `{"Name":"x"}`, "/Name", 0},
	{"POST " + catalogsPath, `{"name":"x","storage_root":"s3://x"}`, "/storage_root", 0},
	{"POST " + catalogsPath, `{"name":"x","a/b~c":1}`, "/a~1b~0c", 0},
	{"POST " + catalogsPath, "{\"name\":\"x\xff\"}", "/name", 0},
	{"POST " + catalogsPath, `{"name":"x\ud800"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"x","comment":"\u0000"}`, "/comment", 0},
	{"POST " + catalogsPath, `{"name":"x","created_at":` + strings.Repeat("[", 1000000), "/created_at" + strings.Repeat("/0", 63), 0},
	{"POST " + catalogsPath, `{"name":"x","created_at":1e999}`, "/created_at", 0},

	// Catalogs and schemas.
	{"POST " + catalogsPath, `{}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":7}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":""}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"a.b"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"a b"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"a\u200bb"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"` + strings.Repeat("x", 256) + `"}`, "/name", 0},
	{"POST " + catalogsPath, `{"name":"x","comment":"` + strings.Repeat("x", 65536) + `"}`, "/comment", 0},
	{"POST " + catalogsPath, `{"name":"x","properties":{"a":1}}`, "/properties/a", 0},
	{"POST " + catalogsPath, `{"name":"x","properties":{"a":"1","A":"2"}}`, "/properties/A", 0},
	{"POST " + catalogsPath, `{"name":"x","owner":"alice"}`, "/owner", 0},
	{"POST " + schemasPath, `{"name":"x"}`, "/catalog_name", 0},
	{"POST " + schemasPath, `{"catalog_name":"main.default","name":"x"}`, "/catalog_name", 0},
	{"POST " + schemasPath, `{"catalog_name":"main"}`, "/name", 0},
	{"PATCH " + catalogsPath + "/main", `{"name":"other"}`, "/name", 0},
	{"PATCH " + catalogsPath + "/main", `{"new_name":""}`, "/new_name", 0},
	{"PATCH " + catalogsPath + "/main", `{"new_name":"a/b"}`, "/new_name", 0},
	{"PATCH " + catalogsPath + "/main", `{"owner":""}`, "/owner", 0},
	{"PATCH " + catalogsPath + "/main", `{"owner":"nobody"}`, "/owner", 404},
	{"PATCH " + catalogsPath + "/main", `{"properties":[]}`, "/properties", 0},
	{"PATCH " + catalogsPath + "/main", `{"comment":"` + strings.Repeat("x", 65536) + `"}`, "/comment", 0},
	{"PATCH " + catalogsPath + "/main", `{"comment":"kept?","owner":"nobody"}`, "/owner", 404},
	{"PATCH " + schemasPath + "/main.default", `{"coment":"x"}`, "/coment", 0},
	{"PATCH " + schemasPath + "/main.default", `{"name":"main.default"}`, "/name", 0},
	{"PATCH " + schemasPath + "/main.default", `{"new_name":"main.other"}`, "/new_name", 0},
	{"PATCH " + schemasPath + "/main.default", `{"owner":7}`, "/owner", 0},
	{"PATCH " + schemasPath + "/main.default", `{"owner":"System user"}`, "/owner", 404},
	{"PATCH " + schemasPath + "/main.default", `{"properties":{"a":["b"]}}`, "/properties/a", 0},

	// The GA shape.
	{"POST " + gaCreate + "x", `{}`, "/config", 0},
	{"POST " + gaCreate + "x", `{"config":null}`, "/config", 0},
	{"POST " + gaCreate + "x", `{"config":{}}`, "/config/routing", 0},
	{"POST " + gaCreate + "x", `{"model_service":{}}`, "/model_service", 0},
	{"POST " + gaCreate + "x", `{"config":{"routing":{}}}`, "/config/routing/destinations", 0},
	{"POST " + gaCreate + "x", `{"config":{"routing":{"destinations":{}}}}`, "/config/routing/destinations", 0},
	{"POST " + gaCreate + "x", gaOne(`null`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":1}`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":"PAY","pay_per_token_config":{"model":"models/system.ai.m"}}`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":"PAY"}`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL"}`), "/config/routing/destinations/0", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "}}", `},"external_model_config":{"model_provider_service":"x"}}`, 1)), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "PAY_PER_TOKEN", "EXTERNAL", 1)), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":"DESTINATION_TYPE_EXTERNAL_FOUNDATION_MODEL","external_model_config":{"model_provider_service":"model-provider-services/a.b.c","target":{"model":"m","native_api_types":[]}}}`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(`{"name":"a","destination_type":"DESTINATION_TYPE_PROVISIONED_THROUGHPUT_FOUNDATION_MODEL","provisioned_throughput_config":{"model_serving_endpoint":"serving-endpoints/x","model":1}}`), "/config/routing/destinations/0/destination_type", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, `"a"`, `""`, 1)), "/config/routing/destinations/0/name", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "models/system.ai.m", "system.ai.m", 1)), "/config/routing/destinations/0/pay_per_token_config/model", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "models/system.ai.m", "model-services/system.ai.m", 1)), "/config/routing/destinations/0/pay_per_token_config/model", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "models/system.ai.m", "models/system.ai", 1)), "/config/routing/destinations/0/pay_per_token_config/model", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "models/system.ai.m", "models/system..m", 1)), "/config/routing/destinations/0/pay_per_token_config/model", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "}}", `},"traffic_percentage":1.5}`, 1)), "/config/routing/destinations/0/traffic_percentage", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "}}", `},"traffic_percentage":"10"}`, 1)), "/config/routing/destinations/0/traffic_percentage", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "}}", `},"traffic_percentage":101}`, 1)), "/config/routing/destinations/0/traffic_percentage", 0},
	{"POST " + gaCreate + "x", gaOne(strings.Replace(gaDestination, "}}", `},"traffic_percentage":-1}`, 1)), "/config/routing/destinations/0/traffic_percentage", 0},
	{"POST " + gaCreate + "x", gaOne(gaDestination + "," + gaDestination), "/config/routing/destinations/0/traffic_percentage", 0},
	{"POST " + gaCreate + "x", gaOne(gaMany(2, strings.Replace(gaDestination, "}}", `},"traffic_percentage":51}`, 1))), "/config/routing/destinations", 0},
	{"POST " + gaCreate + "x", gaOne(gaMany(11, strings.Replace(gaDestination, "}}", `},"traffic_percentage":9}`, 1))), "/config/routing/destinations", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"fallback":{"destinations":[` + gaDestination + `]}`), "/config/routing/fallback/destinations/0/name", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"fallback":{"destinations":[` + strings.ReplaceAll(gaMany(6, gaDestination), `"a`, `"b`) + `]}`), "/config/routing/fallback/destinations", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"fallback":[]`), "/config/routing/fallback", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"first_token_timeout":3.5`), "/config/routing/first_token_timeout", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"first_token_timeout":"3.5"`), "/config/routing/first_token_timeout", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"first_token_timeout":"-1s"`), "/config/routing/first_token_timeout", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"first_token_timeout":"99999999999s"`), "/config/routing/first_token_timeout", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"traffic_splitting":true`), "/config/routing/traffic_splitting", 0},
	{"POST " + gaCreate + "x", gaRouting(`,"traffic_splitting":{"x":1}`), "/config/routing/traffic_splitting/x", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":{"tpm":1}`), "/config/rate_limits", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[null]`), "/config/rate_limits/0/key", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{"key":1}]`), "/config/rate_limits/0/key", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{"key":"SERVICE"}]`), "/config/rate_limits/0/key", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":1,"requests":1}]`), "/config/rate_limits/0/renewal_period", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `}]`), "/config/rate_limits/0/requests", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"requests":-1}]`), "/config/rate_limits/0/requests", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"requests":1.5}]`), "/config/rate_limits/0/requests", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"requests":1e3}]`), "/config/rate_limits/0/requests", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"tokens":"10"}]`), "/config/rate_limits/0/tokens", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"tokens":9223372036854775808}]`), "/config/rate_limits/0/tokens", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"requests":1,"principal":"carol"}]`), "/config/rate_limits/0/principal", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{` + gaLimit + `,"requests":1},{"key":"RATE_LIMIT_KEY_USER","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","principal":"nobody","requests":1}]`), "/config/rate_limits/1/principal", 404},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[{"key":"RATE_LIMIT_KEY_USER","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","principal":"ai_team","requests":1}]`), "/config/rate_limits/0/principal", 0},
	{"POST " + gaCreate + "x", gaWith(`,"rate_limits":[` + strings.TrimSuffix(strings.Repeat(`{`+gaLimit+`,"requests":1},`, 21), ",") + `]`), "/config/rate_limits", 0},
	{"POST " + gaCreate + "x", gaWith(`,"inference_table":{}`), "/config/inference_table/parent", 0},
	{"POST " + gaCreate + "x", gaWith(`,"inference_table":{"parent":"main.logging"}`), "/config/inference_table/parent", 0},
	{"POST " + gaCreate + "x", gaWith(`,"inference_table":{"parent":"schemas/main"}`), "/config/inference_table/parent", 0},
	{"POST " + gaCreate + "x", gaWith(`,"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"a.b"}`), "/config/inference_table/table_name_prefix", 0},
	{"POST " + gaCreate + "x", gaWith(`,"inference_table":{"parent":"schemas/main.logging","disabled":"true"}`), "/config/inference_table/disabled", 0},
	{"POST " + gaCreate + "x", gaWith(`,"service_policies":[]`), "/config/service_policies", 0},
	{"POST " + gaCreate + "x", strings.Replace(gaWith(""), "{", `{"owner":"nobody",`, 1), "/owner", 404},
	{"POST " + gaCreate + "x", strings.Replace(gaWith(""), "{", `{"comment":"`+strings.Repeat("x", 65536)+`",`, 1), "/comment", 0},
	{"POST " + gaPath + "?parent=main.default&model_service_id=x", gaWith(""), "parent", 0},
	{"POST " + gaPath + "?model_service_id=x", gaWith(""), "parent", 0},
	{"POST " + gaPath + "?parent=schemas/main.default", gaWith(""), "model_service_id", 0},
	{"POST " + gaCreate + "model-services/main.default.x", gaWith(""), "model_service_id", 0},
	{"POST " + gaCreate + "x&model_service_id=y", gaWith(""), "model_service_id", 0},

	// The seed page's shape.
	{"POST " + seedPath, `{}`, "/catalog_name", 0},
	{"POST " + seedPath, `{"catalog_name":"main"}`, "/schema_name", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default"}`, "/name", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x"}`, "/destinations", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"model":"system.ai.m"}]}`, "/destinations/0/name", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"models/system.ai.m"}]}`, "/destinations/0/model", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"m"}]}`, "/destinations/0/model", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"system.ai.m"},{"name":"a","model":"system.ai.m"}]}`, "/destinations/1/name", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"a","model":"system.ai.m","traffic_percentage":101}]}`, "/destinations/0/traffic_percentage", 0},
	{"POST " + seedPath, `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[{"name":"\t","model":"system.ai.m"}]}`, "/destinations/0/name", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{}}`, "/routes/strategy", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":"random","destinations":["a"]}}`, "/routes/strategy", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":1,"destinations":["a"]}}`, "/routes/strategy", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":"fallback"}}`, "/routes/destinations", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":"fallback","destinations":["b"]}}`, "/routes/destinations/0", 0},
	{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":"fallback","destinations":["a","a"]}}`, "/routes/destinations/1", 0},
	{"POST " + seedPath, `{` + strings.Replace(seedStart, "}]", `},{"name":"b","model":"system.ai.m"}]`, 1) + `,"routes":{"strategy":"traffic_split","destinations":["a","b"]}}`, "/destinations/0/traffic_percentage", 0},
	{"POST " + seedPath, `{` + strings.Replace(seedStart, "}]", `,"traffic_percentage":50},{"name":"b","model":"system.ai.m","traffic_percentage":49}]`, 1) + `,"routes":{"strategy":"traffic_split","destinations":["a","b"]}}`, "/destinations", 0},
	{"POST " + seedPath, `{` + strings.Replace(seedStart, "}]", `},`+strings.ReplaceAll(gaMany(11, `{"name":"a","model":"system.ai.m"}`), `"a`, `"b`)+`]`, 1) + `}`, "/destinations", 0},
	{"POST " + seedPath, `{` + strings.Replace(seedStart, "}]", `},`+strings.ReplaceAll(gaMany(6, `{"name":"a","model":"system.ai.m"}`), `"a`, `"b`)+`]`, 1) + `,"routes":{"strategy":"fallback","destinations":["a","b","bx","bxx","bxxx","bxxxx","bxxxxx"]}}`, "/routes/destinations", 0},
	{"POST " + seedPath, `{` + seedStart + `,"inference_table":""}`, "/inference_table", 0},
	{"POST " + seedPath, `{` + seedStart + `,"inference_table":"main.logging"}`, "/inference_table", 0},
	{"POST " + seedPath, `{` + seedStart + `,"inference_table":{"parent":"schemas/main.logging"}}`, "/inference_table", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":{"qpm":-1}}`, "/rate_limits/qpm", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":{"tpm":-1,"qpm":1}}`, "/rate_limits/tpm", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":{"tpm":1.5}}`, "/rate_limits/tpm", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":{"tpm":"10"}}`, "/rate_limits/tpm", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":{"rpm":1}}`, "/rate_limits/rpm", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limits":[]}`, "/rate_limits", 0},
	{"POST " + seedPath, `{` + seedStart + `,"rate_limit":{"qpm":1}}`, "/rate_limit", 0},

	// Grants.
	{"PATCH " + grantsPath + "/catalog/main", `{"change":[]}`, "/change", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[null]}`, "/changes/0/principal", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":"USE_CATALOG"}]}`, "/changes/0/add", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":["FLY"]}]}`, "/changes/0", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":["CREATE_CATALOG"]}]}`, "/changes/0", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":["use catalog"],"remove":["USE_CATALOG"]}]}`, "/changes/0", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol"},{"principal":"nobody"}]}`, "/changes/1/principal", 404},
	{"PATCH " + grantsPath + "/catalog/main.default", `{"changes":[]}`, "name", 0},
	{"PATCH " + schemasPath + "/main", `{}`, "name", 0},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[],"omit_permissions_in_response":"true"}`, "/omit_permissions_in_response", 0},

	// Principals.
	{"POST " + principalsPath, `{}`, "/name", 0},
	{"POST " + principalsPath, `{"name":"x"}`, "/type", 0},
	{"POST " + principalsPath, `{"name":"x","type":"USER"}`, "/type", 0},
	{"POST " + principalsPath, `{"name":"x","type":"system"}`, "/type", 0},
	{"POST " + principalsPath, `{"name":"x","type":1}`, "/type", 0},
	{"POST " + principalsPath, `{"name":"","type":"user"}`, "/name", 0},
	{"POST " + principalsPath, `{"name":" x","type":"user"}`, "/name", 0},
	{"POST " + principalsPath, `{"name":"a\u202eb","type":"user"}`, "/name", 0},
	{"POST " + principalsPath, `{"name":"` + strings.Repeat("x", 256) + `","type":"user"}`, "/name", 0},
	{"POST " + principalsPath, `{"name":"x","name":"y","type":"user"}`, "/name", 0},
	{"POST " + principalsPath, `{"name":"x","type":"user","admin":true}`, "/admin", 0},
	{"POST " + principalsPath, `{"name":"x","type":"group","members":["carol"]}`, "/members", 0},
	{"POST " + principalsPath, `{"name":"System User","type":"user"}`, "/name", 409},
	{"PATCH " + principalsPath + "/carol", `{}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"new_name":null}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"new_name":""}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"new_name":"x "}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"new_name":"\u0000"}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"new_name":["x"]}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/carol", `{"name":"robot"}`, "/name", 0},
	{"PATCH " + principalsPath + "/carol", `{"name":"x","new_name":"y"}`, "/name", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"members":["carol"]}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"new_name":"x","add_members":["carol"]}`, "/new_name", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"add_members":"carol"}`, "/add_members", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"add_members":[7]}`, "/add_members/0", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"add_members":[{"name":"carol"}]}`, "/add_members/0", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"add_members":["carol"],"Add_members":[]}`, "/Add_members", 0},
	{"PATCH " + principalsPath + "/ai_team", `{"add_members":["carol",null]}`, "/add_members/1", 404},
	{"PATCH " + principalsPath + "/ai_team", `{"add_member":["carol"]}`, "/add_member", 0},

	// Statements.
	{"POST " + sqlPath, `{}`, "/statement", 0},
	{"POST " + sqlPath, `{"statement":" \n"}`, "/statement", 0},
	{"POST " + sqlPath, `{"statement":["x"]}`, "/statement", 0},
	{"POST " + sqlPath, `{"statement":"SHOW GRANTS ON METASTORE","statements":1}`, "/statements", 0},
	{"POST " + sqlPath, `{"statement":"SHOW GRANTS ON METASTORE","row_limit":0}`, "/row_limit", 0},
	{"POST " + sqlPath, `{"statement":"SHOW GRANTS ON METASTORE","row_limit":"1"}`, "/row_limit", 0},
}

func TestHostileBodies(t *testing.T) {
	w := newService(t)
	if len(hostileBodies) < 60 {
		t.Errorf("only %d", len(hostileBodies))
	}
	for _, h := range hostileBodies {
		method, target, _ := strings.Cut(h.target, " ")
		status := h.status
		if status == 0 {
			status = http.StatusBadRequest
		}
		e := w.refused(admin, method, target, h.body, status)
		if got := e.field(); got != h.pointer {
			t.Errorf("%s %.200s\nblames %q, want %q: %s", h.target, h.body, got, h.pointer, e.Message)
		}
		if strings.HasPrefix(h.pointer, "/") && !strings.Contains(e.Message, h.pointer) && status == http.StatusBadRequest {
			t.Errorf("%s %.200s\nthe message %q does not say where", h.target, h.body, e.Message)
		}
		if status == http.StatusBadRequest && e.ErrorCode != "INVALID_PARAMETER_VALUE" {
			t.Errorf("%s %.200s\nanswers %s", h.target, h.body, e.ErrorCode)
		}
	}
}
