package rest_test

import (
	"net/url"
	"strings"
	"testing"
)

const (
	modelsPath    = "/api/2.1/unity-catalog/models"
	summariesPath = "/api/2.1/unity-catalog/table-summaries"
)

// names are the full names in a list.
func names(list any) string {
	var out []string
	all, _ := list.([]any)
	for _, v := range all {
		out = append(out, dig(v, "full_name").(string))
	}
	return strings.Join(out, " ")
}

func TestModels(t *testing.T) {
	w := newWorld(t)
	const all = "system.ai.databricks-claude-opus-4-6 system.ai.databricks-gpt-5-2 system.ai.m"
	for query, want := range map[string]string{
		"": all, "?catalog_name=system": all, "?catalog_name=SYSTEM&schema_name=ai&include_browse=true&max_results=0": all,
		"?catalog_name=system&schema_name=ai&max_results=101": all,
	} {
		if got := w.ok("carol", "GET", modelsPath+query, ""); names(got["registered_models"]) != want || got["next_page_token"] != nil {
			t.Errorf("%s lists %s", query, compact(got))
		}
	}
	seen, query := "", "?max_results=1"
	for range 3 {
		page := w.ok("carol", "GET", modelsPath+query, "")
		seen += " " + names(page["registered_models"])
		token, _ := page["next_page_token"].(string)
		query = "?max_results=2&page_token=" + url.QueryEscape(token)
		if token != "" {
			w.refused("carol", "GET", modelsPath+query+"&catalog_name=system", "", 400)
		}
		if token == "" {
			break
		}
	}
	if seen != " "+all {
		t.Errorf("page by page it is%s", seen)
	}
	for query, field := range map[string]string{
		"?schema_name=ai": "catalog_name", "?max_results=-1": "max_results", "?catalog_name=a.b": "catalog_name", "?page_token=!": "page_token",
	} {
		if e := w.refused(admin, "GET", modelsPath+query, "", 400); e.field() != field {
			t.Errorf("%s blames %s: %s", query, e.field(), e.Message)
		}
	}
	w.refused(admin, "GET", modelsPath+"?catalog_name=main", "", 404)
	w.refused(admin, "GET", modelsPath+"?catalog_name=system&schema_name=none", "", 404)

	one := w.ok("carol", "GET", modelsPath+"/system.ai.m?include_aliases=true", "")
	for member, want := range map[string]any{
		"name": "m", "catalog_name": "system", "schema_name": "ai", "full_name": "system.ai.m", "owner": "System user",
		"metastore_id": w.ms.MetastoreID(), "created_by": "System user",
	} {
		if one[member] != want {
			t.Errorf("%s is %v, want %v", member, one[member], want)
		}
	}
	w.refused("carol", "GET", modelsPath+"/system.ai.none", "", 404)
	w.refused("carol", "GET", modelsPath+"/system.ai", "", 400)
	w.refused(admin, "DELETE", modelsPath+"/system.ai.m", "", 405)

	// Who may not use a model is not shown that there is one (ruling R18).
	w.statement(admin, "REVOKE EXECUTE ON SCHEMA system.ai FROM `account users`")
	if got := w.ok("carol", "GET", modelsPath, ""); compact(got) != `{"registered_models":[]}` {
		t.Errorf("carol is listed %s", compact(got))
	}
	hidden := w.send("carol", "GET", modelsPath+"/system.ai.m", "").plain()
	missing := w.send("carol", "GET", modelsPath+"/system.ai.x", "").plain()
	if strings.ReplaceAll(hidden, "system.ai.m", "system.ai.x") != missing {
		t.Errorf("hidden answers %s\nmissing %s", hidden, missing)
	}
	w.statement(admin, "GRANT EXECUTE ON MODEL system.ai.m TO carol")
	if got := w.ok("carol", "GET", modelsPath, ""); names(got["registered_models"]) != "system.ai.m" {
		t.Errorf("carol is listed %s", compact(got))
	}
}

func TestTableNames(t *testing.T) {
	w := newService(t)
	for _, c := range []struct {
		who, name string
		want      bool
	}{
		{admin, "main.logging.team_chat_payload", true}, {admin, "MAIN.Logging.Team_Chat_Payload", true},
		{admin, "main.logging.other", false}, {admin, "none.logging.other", false}, {"carol", "main.logging.team_chat_payload", false},
	} {
		if got := w.ok(c.who, "GET", tablesPath+"/"+c.name+"/exists", ""); got["table_exists"] != c.want || len(got) != 1 {
			t.Errorf("%s: %s exists: %s", c.who, c.name, compact(got))
		}
	}
	w.refused(admin, "GET", tablesPath+"/main.logging/exists", "", 400)

	w.ok(admin, "POST", seedPath, strings.NewReplacer(`"team-chat"`, `"b"`, "logging.team_chat_payload", "default.b_payload").Replace(seedRequest))
	const all = "main.default.b_payload main.logging.team_chat_payload"
	for query, want := range map[string]string{
		"": all, "&schema_name_pattern=&table_name_pattern=": all, "&schema_name_pattern=%25": all,
		"&schema_name_pattern=log%25": "main.logging.team_chat_payload", "&schema_name_pattern=LOGGING": "main.logging.team_chat_payload",
		"&schema_name_pattern=log": "", "&schema_name_pattern=_efault": "main.default.b_payload",
		"&table_name_pattern=%25_payload": all, "&table_name_pattern=b_payload": "main.default.b_payload",
		"&table_name_pattern=%25chat%25load%25": "main.logging.team_chat_payload", "&table_name_pattern=_": "",
		"&table_name_pattern=b%5C_payload": "main.default.b_payload", "&table_name_pattern=%25%25a%25d": all, "&table_name_pattern=%25load_": "",
	} {
		got := w.ok(admin, "GET", summariesPath+"?catalog_name=main"+query, "")
		if names(got["tables"]) != want || got["tables"] == nil {
			t.Errorf("%s lists %s", query, compact(got))
		}
	}
	page := w.ok(admin, "GET", summariesPath+"?catalog_name=main&max_results=1", "")
	if compact(page["tables"]) != `[{"full_name":"main.default.b_payload","table_type":"MANAGED"}]` {
		t.Errorf("the first page is %s", compact(page))
	}
	next := "&page_token=" + url.QueryEscape(page["next_page_token"].(string))
	if page = w.ok(admin, "GET", summariesPath+"?catalog_name=main"+next, ""); names(page["tables"]) != "main.logging.team_chat_payload" {
		t.Errorf("the second page is %s", compact(page))
	}
	for query, field := range map[string]string{
		"": "catalog_name", "?catalog_name=main&table_name_pattern=a" + next: "page_token",
		"?catalog_name=main&schema_name_pattern=" + strings.Repeat("%25", 1025): "schema_name_pattern",
		"?catalog_name=main&table_name_pattern=a%5C":                            "table_name_pattern", "?catalog_name=main&max_results=-1": "max_results",
	} {
		if e := w.refused(admin, "GET", summariesPath+query, "", 400); e.field() != field {
			t.Errorf("%s blames %s: %s", query, e.field(), e.Message)
		}
	}
	w.refused("carol", "GET", summariesPath+"?catalog_name=main", "", 404)
}

func TestTableOmissionsAndOwner(t *testing.T) {
	w := newService(t)
	query := "?catalog_name=main&schema_name=logging"
	first := func(more string) map[string]any {
		return dig(w.ok(admin, "GET", tablesPath+query+more, ""), "tables", 0).(map[string]any)
	}
	if whole := first("&omit_columns=false"); whole["columns"] == nil || whole["owner"] != admin {
		t.Errorf("lists %s", compact(whole))
	}
	if less := first("&omit_columns=true&omit_properties=true&omit_username=true"); less["columns"] != nil || less["owner"] != "" || less["created_by"] != "" {
		t.Errorf("lists %s", compact(less))
	}
	for _, flag := range []string{"omit_columns", "omit_properties", "omit_username"} {
		if e := w.refused(admin, "GET", tablesPath+query+"&"+flag+"=yes", "", 400); e.field() != flag {
			t.Errorf("%s blames %s", flag, e.field())
		}
	}

	table := tablesPath + "/main.logging.team_chat_payload"
	if e := w.refused(admin, "PATCH", table, `{}`, 400); e.field() != "/owner" {
		t.Errorf("blames %s: %s", e.field(), e.Message)
	}
	w.refused(admin, "PATCH", table, `{"owner":"carol","comment":"x"}`, 400)
	w.refused(admin, "PATCH", table, `{"owner":"nobody"}`, 404)
	w.refused("carol", "PATCH", table, `{"owner":"carol"}`, 404)
	if changed := w.ok(admin, "PATCH", table, `{"owner":"carol"}`); changed["owner"] != "carol" || changed["columns"] == nil {
		t.Errorf("changed to %s", compact(changed))
	}
}

// Statements are answered at once; what is asked about one later has one answer.
func TestStatementsAreNotKept(t *testing.T) {
	w := newWorld(t)
	id := w.ok(admin, "POST", sqlPath, `{"statement":"SHOW CATALOGS","warehouse_id":"any"}`)["statement_id"].(string)
	for _, call := range [][2]string{{"GET", ""}, {"POST", "/cancel"}, {"GET", "/result/chunks/0"}} {
		if e := w.refused(admin, call[0], sqlPath+"/"+id+call[1], "", 404); e.ErrorCode != "RESOURCE_DOES_NOT_EXIST" {
			t.Errorf("%s %s answers %s", call[0], call[1], e.ErrorCode)
		}
	}
}
