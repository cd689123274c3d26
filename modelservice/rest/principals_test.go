package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// principalAt is the path of a principal. Dots are escaped too, or clients
// would take some names for steps.
func principalAt(name string) string {
	return principalsPath + "/" + strings.ReplaceAll(url.PathEscape(name), ".", "%2e")
}

func TestPrincipals(t *testing.T) {
	w := newMain(t)
	for _, c := range []struct{ body, name, kind string }{
		{`{"name":"Dora@Example.com","type":"user"}`, "Dora@Example.com", "user"},
		{`{"name":"0a1b-robot","type":"service_principal"}`, "0a1b-robot", "service_principal"},
		{`{"name":"All Hands","type":"group"}`, "All Hands", "group"},
		{`{"name":"größe/a%2Fb?c#d","type":"user","created_at":"x","created_by":7}`, "größe/a%2Fb?c#d", "user"},
		{`{"name":"..","type":"user"}`, "..", "user"},
	} {
		made := w.ok(admin, "POST", principalsPath, c.body)
		if made["name"] != c.name || made["type"] != c.kind || made["created_by"] != admin || compact(made["member_of"]) != "[]" {
			t.Errorf("%s makes %s", c.body, compact(made))
		}
		if _, ok := made["members"]; ok != (c.kind == "group") {
			t.Errorf("%s makes %s: only groups have members", c.body, compact(made))
		}
		if ms, _ := made["created_at"].(float64); ms < 1e12 {
			t.Errorf("created_at is %v, want milliseconds", made["created_at"])
		}
		at := principalAt(c.name)
		for _, spelling := range []string{at, principalAt(strings.ToUpper(c.name))} {
			if got := w.ok(admin, "GET", spelling, ""); compact(got) != compact(made) {
				t.Errorf("%s answers %s, create answered %s", spelling, compact(got), compact(made))
			}
		}
		e := w.refused(admin, "POST", principalsPath, strings.ToLower(c.body), http.StatusConflict)
		if e.ErrorCode != "ALREADY_EXISTS" || e.field() != "/name" {
			t.Errorf("%s once more answers %+v", c.body, e)
		}
		if gone := w.ok(admin, "DELETE", at, ""); len(gone) != 0 {
			t.Errorf("delete answers %v", gone)
		}
		if e := w.refused(admin, "GET", at, "", http.StatusNotFound); e.ErrorCode != "PRINCIPAL_DOES_NOT_EXIST" {
			t.Errorf("%s is gone: %+v", c.name, e)
		}
		w.refused(admin, "DELETE", at, "", http.StatusNotFound)
	}
}

// A principal keeps what it has under another name, and leaves nothing to a
// later one of the same name (ruling R21).
func TestPrincipalRename(t *testing.T) {
	w := newMain(t)
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO ai_team")
	renamed := w.ok(admin, "PATCH", principalsPath+"/AI_TEAM", `{"name":"ai_team","type":"group","new_name":"The Team","member_of":[],"created_at":1,"created_by":"x"}`)
	if renamed["name"] != "The Team" || compact(renamed["members"]) != `["bob@example.com"]` {
		t.Errorf("renamed to %s", compact(renamed))
	}
	w.ok("bob@example.com", "GET", catalogsPath+"/main", "")
	w.refused(admin, "GET", principalsPath+"/ai_team", "", http.StatusNotFound)
	if again := w.ok(admin, "PATCH", principalsPath+"/the%20team", `{"new_name":"the team"}`); again["name"] != "the team" {
		t.Errorf("renamed to %s", compact(again))
	}
	if e := w.refused(admin, "PATCH", principalsPath+"/carol", `{"new_name":"THE TEAM"}`, http.StatusConflict); e.field() != "/new_name" {
		t.Errorf("a name that is taken blames %q", e.field())
	}
	w.ok(admin, "POST", principalsPath, `{"name":"ai_team","type":"group"}`)
	w.ok(admin, "PATCH", principalsPath+"/ai_team", `{"add_members":["carol"]}`)
	w.refused("carol", "GET", catalogsPath+"/main", "", http.StatusNotFound)

	w.ok(admin, "DELETE", principalsPath+"/the%20team", "")
	w.ok(admin, "POST", principalsPath, `{"name":"the team","type":"group"}`)
	w.ok(admin, "PATCH", principalsPath+"/the%20team", `{"add_members":["bob@example.com"]}`)
	w.refused("bob@example.com", "GET", catalogsPath+"/main", "", http.StatusNotFound)
}

// Members change all or none.
func TestPrincipalMembers(t *testing.T) {
	w := newMain(t)
	at := principalsPath + "/ai_team"
	w.ok(admin, "POST", principalsPath, `{"name":"inner","type":"group"}`)
	changed := w.ok(admin, "PATCH", at, `{"add_members":["ROBOT","inner","robot","bob@example.com"],"remove_members":["carol"]}`)
	if compact(changed["members"]) != `["bob@example.com","inner","robot"]` {
		t.Errorf("changed to %s", compact(changed))
	}
	if got := w.ok(admin, "GET", at, ""); compact(got) != compact(changed) {
		t.Errorf("get answers %s, change answered %s", compact(got), compact(changed))
	}
	if got := w.ok(admin, "GET", principalsPath+"/robot", ""); compact(got["member_of"]) != `["ai_team"]` || got["members"] != nil {
		t.Errorf("the robot is %s", compact(got))
	}
	if got := w.ok(admin, "GET", principalsPath+"/inner", ""); compact(got["member_of"]) != `["ai_team"]` || compact(got["members"]) != "[]" {
		t.Errorf("the inner group is %s", compact(got))
	}
	if back := w.ok(admin, "PATCH", at, `{"remove_members":["Robot"],"members":["ignored"]}`); compact(back["members"]) != `["bob@example.com","inner"]` {
		t.Errorf("changed back to %s", compact(back))
	}
	if same := w.ok(admin, "PATCH", at, `{"add_members":[],"remove_members":null}`); compact(same["members"]) != `["bob@example.com","inner"]` {
		t.Errorf("nothing changes to %s", compact(same))
	}
	for _, c := range []struct {
		at, body, field string
		status          int
		code            string
	}{
		{"/ai_team", `{"add_members":["carol","nobody"]}`, "/add_members/1", 404, "PRINCIPAL_DOES_NOT_EXIST"},
		{"/ai_team", `{"add_members":["carol"],"remove_members":["bob@example.com","nobody"]}`, "/remove_members/1", 404, "PRINCIPAL_DOES_NOT_EXIST"},
		{"/ai_team", `{"add_members":["carol","BOB@example.com"],"remove_members":["bob@example.com"]}`, "/add_members/1", 400, "INVALID_PARAMETER_VALUE"},
		{"/ai_team", `{"add_members":["carol","ai_team"]}`, "/add_members/1", 400, "INVALID_PARAMETER_VALUE"},
		{"/inner", `{"add_members":["ai_team"]}`, "/add_members/0", 400, "INVALID_PARAMETER_VALUE"},
		{"/ai_team", `{"add_members":["account users"]}`, "/add_members/0", 400, "INVALID_PARAMETER_VALUE"},
		{"/ai_team", `{"add_members":["System user"]}`, "/add_members/0", 404, "PRINCIPAL_DOES_NOT_EXIST"},
		{"/carol", `{"add_members":["robot"]}`, "name", 400, "INVALID_PARAMETER_VALUE"},
		{"/nobody", `{"add_members":["robot"]}`, "name", 404, "PRINCIPAL_DOES_NOT_EXIST"},
		{"/nobody", `{"new_name":"x"}`, "name", 404, "PRINCIPAL_DOES_NOT_EXIST"},
		{"/account%20users", `{"add_members":["carol"]}`, "name", 403, "PERMISSION_DENIED"},
		{"/account%20users", `{"new_name":"x"}`, "", 403, "PERMISSION_DENIED"},
		{"/metastore%20admins", `{"new_name":"x"}`, "", 403, "PERMISSION_DENIED"},
		{"/metastore%20admins", `{"remove_members":["alice"]}`, "", 400, "INVALID_STATE"},
	} {
		e := w.refused(admin, "PATCH", principalsPath+c.at, c.body, c.status)
		if e.ErrorCode != c.code || e.field() != c.field {
			t.Errorf("%s %s answers %s, blames %q: %s", c.at, c.body, e.ErrorCode, e.field(), e.Message)
		}
	}
	for name, code := range map[string]string{"metastore%20admins": "PERMISSION_DENIED", "account%20users": "PERMISSION_DENIED", "alice": "INVALID_STATE"} {
		before := w.version()
		a := w.send(admin, "DELETE", principalsPath+"/"+name, "")
		if e := a.refusal(); e.ErrorCode != code || w.version() != before {
			t.Errorf("DELETE %s answers %+v", name, e)
		}
	}
	// Whom he has made an admin, may; and whom he has not, no more.
	w.ok(admin, "PATCH", principalsPath+"/metastore%20admins", `{"add_members":["carol"]}`)
	w.ok("carol", "PATCH", principalsPath+"/metastore%20admins", `{"remove_members":["alice"]}`)
	w.refused(admin, "POST", principalsPath, `{"name":"x","type":"user"}`, http.StatusForbidden)
	// Who leaves has done so, though he sees the group no more.
	w.ok("carol", "PATCH", principalsPath+"/metastore%20admins", `{"add_members":["robot"]}`)
	if left := w.ok("carol", "PATCH", principalsPath+"/metastore%20admins", `{"remove_members":["carol"]}`); len(left) != 0 {
		t.Errorf("carol leaves and sees %s", compact(left))
	}
	if got := w.ok("robot", "GET", principalsPath+"/metastore%20admins", ""); compact(got["members"]) != `["robot"]` {
		t.Errorf("the admins are %s", compact(got))
	}
}

// Who may know of a principal finds it in the list and by its name; for anyone
// else it is not there, byte for byte, whatever he tries (ruling R9).
func TestHiddenPrincipalIsMissing(t *testing.T) {
	w := newMain(t)
	w.ok(admin, "POST", principalsPath, `{"name":"outer","type":"group"}`)
	w.ok(admin, "PATCH", principalsPath+"/outer", `{"add_members":["ai_team","carol"]}`)
	everyone := []string{"alice", "ai_team", "bob@example.com", "carol", "robot", "outer", "account users", "metastore admins", "System user", "nobody"}
	known := map[string][]string{
		admin:             {"account users", "ai_team", "alice", "bob@example.com", "carol", "metastore admins", "outer", "robot"},
		"bob@example.com": {"account users", "ai_team", "bob@example.com", "outer"},
		"carol":           {"account users", "carol", "outer"},
		"robot":           {"account users", "robot"},
	}
	for _, who := range slices.Sorted(maps.Keys(known)) {
		list, _ := w.walk(who, principalsPath+"?", "", "principals")
		if !slices.Equal(list, known[who]) {
			t.Errorf("%s lists %q, want %q", who, list, known[who])
		}
		var typed []string
		for _, kind := range []string{"group", "service_principal", "user"} {
			some, _ := w.walk(who, principalsPath+"?type="+kind, "", "principals")
			typed = append(typed, some...)
		}
		if slices.Sort(typed); !slices.Equal(typed, list) {
			t.Errorf("%s lists by type %q", who, typed)
		}
		for _, name := range everyone {
			want := http.StatusOK
			if !slices.Contains(list, name) {
				want = http.StatusNotFound
			}
			if a := w.send(who, "GET", principalAt(name), ""); a.Code != want {
				t.Errorf("%s gets %s: %d %s", who, name, a.Code, a.Body)
			}
		}
	}
	for _, p := range []struct{ method, at, body string }{
		{"GET", "/%n", ""}, {"DELETE", "/%n", ""}, {"PATCH", "/%n", `{"new_name":"x"}`}, {"PATCH", "/%n", `{"new_name":"%n"}`},
		{"PATCH", "/%n", `{"add_members":["carol"]}`}, {"PATCH", "/ai_team", `{"add_members":["%n"]}`}, {"PATCH", "/%n", `{}`},
		{"POST", "", `{"name":"%n","type":"user"}`}, {"PATCH", "/carol", `{"new_name":"%n"}`}, {"GET", "?page_token=%n", ""},
	} {
		for _, hidden := range []string{"robot", "ai_team", "bob@example.com", "metastore admins", "System user"} {
			ask := func(name string) string {
				escaped := strings.ReplaceAll(p.at, "%n", url.PathEscape(name))
				before := w.version()
				a := w.send("carol", p.method, principalsPath+escaped, strings.ReplaceAll(p.body, "%n", name))
				if w.version() != before || a.Code == http.StatusOK {
					t.Errorf("%s %s answers %d %s", p.method, escaped, a.Code, a.Body)
				}
				return strings.ReplaceAll(a.plain(), name, "%n")
			}
			if hidden, missing := ask(hidden), ask("nobody here"); hidden != missing {
				t.Errorf("%s %s %s\nhidden:  %s\nmissing: %s", p.method, p.at, p.body, hidden, missing)
			}
		}
	}
	// What he may see he still may not change.
	for _, c := range []struct{ method, at, body string }{
		{"PATCH", "/outer", `{"add_members":["carol"]}`}, {"PATCH", "/carol", `{"new_name":"x"}`}, {"DELETE", "/carol", ""}, {"POST", "", `{"name":"x","type":"group"}`},
	} {
		e := w.refused("carol", c.method, principalsPath+c.at, c.body, http.StatusForbidden)
		if e.ErrorCode != "PERMISSION_DENIED" || !strings.Contains(e.Message, "metastore admin") {
			t.Errorf("%s %s answers %+v", c.method, c.at, e)
		}
	}
}

// Pages of principals make up the list, whoever is added or removed where the
// caller may not see it, and a token is taken by its own list only.
func TestPagesOfPrincipals(t *testing.T) {
	w := newMain(t)
	for i := range 23 {
		w.ok(admin, "POST", principalsPath, fmt.Sprintf(`{"name":"Group %d","type":"group"}`, i))
		if i%2 == 0 {
			w.ok(admin, "PATCH", principalsPath+fmt.Sprintf("/group%%20%d", i), `{"add_members":["carol"]}`)
		}
	}
	read := func() (all []string) {
		for _, kind := range []string{"?", "?type=group"} {
			whole, pages := w.walk("carol", principalsPath+kind, "", "principals")
			if len(pages) != 1 || !slices.IsSorted(whole) {
				t.Fatalf("%d pages, %q", len(pages), whole)
			}
			for size := 1; size <= len(whole)+1; size++ {
				got, pages := w.walk("carol", principalsPath+kind, fmt.Sprintf("&max_results=%d", size), "principals")
				if !slices.Equal(got, whole) || len(pages) != (len(whole)+size-1)/size {
					t.Errorf("by %d: %d pages, %q, want %q", size, len(pages), got, whole)
				}
				all = append(all, pages...)
			}
		}
		return all
	}
	before := read()
	for _, name := range []string{"AAA", "Group 12x", "Group 3", "zzz"} {
		w.send(admin, "POST", principalsPath, fmt.Sprintf(`{"name":%q,"type":"group"}`, name))
	}
	w.ok(admin, "DELETE", principalAt("Group 7"), "")
	if !slices.Equal(before, read()) {
		t.Error("what carol may not know of changes her pages")
	}

	token, _ := w.ok(admin, "GET", principalsPath+"?type=group&max_results=1", "")["next_page_token"].(string)
	for _, target := range []string{principalsPath + "?page_token=" + token, principalsPath + "?type=user&page_token=" + token, catalogsPath + "?page_token=" + token} {
		if e := w.refused(admin, "GET", target, "", http.StatusBadRequest); e.field() != "page_token" {
			t.Errorf("%s blames %q", target, e.field())
		}
	}
	for query, field := range map[string]string{"type=system": "type", "type=USER": "type", "type=user&type=user": "type", "max_results=-1": "max_results", "max_results=x": "max_results"} {
		if e := w.refused(admin, "GET", principalsPath+"?"+query, "", http.StatusBadRequest); e.field() != field {
			t.Errorf("%s blames %q", query, e.field())
		}
	}
	w.update(func(tx *catalog.Tx) error {
		for i := range 130 {
			if _, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("u%03d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	page := w.ok(admin, "GET", principalsPath+"?max_results=1000", "")
	if list, _ := page["principals"].([]any); len(list) != 100 || page["next_page_token"] == nil {
		t.Errorf("%d on a page", len(list))
	}
}

// Any name that can be given can be asked for by its path, but for a slash
// alone, which the router reads as nothing; and any path is answered.
func TestPrincipalNames(t *testing.T) {
	w := newMain(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Zäß/%. ?#&+:@;=\\-]{1,12}`)).Draw(t, "name")
		at := principalAt(name)
		if name == "" || name == "/" {
			w.refused(admin, "GET", at, "", http.StatusNotFound)
			return
		}
		a := w.send(admin, "POST", principalsPath, compact(map[string]string{"name": name, "type": "user"}))
		got := w.send(admin, "GET", at, "")
		switch {
		case a.Code == http.StatusOK && (got.Code != http.StatusOK || got.object()["name"] != name):
			t.Fatalf("%q is made, and %s answers %d %s", name, at, got.Code, got.Body)
		case a.Code != http.StatusOK && a.Code != http.StatusConflict && (a.Code != http.StatusBadRequest || got.Code != http.StatusNotFound):
			t.Fatalf("%q answers %d %s, and %s %d %s", name, a.Code, a.Body, at, got.Code, got.Body)
		}
		if a.Code == http.StatusOK {
			w.ok(admin, "DELETE", at, "")
		}
	})
}
