package rest_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// longList is a list in a request, and how many entries it may have.
type longList struct {
	target, start, end, pointer string
	most                        int
}

func longLists() []longList {
	const routing = `{"config":{"routing":{"destinations":[`
	seed := `{"catalog_name":"main","schema_name":"default","name":"x","destinations":[`
	lists := []longList{{"POST " + seedPath, seed, `]}`, "/destinations", 25}, {"PATCH " + seedChat, `{"destinations":[`, `]}`, "/destinations", 25},
		{"POST " + seedPath, `{` + seedStart + `,"routes":{"strategy":"traffic_split","destinations":[`, `]}}`, "/routes/destinations", 10},
		{"PATCH " + seedChat, `{"routes":{"strategy":"traffic_split","destinations":[`, `]}}`, "/routes/destinations", 10}}
	for _, target := range []string{"POST " + gaCreate + "x", "PATCH " + gaUpdate("*"), "PATCH " + gaUpdate("comment")} {
		lists = append(lists,
			longList{target, routing, `]}}}`, "/config/routing/destinations", 10},
			longList{target, routing + gaDestination + `],"fallback":{"destinations":[`, `]}}}}`, "/config/routing/fallback/destinations", 5},
			longList{target, routing + gaDestination + `]},"rate_limits":[`, `]}}`, "/config/rate_limits", 20})
	}
	for _, at := range []string{"/catalog/main", "/model_service/main.default.none"} {
		lists = append(lists,
			longList{"PATCH " + grantsPath + at, `{"changes":[`, `]}`, "/changes", 1000},
			longList{"PATCH " + grantsPath + at, `{"changes":[{"principal":"carol","add":[`, `]}]}`, "/changes/0/add", 100},
			longList{"PATCH " + grantsPath + at, `{"changes":[{},{"remove":[`, `],"principal":"carol"}]}`, "/changes/1/remove", 100})
	}
	for _, name := range []string{"ai_team", "nobody"} {
		lists = append(lists,
			longList{"PATCH " + principalsPath + "/" + name, `{"add_members":[`, `]}`, "/add_members", 10_000},
			longList{"PATCH " + principalsPath + "/" + name, `{"add_members":["bob"],"remove_members":[`, `]}`, "/remove_members", 10_000})
	}
	return lists
}

// A list that is longer than it may be is refused as such, whatever is in
// it, who asks and whether it is named; one that is not is looked into.
func TestLongLists(t *testing.T) {
	w := newRich(t)
	for _, l := range longLists() {
		method, target, _ := strings.Cut(l.target, " ")
		for _, entry := range []string{`{}`, `"x"`, `null`, `[[]]`, `{"a":",]"}`} {
			body := l.start + strings.Repeat(entry+",", l.most) + entry + l.end
			for _, who := range []string{admin, "carol"} {
				if e := w.refused(who, method, target, body, 400); e.field() != l.pointer || !strings.Contains(e.Message, fmt.Sprintf("at most %d entries", l.most)) {
					t.Errorf("%s with %d of %s in %s blames %q: %s", l.target, l.most+1, entry, l.pointer, e.field(), e.Message)
				}
			}
		}
		body := l.start + strings.Repeat(`7,`, l.most-1) + `7` + l.end
		if e := w.refused(admin, method, target, body, 400); e.field() != l.pointer+"/0" {
			t.Errorf("%s with %d entries in %s blames %q: %s", l.target, l.most, l.pointer, e.field(), e.Message)
		}
	}
}

// A service may have as many of everything as the field says (ruling R15), and
// all of that can be read and sent back in both shapes.
func TestLongestLists(t *testing.T) {
	w := newRich(t)
	percent := strings.Replace(gaDestination, `"a",`, `"a","traffic_percentage":10,`, 1)
	limits := strings.TrimSuffix(strings.Repeat(`{`+gaLimit+`,"requests":5},`, 20), ",")
	body := `{"config":{"routing":{"destinations":[` + gaMany(10, percent) + `],"fallback":{"destinations":[` +
		strings.ReplaceAll(gaMany(5, gaDestination), `"name":"a`, `"name":"f`) + `]}},"rate_limits":[` + limits + `]}}`
	w.ok(admin, "PATCH", gaUpdate("*"), body)
	for _, c := range []struct{ get, patch string }{{chatPath, gaUpdate("*")}, {seedChat, seedChat}} {
		before := w.send(admin, "GET", c.get, "").Body.String()
		if a := w.send(admin, "PATCH", c.patch, before); a.Code != 200 || a.Body.String() != before {
			t.Errorf("%d %s\nof\n%s", a.Code, a.Body, before)
		}
	}
}

// What else may be as long as the package says is taken when it is.
func TestLongestChanges(t *testing.T) {
	w := newMain(t)
	many := func(n int, entry string) string { return strings.Repeat(entry+",", n-1) + entry }
	w.ok(admin, "PATCH", grantsPath+"/catalog/main", `{"changes":[`+many(999, `{"principal":"carol","add":["USE_CATALOG"]}`)+`,{"principal":"carol","add":[`+
		many(100, `"USE_SCHEMA"`)+`],"remove":[`+many(100, `"EXECUTE"`)+`]}]}`)
	if got := compact(w.ok(admin, "GET", grantsPath+"/catalog/main?principal=carol", "")["privilege_assignments"]); got != `[{"principal":"carol","privileges":["USE_CATALOG","USE_SCHEMA"]}]` {
		t.Errorf("granted is %s", got)
	}
	w.ok(admin, "PATCH", principalsPath+"/ai_team", `{"add_members":[`+many(10_000, `"carol"`)+`],"remove_members":[`+many(10_000, `"robot"`)+`]}`)
	if got := compact(w.ok(admin, "GET", principalsPath+"/ai_team", "")["members"]); got != `["bob@example.com","carol"]` {
		t.Errorf("members are %s", got)
	}
}

// However many entries a body has, no more memory goes into them than into
// reading it.
func TestLongListsCostReading(t *testing.T) {
	w := newRich(t)
	for _, l := range longLists() {
		method, target, _ := strings.Cut(l.target, " ")
		body := l.start + strings.Repeat(`{},`, 300_000) + `{}` + l.end
		r := httptest.NewRequest(method, "http://host"+target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer carol")
		a := answer{httptest.NewRecorder(), t}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w.api.ServeHTTP(a, r)
		runtime.ReadMemStats(&after)
		if a.Code != 400 || a.refusal().field() != l.pointer {
			t.Errorf("%s answers %d %s", l.target, a.Code, a.Body)
		}
		if cost := (after.TotalAlloc - before.TotalAlloc) / uint64(len(body)); cost > 16 {
			t.Errorf("%s, %s: %d bytes for each byte of the body", l.target, l.pointer, cost)
		}
	}
}

// Neither does the number of members of an object cost more, of one that is
// ignored or of one that may have any.
func TestManyMembersCostReading(t *testing.T) {
	w := newRich(t)
	var b strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&b, `"%x":"",`, i)
	}
	members := b.String() + `"z":""}}`
	for _, c := range []struct{ target, start string }{
		{"PATCH " + catalogsPath + "/nosuch", `{"properties":{`},
		{"POST " + schemasPath, `{"properties":{`},
		{"PATCH " + catalogsPath + "/nosuch", `{"options":{`},
		{"PATCH " + gaPath + "/no.such.thing?update_mask=comment", `{"etag":{`},
		{"POST " + sqlPath, `{"parameters":{`},
	} {
		method, target, _ := strings.Cut(c.target, " ")
		body := c.start + members
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := w.send("carol", method, target, body)
		runtime.ReadMemStats(&after)
		if e := a.refusal(); a.Code != 400 || !strings.Contains(e.Message, "one member more than the 10000") {
			t.Errorf("%s answers %d %.300s", c.target, a.Code, a.Body)
		}
		if cost := (after.TotalAlloc - before.TotalAlloc) / uint64(len(body)); cost > 16 {
			t.Errorf("%s: %d bytes for each byte of the body", c.target, cost)
		}
	}
}
