package rest_test

import (
	"encoding/json"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/statement"
	"pgregory.net/rapid"
)

// oddText is a text of letters that mean something somewhere: in SQL, in JSON, in
// a path, in a pattern, or to who folds and joins them.
func oddText(t *rapid.T) string {
	letters := rapid.RuneFrom([]rune("abAB01-_`'\"*;()#@$%&+,:<=>?[]\\^{|}~!TOäßÄſ\u212Aée\u0301中Σς"))
	return rapid.StringOfN(letters, 1, 12, -1).Draw(t, "name")
}

// A name is data: whether a schema is made by JSON or by SQL, and named in a
// path, in a query, in a statement or in a body, it is the same one under the same
// name, and no other (case 5.4, invariant I44).
func TestNamesAreDataEverywhere(t *testing.T) {
	w := newMain(t)
	rapid.Check(t, func(t *rapid.T) {
		name := oddText(t)
		on := statement.Securable{Kind: "SCHEMA", Name: []string{"main", name}}
		type do struct{ create, grant, read, drop func() answer }
		sql := func(text string) func() answer {
			return func() answer { return w.send(admin, "POST", sqlPath, compact(map[string]string{"statement": text})) }
		}
		path := "/" + url.PathEscape("main."+name)
		ways := map[string]do{
			"SQL": {sql(statement.Create{On: on, Comment: "c"}.String()), sql(statement.Grant{Privileges: []string{"USE SCHEMA"}, On: on, To: "carol"}.String()),
				sql(statement.Describe{On: on}.String()), sql(statement.Drop{On: on}.String())},
			"JSON": {
				func() answer {
					return w.send(admin, "POST", schemasPath, compact(map[string]string{"catalog_name": "main", "name": name, "comment": "c"}))
				},
				func() answer {
					return w.send(admin, "PATCH", grantsPath+"/schema"+path, `{"changes":[{"principal":"carol","add":["USE_SCHEMA"]}]}`)
				},
				func() answer { return w.send(admin, "GET", schemasPath+path, "") },
				func() answer { return w.send(admin, "DELETE", schemasPath+path, "") },
			},
		}
		states := map[string]string{}
		for made, how := range ways {
			for dropped, end := range ways {
				before := w.names(t)
				for _, step := range []func() answer{how.create, end.grant, how.read} {
					if a := step(); a.Code != 200 || strings.Contains(a.Body.String(), `"FAILED"`) {
						t.Fatalf("%q by %s: %d %s", name, made, a.Code, a.Body)
					}
				}
				shown := w.send(admin, "GET", schemasPath+path, "").object()
				for _, member := range []string{"created_at", "updated_at"} {
					delete(shown, member)
				}
				grants := w.send(admin, "GET", grantsPath+"/schema"+path, "").Body.String()
				states[made+" and "+dropped] = compact(shown) + grants
				want, err := catalog.CanonicalName(name)
				if err != nil || shown["name"] != want || shown["full_name"] != "main."+want {
					t.Fatalf("%q by %s is %v", name, made, shown)
				}
				if a := end.drop(); a.Code != 200 || strings.Contains(a.Body.String(), `"FAILED"`) {
					t.Fatalf("%q is not dropped by %s: %d %s", name, dropped, a.Code, a.Body)
				}
				if after := w.names(t); after != before {
					t.Fatalf("%q by %s and %s leaves\n%s\nof\n%s", name, made, dropped, after, before)
				}
			}
		}
		if len(states) != 4 {
			t.Fatalf("%d ways", len(states))
		}
		for how, state := range states {
			if state != states["JSON and JSON"] {
				t.Fatalf("%q by %s is\n%s\nwant\n%s", name, how, state, states["JSON and JSON"])
			}
		}
	})
}

// names are all schemas that there are.
func (w *world) names(t *rapid.T) string {
	var all struct {
		Schemas []struct {
			FullName string `json:"full_name"`
		} `json:"schemas"`
	}
	a := w.send(admin, "GET", schemasPath+"?catalog_name=main", "")
	if err := json.Unmarshal(a.Body.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	return compact(all)
}

// A statement that is too long for any, or made to be slow, fails in the caller's
// words, in a moment; and has changed nothing (case 5.3, invariant I45).
func TestHostileStatements(t *testing.T) {
	w := newService(t)
	for _, c := range []struct{ start, repeated string }{
		{"x", " "}, {"", "("}, {"DROP SCHEMA ", "a."}, {"DROP SCHEMA main.default CASCADE", "; DROP SCHEMA main.logging CASCADE"}, {"-", "-"}, {"/", "*"}, {"SHOW CATALOGS LIKE '", "''"},
		{"SELECT * FROM main.logging.team_chat_payload WHERE ", "NOT "}, {"SELECT * FROM main.logging.team_chat_payload WHERE ", "("}, {"SELECT * FROM main.logging.team_chat_payload WHERE requester LIKE '", "%a"}, {"", "中"}, {"", `\\`}, {"", `\"`},
	} {
		for _, size := range []int{60_000, 1 << 20, 16<<20 - 100} {
			if size > 1<<20 && c.start != "x" {
				continue // nothing looks at those
			}
			text := c.start + strings.Repeat(c.repeated, (size-len(c.start))/len(c.repeated))
			body := `{"statement":"` + text + `"}`
			before := w.version()
			var from, to runtime.MemStats
			runtime.ReadMemStats(&from)
			start := time.Now()
			a := w.send(admin, "POST", sqlPath, body)
			took := time.Since(start)
			runtime.ReadMemStats(&to)
			state, _ := dig(a.object(), "status", "state").(string)
			if a.Code != 200 || state != "FAILED" || w.version() != before || a.Body.Len() > 32<<10 {
				t.Errorf("%d of %s %s: %d %.300s", size, c.start, c.repeated, a.Code, a.Body)
			}
			if cost := to.TotalAlloc - from.TotalAlloc; cost > uint64(16<<20+20*size) {
				t.Errorf("%d of %s %s take %d bytes", size, c.start, c.repeated, cost)
			}
			if took > 30*time.Second { // ten times that, at the least, were each byte compared with each
				t.Errorf("%d of %s %s take %v", size, c.start, c.repeated, took)
			}
		}
	}
}
