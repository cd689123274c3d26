package rest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
)

// secret is in what carol may not see.
const secret = "SECRET"

// newPaths is a world with two catalogs alike but for their names: open is
// carol's, and of shut she knows nothing.
func newPaths(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	for _, in := range []string{"open", "shut"} {
		at := strings.NewReplacer("%c", in, "%s", map[string]string{"open": "plain", "shut": secret}[in])
		w.ok(admin, "POST", catalogsPath, at.Replace(`{"name":"%c","comment":"%s"}`))
		w.ok(admin, "POST", schemasPath, at.Replace(`{"catalog_name":"%c","name":"in","comment":"%s"}`))
		w.ok(admin, "POST", seedPath, at.Replace(`{"catalog_name":"%c","schema_name":"in","name":"chat","comment":"%s","destinations":[{"name":"a","model":"system.ai.m"}],"inference_table":"%c.in.log"}`))
	}
	w.statement(admin, "ALTER CATALOG open OWNER TO carol")
	return w
}

// pathBodies are what the methods that have bodies send, by what is in the path.
var pathBodies = []struct{ method, in, body string }{
	{"PATCH", "permissions/", `{"changes":[{"principal":"robot","add":["MANAGE"]}]}`},
	{"PATCH", "principals/", `{"new_name":"spoiled"}`},
	{"PATCH", "", `{"comment":"spoiled"}`},
	{"POST", "", `{"statement":"SHOW CATALOGS"}`},
}

var pathMethods = []string{"GET", "PATCH", "DELETE", "POST", "HEAD", "PUT", "OPTIONS"}

// pathTargets are all paths with a name in them, with each of the names in the
// world in each of its places.
func pathTargets() []string {
	var all []string
	for _, pattern := range slices.Sorted(maps.Keys(rest.Patterns())) {
		if !strings.Contains(pattern, "{name}") {
			continue
		}
		for _, object := range []string{"catalog open", "schema open.in", "model_service open.in.chat", "table open.in.log", "principal robot"} {
			kind, name, _ := strings.Cut(object, " ")
			if strings.Contains(pattern, "{type}") == (kind != "principal") || strings.Contains(pattern, "principals") == (kind == "principal") {
				all = append(all, strings.NewReplacer("{type}", kind, "{name}", name).Replace(pattern))
			}
		}
	}
	return all
}

// spellings are other ways to write a path that ends in a name (case 5.5), most
// of which lead nowhere.
func spellings(target string) []string {
	at := strings.LastIndexByte(target, '/') + 1
	head, name := target[:at], target[at:]
	first, rest := name[:1], name[1:]
	escaped := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString("%" + string("0123456789ABCDEF"[s[i]>>4]) + string("0123456789abcdef"[s[i]&15]))
		}
		return b.String()
	}
	all := []string{
		name, strings.ToUpper(name), strings.ToUpper(first) + rest, escaped(name), escaped(first) + rest, strings.ReplaceAll(name, ".", "%2E"), strings.ReplaceAll(name, ".", "%2e"),
		strings.ReplaceAll(name, ".", "%252e"), strings.ReplaceAll(name, ".", "%2F"), strings.ReplaceAll(name, ".", "%2f"), strings.ReplaceAll(name, ".", "/"), strings.ReplaceAll(name, ".", `\`), strings.ReplaceAll(name, ".", "%5C"),
		strings.ReplaceAll(name, ".", ".."), strings.ReplaceAll(name, ".", "%EF%BC%8E"), strings.ReplaceAll(name, ".", "%c0%ae"), strings.ReplaceAll(name, ".", "．"),
		name + "/", name + "//", name + "/.", name + "/..", name + "/x", name + ".", name + "..", name + "%2E", "." + name, name + ";x", name + ";", name + "%3Bx", name + "%3Fx=1", name + "%23", name + "?", name + "?x=1",
		name + "%00", "%00" + name, name + "%20", name + "+", "%20" + name, name + "%09", name + "%0a", name + "%0d%0aX:%20y", name + "%7f", name + "%c2%85", name + "%E2%80%8B", name + "%E2%80%AE", name + "%EF%BB%BF", name + "%c2%a0",
		name + "%ff", name + "%c0%af", name + "%ed%a0%80", name + "%", name + "%2", name + "%zz", name + "%u0065", name + "*", name + "%2A", name + "%25", escaped(escaped(name)),
		"../" + name, "./" + name, "x/../" + name, "..%2F" + name, "%2e%2e/" + name, "%2e%2e%2F" + name, "x%2F..%2F" + name, "%2F" + name, "/" + name, "//" + name, "%5c" + name, "..;/" + name, "", ".", "..", "%2e", "%2e%2e", "%252e%252e", "*", "%00",
		"%EF%BD%8F" + rest, "%D0%BE" + rest, "%C5%BF" + rest, "%E2%84%AA" + rest, first + "%CC%81" + rest, first + "%C2%AD" + rest, strings.Repeat("a", 256), strings.Repeat("%C3%A9", 300), name + strings.Repeat("/", 1000), strings.Repeat("../", 1000) + name,
		"model-services%2F" + name, "`" + name + "`", "%60" + name + "%60", "'" + name + "'", name + "'--", name + "%27%20OR%201=1",
	}
	for i, s := range all {
		all[i] = head + s
	}
	return append(all, "http://other"+target, "http://host"+target, "/"+target, strings.Replace(target, "/api", "/x/../api", 1), strings.Replace(target, "/api", "/API", 1),
		strings.Replace(target, "/api/", "/api%2F", 1), strings.Replace(target, "/api/", "//api/", 1), strings.Replace(target, "/api/", "/api//", 1), strings.Replace(target, "/api", "/%61pi", 1), strings.Replace(target, "unity-catalog", "unity%2Dcatalog", 1),
		strings.Replace(target, "2.1", "2.1/.", 1), strings.Replace(target, "2.1", "2%2e1", 1), strings.TrimPrefix(target, "/"), "*", "host:80")
}

// Of all spellings of a path none leads to an object other than the one it
// names, whoever may see which.
func TestHostilePaths(t *testing.T) {
	w := newPaths(t)
	n := 0
	for _, target := range pathTargets() {
		for _, spelled := range spellings(target) {
			if n++; n%every != 0 {
				continue
			}
			for _, method := range pathMethods[:4] {
				w = w.path(method, spelled)
				if shut := rename.Replace(spelled); shut != spelled {
					w = w.path(method, shut)
				}
			}
		}
	}
}

// FuzzPath: the same for whatever stands in the first line of a request.
func FuzzPath(f *testing.F) {
	for i, target := range pathTargets() {
		for j, spelled := range spellings(target) {
			if (i+j)%7 == 0 {
				f.Add(uint8(j), spelled)
				f.Add(uint8(j), rename.Replace(spelled))
			}
		}
	}
	var w *world
	f.Fuzz(func(t *testing.T, method uint8, target string) {
		if w == nil {
			w = newPaths(lasting{t})
		}
		w.TB = lasting{t}
		w = w.path(pathMethods[int(method)%len(pathMethods)], target)
	})
}

// lasting is a test whose world outlives it, for the next one: it ends with the
// process.
type lasting struct{ testing.TB }

func (lasting) Cleanup(func()) {}

var (
	rename = strings.NewReplacer("open", "shut", "OPEN", "SHUT", "Open", "Shut", "%6F%70%65%6E", "%73%68%75%74", "%6f%70%65%6e", "%73%68%75%74", "%6Fpen", "%73hut")
	absent = strings.NewReplacer("shut", "void", "SHUT", "VOID", "Shut", "Void", "%73%68%75%74", "%76%6F%69%64", "%73hut", "%76oid")
)

// path sends one request of carol's and holds what is promised of every path. It
// returns the world to go on with, another one when something has changed.
func (w *world) path(method, target string) *world {
	w.Helper()
	before := w.version()
	a, r := w.raw(method, target)
	if a == nil {
		return w // no request for package http, which answers 400
	}
	shows := a.Body.String()
	e := map[string]any{}
	switch {
	case a.Code >= 500 || a.Code/100 == 3:
		w.Errorf("%s %q answers %d %s", method, target, a.Code, shows)
	case json.Unmarshal(a.Body.Bytes(), &e) != nil || a.Header().Get(modelservice.RequestIDHeader) == "":
		w.Errorf("%s %q answers %s", method, target, shows)
	case strings.Contains(shows, secret):
		w.Errorf("%s %q shows what is not for carol: %s", method, target, shows)
	case a.Code != 200 && a.Code != 400 && a.Code != 403 && a.Code != 404 && a.Code != 405 && a.Code != 409:
		w.Errorf("%s %q answers %d %s", method, target, a.Code, shows)
	}
	if name, ok := e["full_name"].(string); ok && a.Code == 200 && name != named(r.URL) {
		w.Errorf("%s %q, which names %q, is answered with %q", method, target, named(r.URL), name)
	}
	if name, ok := e["name"].(string); ok && strings.HasPrefix(name, "model-services/") && name != "model-services/"+named(r.URL) {
		w.Errorf("%s %q, which names %q, is answered with %q", method, target, named(r.URL), name)
	}
	if w.version() != before {
		named := named(r.URL)
		if own, _, _ := strings.Cut(named, "."); a.Code != 200 || own != "open" || method == "GET" || method == "HEAD" || method == "OPTIONS" {
			w.Errorf("%s %q answers %d and has changed %q", method, target, a.Code, named)
		}
		w = newPaths(w.TB)
	}
	if missing := absent.Replace(target); missing != target {
		b, _ := w.raw(method, missing)
		if b == nil || absent.Replace(a.plain()) != absent.Replace(b.plain()) {
			w.Errorf("%s %q\nhidden:  %s\nmissing: %s", method, target, a.plain(), b.plain())
		}
	}
	return w
}

// raw sends a request as a server reads it, and returns it.
func (w *world) raw(method, target string) (*answer, *http.Request) {
	w.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: host\r\nAuthorization: Bearer carol\r\n\r\n")))
	if err != nil || r.Method != method || r.Host != "host" && !strings.Contains(target, "://") {
		return nil, nil
	}
	for _, b := range pathBodies {
		if b.method == method && strings.Contains(target, b.in) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(b.body)), int64(len(b.body))
			break
		}
	}
	if method == "PATCH" && r.URL.RawQuery == "" {
		r.URL.RawQuery = "update_mask=comment"
	}
	a := &answer{httptest.NewRecorder(), w.TB}
	w.api.ServeHTTP(a, r)
	return a, r
}

// named is the name that a path ends in: what is after the last slash there is,
// decoded once, in its one form.
func named(u *url.URL) string {
	escaped := u.EscapedPath()
	segment, err := url.PathUnescape(escaped[strings.LastIndexByte(escaped, '/')+1:])
	if err != nil {
		return ""
	}
	name, err := catalog.ParseFullName(segment)
	if err != nil {
		return ""
	}
	return name.String()
}
