package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// hiddenProbes ask about, or try to change, something in the catalog %c and its
// schema %s.
var hiddenProbes = []struct{ method, target, body string }{
	{"GET", catalogsPath + "/%c", ""},
	{"PATCH", catalogsPath + "/%c", `{"comment":"x"}`},
	{"PATCH", catalogsPath + "/%c", `{"owner":"nobody"}`},
	{"PATCH", catalogsPath + "/%c", `{"new_name":"system"}`},
	{"DELETE", catalogsPath + "/%c", ""},
	{"DELETE", catalogsPath + "/%c?force=true", ""},
	{"POST", schemasPath, `{"catalog_name":"%c","name":"x"}`},
	{"POST", schemasPath, `{"catalog_name":"%c","name":"%s"}`},
	{"GET", schemasPath + "?catalog_name=%c", ""},
	{"GET", schemasPath + "/%c.%s", ""},
	{"PATCH", schemasPath + "/%c.%s", `{"new_name":"x"}`},
	{"DELETE", schemasPath + "/%c.%s?force=true", ""},
	{"GET", tablesPath + "?catalog_name=%c&schema_name=%s", ""},
	{"GET", tablesPath + "/%c.%s.chat_payload", ""},
	{"DELETE", tablesPath + "/%c.%s.chat_payload", ""},
	{"PATCH", tablesPath + "/%c.%s.chat_payload", `{"owner":"carol"}`},
	{"GET", tablesPath + "/%c.%s.chat_payload/exists", ""},
	{"GET", "/api/2.1/unity-catalog/table-summaries?catalog_name=%c&schema_name_pattern=%s", ""},
	{"GET", "/api/2.1/unity-catalog/models?catalog_name=%c&schema_name=%s", ""},
	{"GET", "/api/2.1/unity-catalog/models/%c.%s.m", ""},
	{"GET", gaPath + "?parent=schemas/%c.%s", ""},
	{"GET", gaPath + "/%c.%s.chat", ""},
	{"DELETE", gaPath + "/%c.%s.chat", ""},
	{"DELETE", gaPath + "/%c.%s.chat?etag=AAAA", ""},
	{"POST", gaPath + "?parent=schemas/%c.%s&model_service_id=chat", `{"config":{"routing":{"destinations":[{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}]}}}`},
	{"GET", seedPath + "?catalog_name=%c", ""},
	{"GET", seedPath + "?catalog_name=%c&schema_name=%s", ""},
	{"GET", seedPath + "/%c.%s.chat", ""},
	{"DELETE", seedPath + "/%c.%s.chat", ""},
	{"POST", seedPath, `{"catalog_name":"%c","schema_name":"%s","name":"chat","destinations":[{"name":"a","model":"%c.%s.m"}]}`},
	{"GET", grantsPath + "/catalog/%c", ""},
	{"GET", grantsPath + "/schema/%c.%s?principal=nobody", ""},
	{"GET", grantsPath + "/model_service/%c.%s.chat", ""},
	{"GET", grantsPath + "/table/%c.%s.chat_payload?principal=carol", ""},
	{"GET", grantsPath + "/model/%c.%s.m", ""},
	{"GET", effectivePath + "/catalog/%c", ""},
	{"GET", effectivePath + "/schema/%c.%s?principal=carol", ""},
	{"GET", effectivePath + "/model_service/%c.%s.chat?principal=nobody", ""},
	{"GET", assignmentsPath + "/table/%c.%s.chat_payload", ""},
	{"GET", assignmentsPath + "/schema/%c.%s?page_size=150", ""},
	{"GET", effectivePagesPath + "/model_service/%c.%s.chat", ""},
	{"GET", effectivePagesPath + "/model/%c.%s.m?principal=ai_team", ""},
	{"PATCH", grantsPath + "/catalog/%c", `{"changes":[{"principal":"carol","add":["USE_CATALOG"]}]}`},
	{"PATCH", grantsPath + "/schema/%c.%s", `{"changes":[{"principal":"nobody","add":["USE_SCHEMA"]}]}`},
	{"PATCH", grantsPath + "/model_service/%c.%s.chat", `{"changes":[{"principal":"carol","add":["EXECUTE"]}]}`},
	{"PATCH", grantsPath + "/table/%c.%s.chat_payload", `{"changes":[]}`},
	{"POST", sqlPath, `{"statement":"SHOW GRANTS ON SCHEMA %c.%s"}`},
	{"POST", sqlPath, `{"statement":"GRANT EXECUTE ON MODEL SERVICE %c.%s.chat TO carol"}`},
	{"POST", sqlPath, `{"statement":"SELECT * FROM %c.%s.chat_payload"}`},
	{"POST", sqlPath, `{"statement":"DROP MODEL SERVICE %c.%s.ch_at"}`},
	{"POST", sqlPath, `{"statement":"DROP SCHEMA IF EXISTS %c.%s CASCADE"}`},
}

// Something hidden is answered byte for byte as something missing, on every
// route, whether the catalog is hidden or only what is in it.
func TestHiddenIsMissing(t *testing.T) {
	w := newMain(t)
	for _, in := range []string{"dark", "half"} {
		w.ok(admin, "POST", catalogsPath, `{"name":"`+in+`"}`)
		w.ok(admin, "POST", schemasPath, `{"catalog_name":"`+in+`","name":"inner"}`)
		for _, name := range []string{"chat", "ch-at"} {
			w.ok(admin, "POST", seedPath, strings.NewReplacer("%c", in, "%n", name).Replace(
				`{"catalog_name":"%c","schema_name":"inner","name":"%n","destinations":[{"name":"a","model":"system.ai.m"}],"inference_table":"%c.inner.%n_payload"}`))
		}
	}
	w.statement(admin, "GRANT USE CATALOG ON CATALOG half TO carol")
	for _, worlds := range [][2][2]string{
		{{"dark", "inner"}, {"void", "inner"}},
		{{"half", "inner"}, {"half", "outer"}},
	} {
		for _, p := range hiddenProbes {
			if worlds[0][0] == worlds[1][0] && !strings.Contains(p.target+p.body, "%s") || strings.Contains(p.body, `"name":"%s"`) && worlds[0][0] == "half" {
				continue // not about what is in the catalog; or its answer differs for another reason, CREATE SCHEMA
			}
			ask := func(names [2]string) string {
				at := strings.NewReplacer("%c", names[0], "%s", names[1])
				before := w.version()
				a := w.send("carol", p.method, at.Replace(p.target), at.Replace(p.body))
				if w.version() != before {
					t.Errorf("%s %s %s has changed something", p.method, at.Replace(p.target), at.Replace(p.body))
				}
				return strings.NewReplacer(names[0], "%c", names[1], "%s").Replace(a.plain())
			}
			hidden, missing := ask(worlds[0]), ask(worlds[1])
			if hidden != missing {
				t.Errorf("%s %s %s\nhidden:  %s\nmissing: %s", p.method, p.target, p.body, hidden, missing)
			}
			if nothing := []string{`OK {"model_services":[]}`, `OK {"tables":[]}`, `OK {"table_exists":false}`}; p.method != "POST" && !strings.HasPrefix(hidden, "Not Found ") && !slices.Contains(nothing, hidden) {
				t.Errorf("%s %s %s\nanswers %s", p.method, p.target, p.body, hidden)
			}
		}
	}
}

// How much work an answer is does not tell of what is hidden: of many objects that
// differ from what is asked for as one that might be meant would, none is looked
// at that the caller cannot see.
func TestHiddenObjectsCostNothing(t *testing.T) {
	w := newMain(t)
	w.ok(admin, "POST", schemasPath, `{"catalog_name":"main","name":"empty"}`)
	w.ok(admin, "POST", catalogsPath, `{"name":"dark"}`)
	w.ok(admin, "POST", schemasPath, `{"catalog_name":"dark","name":"inner"}`)
	const many = 2000
	w.update(func(tx *catalog.Tx) error {
		owner, _ := tx.PrincipalNamed(admin)
		for _, full := range []string{"dark.inner", "main.default"} {
			name, _ := catalog.ParseFullName(full)
			in, _ := tx.Lookup(catalog.TypeSchema, name)
			for i := range many {
				if _, err := tx.Create(catalog.Draft{Type: catalog.TypeModel, Parent: in, Name: fmt.Sprintf("m-%d", i), Owner: owner.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.ok(admin, "PATCH", grantsPath+"/catalog/main", `{"changes":[{"principal":"carol","add":["USE_CATALOG","USE_SCHEMA"]}]}`)
	for _, c := range [][2]string{
		{"DROP MODEL dark.inner.a_b", "DROP MODEL void.inner.a_b"},
		{"DESCRIBE MODEL dark.inner.a_b", "DESCRIBE MODEL void.inner.a_b"},
		{"DROP SCHEMA dark.in_ner", "DROP SCHEMA void.in_ner"},
		{"SHOW GRANTS ON MODEL main.default.a_b", "SHOW GRANTS ON MODEL main.empty.a_b"},
		{"DROP MODEL main.default.m_7", "DROP MODEL main.empty.m_7"},
	} {
		cost := func(statement string) float64 {
			return testing.AllocsPerRun(5, func() { w.send("carol", "POST", sqlPath, `{"statement":"`+statement+`"}`) })
		}
		if hidden, missing := cost(c[0]), cost(c[1]); hidden > missing+many/4 {
			t.Errorf("%s takes %v allocations, %s %v", c[0], hidden, c[1], missing)
		}
	}
}
