package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// Each member of a catalog or schema changes alone, and what is not given, or
// null, stays (spec §3.4).
func TestChangeOneMember(t *testing.T) {
	for _, at := range []string{catalogsPath + "/main", schemasPath + "/main.default"} {
		w := newMain(t)
		w.ok(admin, "PATCH", at, `{"comment":"c","properties":{"k":"v","l":"w"}}`)
		leaf := at[strings.LastIndexAny(at, "/.")+1:]
		for _, c := range []struct{ body, member, want string }{
			{`{}`, "", ""},
			{`{"owner":null,"comment":null,"properties":null,"new_name":null}`, "", ""},
			{`{"new_name":"` + leaf + `"}`, "", ""},
			{`{"comment":"other"}`, "comment", `"other"`},
			{`{"comment":""}`, "comment", "null"},
			{`{"owner":"AI_TEAM"}`, "owner", `"ai_team"`},
			{`{"owner":"alice"}`, "owner", `"alice"`},
			{`{"properties":{"m":""}}`, "properties", `{"m":""}`},
			{`{"properties":{}}`, "properties", "null"},
		} {
			before := w.ok(admin, "GET", at, "")
			after := w.ok(admin, "PATCH", at, c.body)
			if got := w.ok(admin, "GET", at, ""); compact(got) != compact(after) {
				t.Errorf("%s %s: get answers %s, change answered %s", at, c.body, compact(got), compact(after))
			}
			if c.member != "" && compact(after[c.member]) != c.want {
				t.Errorf("%s %s: %s is %s", at, c.body, c.member, compact(after[c.member]))
			}
			for _, one := range []map[string]any{before, after} {
				delete(one, c.member)
				delete(one, "updated_at")
			}
			if compact(before) != compact(after) {
				t.Errorf("%s %s changes\n%s\nto\n%s", at, c.body, compact(before), compact(after))
			}
		}
	}
}

// Under another name an object keeps what it holds and who may do what with it;
// the old name is free.
func TestRename(t *testing.T) {
	w := newService(t)
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO carol")
	w.statement(admin, "GRANT USE SCHEMA, EXECUTE ON SCHEMA main.default TO carol")
	if got := w.ok(admin, "PATCH", catalogsPath+"/main", `{"new_name":"Prime"}`); got["name"] != "prime" || got["full_name"] != "prime" {
		t.Errorf("renamed to %s", compact(got))
	}
	if got := w.ok(admin, "PATCH", schemasPath+"/prime.default", `{"new_name":"first"}`); got["name"] != "first" || got["full_name"] != "prime.first" || got["catalog_name"] != "prime" {
		t.Errorf("renamed to %s", compact(got))
	}
	w.ok("carol", "GET", gaPath+"/prime.first.team-chat", "")
	if e := w.ok(admin, "GET", effectivePath+"/model_service/prime.first.team-chat?principal=carol", ""); compact(dig(e, "privilege_assignments", 0, "privileges")) !=
		`[{"inherited_from_name":"prime.first","inherited_from_type":"SCHEMA","privilege":"EXECUTE"}]` {
		t.Errorf("carol has %s", compact(e))
	}
	for _, gone := range []string{catalogsPath + "/main", schemasPath + "/main.default", schemasPath + "/prime.default", gaPath + "/prime.default.team-chat"} {
		w.refused(admin, "GET", gone, "", http.StatusNotFound)
	}
	w.ok(admin, "POST", catalogsPath, `{"name":"main"}`)
	w.refused("carol", "GET", catalogsPath+"/main", "", http.StatusNotFound)
	w.refused(admin, "PATCH", catalogsPath+"/main", `{"new_name":"prime"}`, http.StatusConflict)
}

// Who may see an object and not manage it is told so; who may not see it learns
// nothing (ruling R9); and the platform's own keeps its name and owner (ruling
// R19).
func TestChangeNeedsManage(t *testing.T) {
	w := newMain(t)
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO carol")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO carol")
	for _, body := range []string{`{"comment":"x"}`, `{"owner":"carol"}`, `{"new_name":"x"}`, `{"new_name":"logging"}`, `{"properties":{}}`, `{"owner":"nobody"}`} {
		for at, words := range map[string]string{
			catalogsPath + "/main": "User does not have MANAGE on Catalog 'main'.", schemasPath + "/main.default": "User does not have MANAGE on Schema 'main.default'.",
		} {
			if e := w.refused("carol", "PATCH", at, body, http.StatusForbidden); e.ErrorCode != "PERMISSION_DENIED" || e.Message != words {
				t.Errorf("%s %s answers %q", at, body, e.Message)
			}
		}
		w.refused("carol", "PATCH", schemasPath+"/main.logging", body, http.StatusNotFound)
		w.refused("carol", "PATCH", schemasPath+"/main.nothing", body, http.StatusNotFound)
	}
	w.statement(admin, "GRANT MANAGE ON SCHEMA main.default TO carol")
	w.ok("carol", "PATCH", schemasPath+"/main.default", `{"comment":"mine"}`)
	for _, body := range []string{`{"new_name":"x"}`, `{"owner":"alice"}`} {
		w.refused(admin, "PATCH", catalogsPath+"/system", body, http.StatusForbidden)
		w.refused(admin, "PATCH", schemasPath+"/system.ai", body, http.StatusForbidden)
	}
}

// Another name takes the right to make an object of that name there, beyond
// managing this one; all else in the same request is done with it or not at all.
func TestRenameNeedsCreate(t *testing.T) {
	w := newMain(t)
	w.statement(admin, "GRANT USE CATALOG, MANAGE ON CATALOG main TO carol")
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO robot")
	w.statement(admin, "GRANT USE SCHEMA, MANAGE ON SCHEMA main.default TO robot")
	for who, c := range map[string]struct{ at, words, grant string }{
		"carol": {catalogsPath + "/main", "User does not have CREATE CATALOG on Metastore.", "GRANT CREATE CATALOG ON METASTORE TO carol"},
		"robot": {schemasPath + "/main.default", "User does not have CREATE SCHEMA on Catalog 'main'.", "GRANT CREATE SCHEMA ON CATALOG main TO robot"},
	} {
		if e := w.refused(who, "PATCH", c.at, `{"new_name":"other","comment":"x"}`, http.StatusForbidden); e.Message != c.words {
			t.Errorf("%s is told %q", who, e.Message)
		}
		w.ok(who, "PATCH", c.at, `{"comment":"y"}`)
		w.statement(admin, c.grant)
	}
	w.ok("robot", "PATCH", schemasPath+"/main.default", `{"new_name":"other","comment":"x"}`)
	w.ok("carol", "PATCH", catalogsPath+"/main", `{"new_name":"other","comment":"x"}`)
}
