package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/rest"
)

// everyBody is a sound body for every path that takes one, in the world of
// newRich, with all that it may have in it. Of free members any text will do; of
// those in ignored, anything at all, or at least nothing.
var everyBody = []struct{ target, body, free, ignored string }{
	{"POST " + catalogsPath, `{"name":"x","comment":"c","properties":{"k":"v"},"created_at":1,"full_name":"x","isolation_mode":"OPEN","storage_root":""}`, "comment k", "created_at full_name storage_root"},
	{"PATCH " + catalogsPath + "/main", `{"name":"main","new_name":"x","owner":"carol","comment":"c","properties":{"k":"v"},"updated_by":"x","isolation_mode":"OPEN","options":{}}`, "comment k", "updated_by options"},
	{"POST " + schemasPath, `{"catalog_name":"main","name":"x","comment":"c","properties":{"k":"v"},"schema_id":"7","storage_root":null}`, "comment k", "schema_id storage_root"},
	{"PATCH " + schemasPath + "/main.default", `{"name":"default","new_name":"x","owner":"carol","comment":"c","properties":{"k":"v"},"id":7}`, "comment k", "id"},
	{"PATCH " + tablesPath + "/main.logging.chat_payload", `{"owner":"carol","comment":"","name":"x","columns":[],"created_at":1}`, "comment", "name columns created_at"},
	{"POST " + gaCreate + "x", hostileGA, "comment", "etag table is_deleted"},
	{"PATCH " + gaUpdate("*"), strings.Replace(hostileGA, `"owner":"alice",`, "", 1), "comment", "etag table is_deleted"},
	{"POST " + seedPath, hostileSeed, "comment", "created_at is_deleted"},
	{"PATCH " + seedChat, strings.Replace(hostileSeed, `"name":"x",`, "", 1), "comment", "created_at is_deleted"},
	{"PATCH " + grantsPath + "/catalog/main", `{"changes":[{"principal":"carol","add":["USE_CATALOG"],"remove":["USE_SCHEMA"]}],"omit_permissions_in_response":false}`, "", ""},
	{"POST " + principalsPath, `{"name":"x","type":"user","created_at":1}`, "", "created_at"},
	{"PATCH " + principalsPath + "/carol", `{"name":"carol","new_name":"x","member_of":["x"]}`, "", "member_of"},
	{"PATCH " + principalsPath + "/ai_team", `{"name":"ai_team","add_members":["carol"],"remove_members":["robot"],"members":[]}`, "", "members"},
	{"POST " + sqlPath, `{"statement":"SHOW GRANTS ON METASTORE","row_limit":1,"catalog":"main","schema":"default","warehouse_id":"x","wait_timeout":"10s"}`, "statement catalog schema", "warehouse_id wait_timeout"},
}

const hostileGA = `{"comment":"c","owner":"alice","etag":"x","config":{"routing":{"destinations":[` + gaTyped + `,"traffic_percentage":100,"is_deleted":true}],` +
	`"fallback":{"destinations":[` + gaTyped2 + `}]},"first_token_timeout":"3.5s","traffic_splitting":{}},` +
	`"rate_limits":[{"key":"RATE_LIMIT_KEY_USER","principal":"carol","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":1,"tokens":2}],` +
	`"inference_table":{"parent":"schemas/main.logging","table_name_prefix":"p","disabled":false,"durability":"FAST","payloads":"ALL","omit_refused":false,"table":"x"}}}`

const (
	gaTyped  = `{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}`
	gaTyped2 = `{"name":"b","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}`
)

const hostileSeed = `{"catalog_name":"main","schema_name":"default","name":"x","comment":"c","owner":"alice","created_at":1,` +
	`"destinations":[{"name":"a","model":"system.ai.m","traffic_percentage":100,"is_deleted":false}],` +
	`"routes":{"strategy":"traffic_split","destinations":["a"]},"inference_table":"main.logging.x_payload","rate_limits":{"tpm":1,"qpm":2}}`

// bodiless are paths that are posted to and take no body.
var bodiless = []string{sqlPath + "/{id}/cancel"}

// No path that takes a body is forgotten.
func TestEveryBodyIsThere(t *testing.T) {
	var known http.ServeMux
	for pattern, methods := range rest.Patterns() {
		for _, method := range methods {
			known.Handle(method+" "+pattern, http.NotFoundHandler())
		}
	}
	seen := map[string]bool{}
	for _, b := range everyBody {
		method, target, _ := strings.Cut(b.target, " ")
		_, pattern := known.Handler(httptest.NewRequest(method, target, nil))
		seen[pattern] = true
	}
	for pattern, methods := range rest.Patterns() {
		for _, method := range methods {
			if says := method + " " + pattern; method != "GET" && method != "DELETE" && !seen[says] && !slices.Contains(bodiless, pattern) && pattern != sqlPath+"/{$}" {
				t.Errorf("nothing hostile is sent to %s", says)
			}
		}
	}
}

// piece is a member or an element of a sound body.
type piece struct {
	pointer        string
	name           string // of a member
	at, start, end int    // where its name, or else it, and its value begin; where that ends
	free, ignored  bool
	inside         bool // of something that is ignored, or free in its names
}

// pieces takes a body apart that has no spaces and no escapes.
func pieces(body, free, ignored string) []piece {
	var all []piece
	var walk func(at int, p piece) int
	walk = func(at int, p piece) int {
		p.start = at
		i := len(all)
		all = append(all, p)
		switch body[at] {
		case '{':
			for at++; body[at] != '}'; {
				name, _, _ := strings.Cut(body[at+1:], `"`)
				at = walk(at+len(name)+3, piece{pointer: p.pointer + "/" + name, name: name, at: at, inside: p.inside || p.name == "properties" || p.ignored,
					free: has(free, name), ignored: p.ignored || has(ignored, name)})
				at += strings.Count(body[at:at+1], ",")
			}
			at++
		case '[':
			n := 0
			for at++; body[at] != ']'; n++ {
				at = walk(at, piece{pointer: fmt.Sprintf("%s/%d", p.pointer, n), at: at, ignored: p.ignored})
				at += strings.Count(body[at:at+1], ",")
			}
			at++
		case '"':
			at += strings.Index(body[at+1:], `"`) + 2
		default:
			at += strings.IndexAny(body[at:], ",]}")
		}
		all[i].end = at
		return at
	}
	walk(0, piece{})
	return all
}

func has(names, name string) bool {
	for _, n := range strings.Fields(names) {
		if n == name {
			return true
		}
	}
	return false
}

// kind is what a JSON value is by how it begins.
func kind(value string) byte {
	if strings.IndexByte("-0123456789", value[0]) >= 0 {
		return '0'
	}
	return value[0]
}

// attempt is a body with one thing wrong in it, and what is to blame.
type attempt struct {
	body, pointer string
	free          bool // it may be taken
	inSense       bool // its text is sound, and another place that does not go with it may be blamed
}

// misspelled are the bodies with one name changed (case 5.2), in another case
// (5.1), or there twice.
func misspelled(body string, p piece) (all []attempt) {
	parent := strings.TrimSuffix(p.pointer, p.name)
	as := func(name string) {
		all = append(all, attempt{body[:p.at] + `"` + name + `"` + body[p.start-1:], parent + name, false, false})
	}
	if !p.inside {
		for i := range p.name {
			as(p.name[:i] + "0" + p.name[i+1:])
		}
		as(p.name + "_")
		as(p.name[1:])
		as(strings.ToUpper(p.name))
		as(strings.ToUpper(p.name[:1]) + p.name[1:])
		for plain, odd := range map[string]string{"s": "ſ", "k": "\u212A", "_": "-", "i": "ı", "e": "е"} {
			if strings.Contains(p.name, plain) {
				as(strings.Replace(p.name, plain, odd, 1))
			}
		}
	}
	value := body[p.start:p.end]
	for _, again := range []string{p.name, fmt.Sprintf(`\u%04x`, p.name[0]) + p.name[1:]} {
		all = append(all, attempt{body[:p.end] + `,"` + again + `":` + value + body[p.end:], p.pointer, false, false},
			attempt{body[:p.at] + `"` + again + `":null,` + body[p.at:], p.pointer, false, false})
	}
	upper := strings.ToUpper(p.name)
	return append(all, attempt{body[:p.end] + `,"` + upper + `":` + value + body[p.end:], parent + upper, false, false})
}

// mistyped are the bodies with a value of another kind, or out of all bounds
// (5.3, 5.6), in its place.
func mistyped(body string, p piece) (all []attempt) {
	is := kind(body[p.start:])
	for _, value := range []string{
		`{}`, `[]`, `""`, `"x"`, `"1"`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `1e2`, `9007199254740993`, `9223372036854775807`, `null`, `[null]`, `[[]]`, `{"x":1}`,
	} {
		free := p.ignored || value == "null" || kind(value) == is || is == 't' && value == "false" || is == 'f' && value == "true"
		all = append(all, attempt{body[:p.start] + value + body[p.end:], p.pointer, free, false})
	}
	broken := []string{`1e400`, `-1e400`, `9223372036854775808`, `"\ud800"`, "\"\xff\"", "\"\xc0\xae\"", `"\u0000"`, `nul`, `'x'`}
	if p.name != "" {
		broken = append(broken, ``)
	}
	for _, value := range broken {
		all = append(all, attempt{body[:p.start] + value + body[p.end:], p.pointer, false, false})
	}
	for _, deep := range []int{65, 1000} {
		all = append(all, attempt{body[:p.start] + strings.Repeat("[", deep) + strings.Repeat("]", deep) + body[p.end:], p.pointer, false, false})
	}
	return all
}

// written are the bodies with a control character in a text (5.7), written out
// and escaped: C0, DEL and C1.
func written(body string, p piece) (all []attempt) {
	middle := p.start + 1
	for c := rune(0); c < 0xA0; c++ {
		if c >= 0x20 && c < 0x7F {
			continue
		}
		all = append(all, attempt{body[:middle] + string(c) + body[middle:], p.pointer, false, false},
			attempt{body[:middle] + fmt.Sprintf(`\u%04x`, c) + body[middle:], p.pointer, (p.free || p.ignored) && strings.ContainsRune("\t\n\r", c), strings.ContainsRune("\t\n\r", c)})
	}
	return all
}

// long are the bodies with a text of more than any name may have.
func long(body string, p piece) (all []attempt) {
	for _, text := range []string{strings.Repeat("x", 256), strings.Repeat("x", 65_536), strings.Repeat("x", 1<<20)} {
		all = append(all, attempt{body[:p.start] + `"` + text + body[p.start+1:], p.pointer, p.ignored || p.free, true})
	}
	return all
}

// repeated are the bodies of 64 KiB in which one entry of a list is there again
// and again, or an object that may have any members has many.
func repeated(body string, p piece) (all []attempt) {
	room := 64<<10 - len(body)
	switch entry := body[p.start:p.end]; {
	case p.pointer != "" && p.name == "": // an entry
		all = append(all, attempt{body[:p.end] + strings.Repeat(","+entry, room/(len(entry)+1)) + body[p.end:], p.pointer, true, true})
		all = append(all, attempt{body[:p.end] + strings.Repeat(`,{}`, room/3) + body[p.end:], p.pointer, p.ignored, true})
	case p.ignored || p.name == "properties":
		var b strings.Builder
		for i := 0; b.Len() < room-16; i++ {
			fmt.Fprintf(&b, `"%x":"",`, i)
		}
		all = append(all, attempt{body[:p.start] + `{` + b.String() + `"z":""}` + body[p.end:], p.pointer, p.ignored, false})
	}
	return all
}

// Whatever is wrong in any member of any body is refused for that member, and
// cheaply, and has changed nothing (invariants I43, I45).
func TestHostileMembers(t *testing.T) {
	n := 0
	for _, b := range everyBody {
		w := newRich(t)
		for _, p := range pieces(b.body, b.free, b.ignored) {
			var all []attempt
			if p.name != "" {
				all = append(all, misspelled(b.body, p)...)
			}
			if p.pointer != "" {
				all = append(all, mistyped(b.body, p)...)
				all = append(all, repeated(b.body, p)...)
			}
			switch b.body[p.start] {
			case '"':
				all = append(all, written(b.body, p)...)
				all = append(all, long(b.body, p)...)
			case '{':
				if !p.ignored && p.name != "properties" {
					more := `"zz":null`
					if b.body[p.start+1] != '}' {
						more += ","
					}
					all = append(all, attempt{b.body[:p.start+1] + more + b.body[p.start+1:], p.pointer + "/zz", false, false})
				}
			}
			for _, a := range all {
				if n++; n%every == 0 && w.attempt(b.target, a) {
					w = newRich(t) // for the next one, which is sound but for its own fault
				}
			}
		}
	}
	if n < 10_000 {
		t.Errorf("only %d bodies", n)
	}
}

// What an answer to a body of at most 64 KiB may take, of time and memory; longer
// ones have more of both.
const (
	mostTime   = 50 * time.Millisecond
	mostMemory = 16 << 20
)

// attempt holds all that is promised of an answer, and reports whether the body
// was taken.
func (w *world) attempt(target string, a attempt) (taken bool) {
	w.Helper()
	method, path, _ := strings.Cut(target, " ")
	before := w.version()
	var answered answer
	for try := 0; ; try++ { // somebody else may have the machine
		var from, to runtime.MemStats
		runtime.ReadMemStats(&from)
		start := time.Now()
		answered = w.send(admin, method, path, a.body)
		took := time.Since(start)
		runtime.ReadMemStats(&to)
		if cost := to.TotalAlloc - from.TotalAlloc; cost > mostMemory {
			w.Errorf("%s %.300s\ntakes %d bytes", target, a.body, cost)
		}
		if took <= mostTime || len(a.body) > 64<<10 || answered.Code == 200 {
			break
		}
		if try == 5 {
			w.Errorf("%s %.300s\ntakes %v", target, a.body, took)
			break
		}
	}
	if answered.Code == 200 {
		if !a.free {
			w.Errorf("%s %.1000s\nis taken", target, a.body)
		}
		return true
	}
	e := answered.refusal()
	switch {
	case w.version() != before:
		w.Errorf("%s %.300s\nis refused and has changed something", target, a.body)
	case answered.Code/100 != 4:
		w.Errorf("%s %.300s\nanswers %d %s", target, a.body, answered.Code, e.Message)
	case answered.Code != 400 && !a.free && e.field() == "":
		w.Errorf("%s %.300s\nanswers %d %s, and blames nothing", target, a.body, answered.Code, e.Message)
	case answered.Code == 400 && e.field() == "":
		w.Errorf("%s %.300s\nblames nothing: %s", target, a.body, e.Message)
	case answered.Code == 400 && !strings.Contains(e.Message, strings.SplitN(e.field(), "…", 2)[0]):
		w.Errorf("%s %.300s\nblames %s, and the message does not say so: %s", target, a.body, e.field(), e.Message)
	case !a.free && !a.inSense && !within(e.field(), a.pointer):
		w.Errorf("%s %.600s\nblames %s, want %s: %s", target, a.body, e.field(), a.pointer, e.Message)
	}
	return false
}

// within reports whether a place is another one, around it or in it: of what is
// in an entry the metastore blames the entry, and of what is deep its depth.
func within(blamed, pointer string) bool {
	return blamed == pointer || blamed != "" && strings.HasPrefix(pointer, blamed+"/") || strings.HasPrefix(blamed, pointer+"/")
}
