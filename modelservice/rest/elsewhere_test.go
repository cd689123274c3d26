package rest_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// What the field's catalogs and schemas have and those here have not is taken
// where it says nothing, and refused where it would have to be done.
func TestMembersOfTheField(t *testing.T) {
	w := newMain(t)
	nothing := []string{`null`, `false`, `0`, `""`, `{}`, `[]`, "{ \n}"}
	for _, c := range []struct {
		method, path, start string
		members             map[string]string // and a value that would have to be done
		fixed               map[string]string // and the value that is so
	}{
		{"POST", catalogsPath, `{"name":"other",`, map[string]string{
			"storage_root": `"s3://bucket"`, "connection_name": `"c"`, "provider_name": `"p"`, "share_name": `"s"`,
			"options": `{"a":"b"}`, "custom_max_retention_hours": `24`, "managed_encryption_settings": `{"azure_tenant_id":"x"}`,
		}, map[string]string{"isolation_mode": "OPEN", "enable_predictive_optimization": "INHERIT"}},
		{"PATCH", catalogsPath + "/main", `{`, map[string]string{
			"options": `{"a":"b"}`, "custom_max_retention_hours": `24`, "managed_encryption_settings": `{"azure_tenant_id":"x"}`,
		}, map[string]string{"isolation_mode": "OPEN", "enable_predictive_optimization": "INHERIT"}},
		{"POST", schemasPath, `{"catalog_name":"main","name":"other",`, map[string]string{
			"storage_root": `"s3://bucket"`, "custom_max_retention_hours": `24`,
		}, map[string]string{"enable_predictive_optimization": "INHERIT"}},
		{"PATCH", schemasPath + "/main.default", `{`, map[string]string{
			"custom_max_retention_hours": `24`,
		}, map[string]string{"enable_predictive_optimization": "INHERIT"}},
	} {
		unmake := func() {
			if c.method == "POST" {
				w.ok(admin, "DELETE", c.path+"/"+map[string]string{catalogsPath: "other", schemasPath: "main.other"}[c.path], "")
			}
		}
		refused := func(member, value string) {
			e := w.refused(admin, c.method, c.path, c.start+`"`+member+`":`+value+`}`, 400)
			if e.field() != "/"+member || !strings.Contains(e.Message, "/"+member) || e.ErrorCode != "INVALID_PARAMETER_VALUE" {
				t.Errorf("%s of %s blames %s: %s", member, value, e.field(), e.Message)
			}
		}
		for member, value := range c.members {
			for _, v := range nothing {
				w.ok(admin, c.method, c.path, c.start+`"`+member+`":`+v+`}`)
				unmake()
			}
			refused(member, value)
		}
		for member, value := range c.fixed {
			made := w.ok(admin, c.method, c.path, c.start+`"`+member+`":"`+value+`"}`)
			if made[member] != value {
				t.Errorf("%s reads %v, want %s", member, made[member], value)
			}
			unmake()
			for _, other := range []string{`"ISOLATED"`, `"ENABLE"`, `"DISABLE"`, `"open"`, `""`, `7`} {
				refused(member, other)
			}
		}
	}
}

// The official Terraform provider drops the schema default of every catalog that
// it makes, which the field makes with it.
func TestDefaultSchemaOfNewCatalog(t *testing.T) {
	w := newWorld(t)
	w.statement(admin, "GRANT CREATE CATALOG ON METASTORE TO robot")
	w.ok("robot", "POST", catalogsPath, `{"name":"main"}`)
	before := w.version()
	w.ok("robot", "DELETE", schemasPath+"/main.default", "")
	w.ok("robot", "DELETE", schemasPath+"/MAIN.Default", "")
	if w.version() != before {
		t.Error("dropping what is not there changes something")
	}
	w.refused("robot", "DELETE", schemasPath+"/main.other", "", 404)
	w.refused("robot", "DELETE", schemasPath+"/other.default", "", 404)
	w.refused("carol", "DELETE", schemasPath+"/main.default", "", 404) // who sees no catalog
	w.statement("robot", "GRANT USE CATALOG ON CATALOG main TO carol")
	w.refused("carol", "DELETE", schemasPath+"/main.default", "", 404) // who does not manage it

	w.ok("robot", "POST", schemasPath, `{"catalog_name":"main","name":"default"}`)
	w.ok("robot", "POST", schemasPath, `{"catalog_name":"main","name":"logging"}`)
	w.ok("robot", "DELETE", schemasPath+"/main.default", "")
	w.refused("robot", "DELETE", schemasPath+"/main.default", "", 404) // in a catalog that is not empty
}

func TestMetastore(t *testing.T) {
	w := newWorld(t)
	id := w.ms.MetastoreID()
	for _, who := range []string{admin, "carol", "robot"} {
		summary := w.ok(who, "GET", metastorePath+"/metastore_summary", "")
		if summary["metastore_id"] != id || summary["name"] != "metastore" || summary["owner"] != "metastore admins" {
			t.Errorf("%s reads %s", who, compact(summary))
		}
		if one := w.ok(who, "GET", metastorePath+"/metastores/"+id, ""); compact(one) != compact(summary) {
			t.Errorf("%s gets %s", who, compact(one))
		}
		if all := w.ok(who, "GET", metastorePath+"/metastores?max_results=0", ""); compact(all) != `{"metastores":[`+compact(summary)+`]}` {
			t.Errorf("%s lists %s", who, compact(all))
		}
		assigned := w.ok(who, "GET", metastorePath+"/current-metastore-assignment", "")
		if compact(assigned) != `{"metastore_id":"`+id+`","workspace_id":1}` {
			t.Errorf("%s is assigned %s", who, compact(assigned))
		}
	}
	w.refused(admin, "GET", metastorePath+"/metastores/other", "", 404)
	w.refused(admin, "GET", metastorePath+"/metastores?max_results=-1", "", 400)
	w.refused(admin, "GET", metastorePath+"/metastores?page_token=x", "", 400)
	w.refused("", "GET", metastorePath+"/metastore_summary", "", 401)
	w.refused(admin, "POST", metastorePath+"/metastores", `{"name":"x"}`, 405)
}

const metastorePath = "/api/2.1/unity-catalog"

func TestMe(t *testing.T) {
	w := newWorld(t)
	a := w.send("BOB@example.com", "GET", "/api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements", "")
	if a.Code != 200 || a.Header().Get("X-Databricks-Org-Id") != "1" {
		t.Fatalf("answers %d %v %s", a.Code, a.Header(), a.Body)
	}
	var me struct {
		Schemas  []string `json:"schemas"`
		ID       string   `json:"id"`
		UserName string   `json:"userName"`
		Display  string   `json:"displayName"`
		Active   bool     `json:"active"`
		Groups   []struct{ Display, Value, Type string }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &me); err != nil {
		t.Fatal(err)
	}
	if me.UserName != "bob@example.com" || me.Display != me.UserName || !me.Active || len(me.Schemas) != 1 {
		t.Errorf("is %+v", me)
	}
	if len(me.Groups) != 1 || me.Groups[0].Display != "ai_team" || me.Groups[0].Type != "direct" {
		t.Errorf("is in %+v", me.Groups)
	}
	for _, number := range []string{me.ID, me.Groups[0].Value} {
		if len(number) < 10 || strings.Trim(number, "0123456789") != "" {
			t.Errorf("the number %q is none, or of a sequence", number)
		}
	}
	if alone := w.ok("carol", "GET", "/api/2.0/preview/scim/v2/Me", ""); compact(alone["groups"]) != `[]` || alone["id"] == me.ID {
		t.Errorf("carol is %s", compact(alone))
	}
	w.refused("", "GET", "/api/2.0/preview/scim/v2/Me", "", 401)
	w.refused(admin, "GET", "/api/2.0/preview/scim/v2/Users", "", 404)
}
