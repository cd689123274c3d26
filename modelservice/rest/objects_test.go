package rest_test

import (
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

func TestCatalogs(t *testing.T) {
	w := newWorld(t)
	made := w.ok(admin, "POST", catalogsPath, `{"name":"Main","comment":"c","properties":{"k":"v"},"created_at":"whatever","full_name":7}`)
	for member, want := range map[string]any{
		"name": "main", "full_name": "main", "comment": "c", "owner": admin, "catalog_type": "MANAGED_CATALOG", "securable_type": "CATALOG",
		"metastore_id": w.ms.MetastoreID(), "created_by": admin, "updated_by": admin,
	} {
		if made[member] != want {
			t.Errorf("%s is %v, want %v", member, made[member], want)
		}
	}
	if ms, _ := made["created_at"].(float64); ms < 1e12 || made["updated_at"] != made["created_at"] {
		t.Errorf("created_at %v, updated_at %v: want milliseconds", made["created_at"], made["updated_at"])
	}
	if compact(made["properties"]) != `{"k":"v"}` {
		t.Errorf("properties are %v", made["properties"])
	}
	if got := w.ok(admin, "GET", catalogsPath+"/main", ""); compact(got) != compact(made) {
		t.Errorf("get answers %s, create answered %s", compact(got), compact(made))
	}
	w.refused(admin, "POST", catalogsPath, `{"name":"MAIN"}`, 409)

	// Members that are absent or null stay as they are.
	changed := w.ok(admin, "PATCH", catalogsPath+"/main", `{"comment":"","owner":null,"name":"MAIN"}`)
	if changed["comment"] != nil || changed["owner"] != admin || compact(changed["properties"]) != `{"k":"v"}` {
		t.Errorf("changed to %s", compact(changed))
	}
	changed = w.ok(admin, "PATCH", catalogsPath+"/main", `{"new_name":"Other","owner":"AI_team","properties":{}}`)
	if changed["name"] != "other" || changed["owner"] != "ai_team" || changed["properties"] != nil {
		t.Errorf("changed to %s", compact(changed))
	}
	w.refused(admin, "GET", catalogsPath+"/main", "", 404)
	// What is answered can be sent back.
	w.ok("bob@example.com", "PATCH", catalogsPath+"/other", compact(changed))

	w.ok("bob@example.com", "POST", schemasPath, `{"catalog_name":"other","name":"s"}`)
	w.refused("bob@example.com", "DELETE", catalogsPath+"/other", "", 400)
	w.refused("bob@example.com", "DELETE", catalogsPath+"/other?force=false", "", 400)
	w.refused("bob@example.com", "DELETE", catalogsPath+"/other?force=yes", "", 400)
	if gone := w.ok("bob@example.com", "DELETE", catalogsPath+"/other?force=true", ""); len(gone) != 0 {
		t.Errorf("delete answers %v", gone)
	}
	w.refused("bob@example.com", "DELETE", catalogsPath+"/other?force=true", "", 404)
	w.refused(admin, "DELETE", catalogsPath+"/system?force=true", "", 403)
}

func TestSchemas(t *testing.T) {
	w := newMain(t)
	got := w.ok(admin, "GET", schemasPath+"/main.default", "")
	for member, want := range map[string]any{
		"name": "default", "catalog_name": "main", "full_name": "main.default", "owner": admin, "securable_type": "SCHEMA",
		"metastore_id": w.ms.MetastoreID(), "created_by": admin,
	} {
		if got[member] != want {
			t.Errorf("%s is %v, want %v", member, got[member], want)
		}
	}
	renamed := w.ok(admin, "PATCH", schemasPath+"/main.default", `{"new_name":"chat"}`)
	if renamed["full_name"] != "main.chat" || renamed["created_at"] != got["created_at"] {
		t.Errorf("renamed to %s", compact(renamed))
	}
	w.refused(admin, "PATCH", schemasPath+"/main.chat", `{"new_name":"logging"}`, 409)
	list := w.ok(admin, "GET", schemasPath+"?catalog_name=MAIN&max_results=0", "")
	if dig(list, "schemas", 0, "name") != "chat" || dig(list, "schemas", 1, "name") != "logging" || list["next_page_token"] != nil {
		t.Errorf("list answers %s", compact(list))
	}
	w.ok(admin, "DELETE", schemasPath+"/main.chat", "")
	w.refused(admin, "DELETE", schemasPath+"/system.ai", "", 403)
}

func TestTables(t *testing.T) {
	w := newService(t)
	got := w.ok(admin, "GET", tablesPath+"/main.logging.team_chat_payload", "")
	for member, want := range map[string]any{
		"name": "team_chat_payload", "catalog_name": "main", "schema_name": "logging", "full_name": "main.logging.team_chat_payload",
		"table_type": "MANAGED", "data_source_format": "DELTA", "owner": admin,
	} {
		if got[member] != want {
			t.Errorf("%s is %v, want %v", member, got[member], want)
		}
	}
	for i, c := range inferencelog.Columns() {
		if dig(got, "columns", i, "name") != c.Name || dig(got, "columns", i, "position") != float64(i) ||
			dig(got, "columns", i, "type_text") != strings.ToLower(c.Type) {
			t.Errorf("column %d is %v, want %v", i, dig(got, "columns", i), c)
		}
	}
	if dig(got, "columns", 2, "type_name") != "MAP" || dig(got, "columns", 6, "type_name") != "LONG" {
		t.Errorf("the types are called %v and %v", dig(got, "columns", 2), dig(got, "columns", 6))
	}
	list := w.ok(admin, "GET", tablesPath+"?catalog_name=main&schema_name=logging", "")
	if compact(dig(list, "tables", 0)) != compact(got) {
		t.Errorf("list answers %s", compact(list))
	}
	w.refused("carol", "DELETE", tablesPath+"/main.logging.team_chat_payload", "", 404)
	w.ok(admin, "DELETE", tablesPath+"/main.logging.team_chat_payload", "")
	w.refused(admin, "GET", tablesPath+"/main.logging.team_chat_payload", "", 404)
	service := w.ok(admin, "GET", gaPath+"/main.default.team-chat", "")
	if dig(service, "config", "inference_table", "is_deleted") != true {
		t.Errorf("the service still has its table: %s", compact(service))
	}
}
