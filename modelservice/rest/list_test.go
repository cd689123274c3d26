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
	return lists
}

// A list that is longer than any service has it is refused as such, whatever is in
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
