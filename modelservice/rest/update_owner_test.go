package rest_test

import (
	"strings"
	"testing"
)

// The official Terraform provider always names comment, config and owner, and
// has an owner in the body only where its user gave one.
func TestGAUpdateOwner(t *testing.T) {
	const mask = "comment,config,owner"
	config := `"config":{"routing":{"destinations":[` + gaDestination + `]}}`
	w := newRich(t)

	kept := w.ok(admin, "PATCH", gaUpdate(mask), `{"comment":"x",`+config+`}`)
	if kept["effective_owner"] != "ai_team" || kept["comment"] != "x" || dig(kept, "config", "rate_limits") != nil {
		t.Errorf("without an owner it is %s", compact(kept))
	}
	given := w.ok(admin, "PATCH", gaUpdate(mask), `{"comment":"x","owner":"Carol",`+config+`}`)
	if given["effective_owner"] != "carol" || given["owner"] != nil || given["etag"] == kept["etag"] {
		t.Errorf("given away it is %s", compact(given))
	}
	again := w.ok(admin, "PATCH", gaUpdate(mask), `{"comment":"x","owner":"carol",`+config+`}`)
	if compact(again) != compact(given) {
		t.Errorf("given again it is %s, it was %s", compact(again), compact(given))
	}
	if alone := w.ok(admin, "PATCH", gaUpdate("owner"), `{"owner":"robot","comment":"not named"}`); alone["effective_owner"] != "robot" || alone["comment"] != "x" {
		t.Errorf("with an owner alone it is %s", compact(alone))
	}
	if both := w.ok(admin, "PATCH", gaUpdate("*,owner"), `{"owner":"carol",`+config+`}`); both["effective_owner"] != "carol" || both["comment"] != nil {
		t.Errorf("whole and with an owner it is %s", compact(both))
	}

	w.statement(admin, "REVOKE EXECUTE ON SCHEMA system.ai FROM `account users`")
	w.statement(admin, "GRANT EXECUTE ON SCHEMA system.ai TO alice")
	for _, c := range []struct {
		who, mask, body string
		status          int
		field           string
	}{
		{admin, "owner", `{"owner":"nobody"}`, 404, "/owner"},
		{admin, "owner", `{}`, 400, "update_mask"},
		{admin, "owner", `{"owner":7}`, 400, "/owner"},
		{admin, mask, `{"owner":"robot",` + strings.Replace(config, "system.ai.m", "system.ai.databricks-gpt-5-2", 1) + `}`, 403, "/owner"}, // who may not use it
		{"bob@example.com", "owner", `{"owner":"bob@example.com"}`, 404, ""},
	} {
		if e := w.refused(c.who, "PATCH", gaUpdate(c.mask), c.body, c.status); e.field() != c.field {
			t.Errorf("%s %s blames %q: %s", c.mask, c.body, e.field(), e.Message)
		}
	}
	w.ok(admin, "PATCH", gaUpdate("owner"), `{"owner":"robot"}`) // alone it asks nothing of the new owner (ruling R21)

	system := strings.Replace(gaUpdate("owner"), "main.default.team-chat", "system.ai.none", 1)
	w.refused(admin, "PATCH", system, `{"owner":"carol"}`, 404)
}
