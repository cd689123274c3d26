package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestPermissions(t *testing.T) {
	w := newService(t)
	for _, c := range []struct{ at, privilege string }{
		{"metastore/" + w.ms.MetastoreID(), "CREATE_CATALOG"},
		{"catalog/main", "USE CATALOG"},
		{"CATALOG/main", "use_catalog"},
		{"schema/main.default", "CREATE SERVICE"},
		{"model/system.ai.m", "EXECUTE"},
		{"function/system.ai.m", "MANAGE"},
		{"model_service/main.default.team-chat", "READ_METADATA"},
		{"table/main.logging.team_chat_payload", "SELECT"},
		{"table/main.logging.team_chat_payload", "select own rows"},
		{"schema/main.logging", "SELECT_MASKED"},
	} {
		want := strings.ToUpper(strings.ReplaceAll(c.privilege, " ", "_"))
		a := w.ok(admin, "PATCH", grantsPath+"/"+c.at, fmt.Sprintf(`{"changes":[{"principal":"CAROL","add":[%q]}]}`, c.privilege))
		if !strings.Contains(compact(a), `{"principal":"carol","privileges":[`) || !strings.Contains(compact(a), `"`+want+`"`) {
			t.Errorf("%s answers %s", c.at, compact(a))
		}
		if got := w.ok(admin, "GET", grantsPath+"/"+c.at, ""); compact(got) != compact(a) {
			t.Errorf("%s: get answers %s, change answered %s", c.at, compact(got), compact(a))
		}
	}
	// A model is granted on by two names.
	a := w.ok(admin, "GET", grantsPath+"/model/system.ai.m", "")
	if compact(a) != `{"privilege_assignments":[{"principal":"carol","privileges":["EXECUTE","MANAGE"]}]}` {
		t.Errorf("the model has %s", compact(a))
	}
	// Everything else is refused, and so is what only looks like it.
	for _, at := range []string{"volume/a.b.c", "x/main", "catalogs/main", "model-service/main.default.team-chat", "model%20service/main.default.team-chat", "principal/carol"} {
		if e := w.refused(admin, "GET", grantsPath+"/"+at, "", http.StatusBadRequest); e.field() != "securable_type" {
			t.Errorf("%s blames %q", at, e.field())
		}
	}
}

func TestPermissionsChange(t *testing.T) {
	w := newService(t)
	at := grantsPath + "/model_service/main.default.team-chat"
	a := w.ok(admin, "PATCH", at, `{"changes":[{"principal":"ai_team","add":["EXECUTE","MANAGE"]},{"principal":"carol","add":["EXECUTE"]}]}`)
	if compact(a) != `{"privilege_assignments":[{"principal":"ai_team","privileges":["EXECUTE","MANAGE"]},{"principal":"carol","privileges":["EXECUTE"]}]}` {
		t.Errorf("answers %s", compact(a))
	}
	// All changes or none.
	before := w.version()
	e := w.refused(admin, "PATCH", at, `{"changes":[{"principal":"carol","remove":["EXECUTE"]},{"principal":"nobody","add":["EXECUTE"]}]}`, 404)
	if e.ErrorCode != "PRINCIPAL_DOES_NOT_EXIST" || w.version() != before {
		t.Errorf("answers %+v", e)
	}
	if a := w.ok(admin, "PATCH", at, `{"changes":[{"principal":"carol","remove":["EXECUTE"]}],"omit_permissions_in_response":true}`); len(a) != 0 {
		t.Errorf("with the grants omitted, answers %s", compact(a))
	}
	if a := w.ok(admin, "GET", at+"?principal=carol", ""); compact(a) != `{"privilege_assignments":[]}` {
		t.Errorf("carol has %s", compact(a))
	}
	w.refused(admin, "GET", at+"?principal=nobody", "", 404)

	// Who gives up the object has changed the grants and sees them no more.
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO ai_team")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team")
	if a := w.ok("bob@example.com", "PATCH", at, `{"changes":[{"principal":"ai_team","remove":["MANAGE","EXECUTE"]}]}`); compact(a) != `{"privilege_assignments":[]}` {
		t.Errorf("bob sees %s", compact(a))
	}
	w.refused("bob@example.com", "GET", at, "", 404)
}

// Who may not manage an object sees there what is granted to him and his groups.
func TestPermissionsOfOthers(t *testing.T) {
	w := newService(t)
	for _, text := range []string{
		"GRANT USE CATALOG ON CATALOG main TO ai_team", "GRANT USE CATALOG ON CATALOG main TO carol", "GRANT BROWSE ON CATALOG main TO robot",
	} {
		w.statement(admin, text)
	}
	for who, want := range map[string]string{
		admin:             `{"privilege_assignments":[{"principal":"ai_team","privileges":["USE_CATALOG"]},{"principal":"carol","privileges":["USE_CATALOG"]},{"principal":"robot","privileges":["BROWSE"]}]}`,
		"bob@example.com": `{"privilege_assignments":[{"principal":"ai_team","privileges":["USE_CATALOG"]}]}`,
		"carol":           `{"privilege_assignments":[{"principal":"carol","privileges":["USE_CATALOG"]}]}`,
	} {
		if a := w.ok(who, "GET", grantsPath+"/catalog/main", ""); compact(a) != want {
			t.Errorf("%s sees %s, want %s", who, compact(a), want)
		}
	}
}
