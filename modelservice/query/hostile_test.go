package query_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/query"
)

const hello = `"messages":[{"role":"user","content":"hello"}]`

// hostileBodies are refused with 400 before anybody is asked (ruling R33).
var hostileBodies = []string{
	``, ` `, "\x00", `null`, `[]`, `"main.default.chat"`, `1`, `{`, `}`, `{}`, `{]`, `{"model"}`, `{"model":}`, `{"model":"main.default.chat"`, `{"model":"main.default.chat",}`,
	`{"model":"main.default.chat"} {}`, `{"model":"main.default.chat"}x`, `{"model":"main.default.chat"}` + "\x00", "\ufeff" + `{"model":"main.default.chat"}`, `{'model':'main.default.chat'}`, `{model:"main.default.chat"}`,
	`{` + hello + `}`, `{"model":null,` + hello + `}`, `{"model":1,` + hello + `}`, `{"model":["main.default.chat"],` + hello + `}`, `{"model":{"name":"main.default.chat"},` + hello + `}`, `{"model":true,` + hello + `}`,
	`{"model":"main.default.chat","model":"main.default.chat",` + hello + `}`, `{"model":"main.default.chat","\u006dodel":"main.default.bare",` + hello + `}`, `{"model":"main.default.chat","model":null,` + hello + `}`, `{"model":"main.default.chat","Model":"main.default.bare",` + hello + `}`,
	`{"model":"main.default.chat","stream":"true",` + hello + `}`, `{"model":"main.default.chat","stream":1,` + hello + `}`, `{"model":"main.default.chat","stream":[],` + hello + `}`,
	`{"model":"main.default.chat","x":01}`, `{"model":"main.default.chat","x":+1}`, `{"model":"main.default.chat","x":.5}`, `{"model":"main.default.chat","x":1.}`, `{"model":"main.default.chat","x":1e}`, `{"model":"main.default.chat","x":NaN}`, `{"model":"main.default.chat","x":Infinity}`,
	`{"model":"main.default.chat","x":nul}`, `{"model":"main.default.chat","x":TRUE}`, `{"model":"main.default.chat","x":"` + "\n" + `"}`, `{"model":"main.default.chat","x":"` + "\x00" + `"}`, `{"model":"main.default.chat","x":"\q"}`, `{"model":"main.default.chat","x":"\u12"}`, `{"model":"main.default.chat","x":"abc}`,
	`{"model":"main.default.chat","x":[1,]}`, `{"model":"main.default.chat","x":[1 2]}`, `{"model":"main.default.chat","x":{"a" 1}}`, `{"model":"main.default.chat","x":{1:1}}`, `{"model":"main.default.chat","x":/**/1}`, `{"model":"main.default.chat"//` + "\n}",
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", `model=main.default.chat`, "--x\r\nContent-Disposition: form-data; name=model\r\n\r\nmain.default.chat\r\n--x--", `<model>main.default.chat</model>`, "{\u00a0\"model\":\"main.default.chat\"}", "{\v\"model\":\"main.default.chat\"}", "\xff\xfe{\x00}\x00",
}

// oddNames are names that no service has, and that lead to none: 400 for what can
// be no name, 404 for what could be one (ruling R9, case 5.5).
var oddNames = []string{
	`main.default.chat `, ` main.default.chat`, `main.default.chat.`, `.main.default.chat`, `main..chat`, `main.default`, `main`, ``, `.`, `..`, `...`, `main/default/chat`, `main.default.chat/x`, `../main.default.chat`, `main%2Edefault%2Echat`, `main.default.chat%00`,
	`main.default.chat\u0000`, `main.default.chat\n`, `main.default.chat\u200b`, `main.default.chat\u202e`, `main.default.\u0441hat`, `main\uff0edefault\uff0echat`, `main.default.chat;`, `main.default.chat'--`, "`main`.`default`.`chat`", `models/main.default.chat`, `main.default.chat?x`, `main.default.chat#x`, `*`, `main.default.*`, `main.default.%`,
	strings.Repeat("a", 300), strings.Repeat("a.", 1000), strings.Repeat("a", 1<<16),
}

// A body that is no request is refused, in a moment, in little memory and for the
// caller's own doing; and nobody else hears of it.
func TestHostileBodies(t *testing.T) {
	w := newWorld(t)
	refused := func(says, body string, statuses ...int) {
		t.Helper()
		for try := 0; ; try++ { // somebody else may have the machine
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			got := w.serve(chatPath, body, nil)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if cost := after.TotalAlloc - before.TotalAlloc; cost > 16<<20 {
				t.Errorf("%s takes %d bytes", says, cost)
			}
			e, _ := wantAnyError(t, says, got, got.status, map[int]string{400: "INVALID_PARAMETER_VALUE", 404: "NOT_FOUND"}[got.status])
			if len(got.body) > 16<<10 {
				t.Errorf("%s is answered with %d bytes", says, len(got.body))
			}
			if ok := got.status == statuses[0] || got.status == statuses[len(statuses)-1]; !ok {
				t.Errorf("%s answers %d %s", says, got.status, e.Message)
			}
			if took < 50*time.Millisecond {
				break
			}
			if try == 5 {
				t.Errorf("%s takes %v", says, took)
				break
			}
		}
	}
	for _, body := range hostileBodies {
		refused(fmt.Sprintf("%.200q", body), body, 400)
	}
	for _, name := range oddNames {
		refused(fmt.Sprintf("model %.100q", name), `{"model":"`+name+`",`+hello+`}`, 400, 404)
	}
	for _, open := range []string{"[", `{"a":`, `[{"a":`} { // no end
		for _, n := range []int{64, 65, 10_000, 100_000} {
			refused(fmt.Sprintf("%d of %s", n, open), `{"model":"main.default.chat",`+hello+`,"x":`+strings.Repeat(open, n), 400)
		}
	}
	if n := w.primary.asked.Load() + w.fallback.asked.Load(); n != 0 {
		t.Errorf("providers were asked %d times", n)
	}
}

// serve answers a request of alice's without a network.
func (w *world) serve(path, body string, header http.Header) reply {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header = http.Header{"Authorization": {"Bearer alice-token"}}
	for name, values := range header {
		r.Header[name] = values
	}
	a := httptest.NewRecorder()
	w.server.Config.Handler.ServeHTTP(a, r)
	return reply{a.Code, a.Result().Header, a.Body.String(), nil, a.Result().ContentLength}
}

// What is odd and no business of ours goes to the provider as it came, but for
// the model's name (ruling R33, case 5.6), or is refused; deep nesting is one of
// the two and takes no more than its length.
func TestOddBodiesPass(t *testing.T) {
	w := newWorld(t)
	var came string
	w.primary.does(func(a http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		came = string(body)
		answers(200, answerOf("primary"))(a, r)
	})
	for _, more := range []string{
		`"x":1e400`, `"x":-1e400`, `"x":9007199254740993`, `"x":123456789012345678901234567890`, `"x":-0`, `"x":0.10`, `"x":1E+2`, `"X":1,"x":2,"x":3`, `"STREAM":"x"`, `"x":{"model":"y","stream":7}`, `"ſtream":1`,
		`"x":"\u0000\ud800\u2028"`, `"x":"é\u00e9"`, `"":""`, `"x" : [ ] `, `"x":` + strings.Repeat("[", 60) + strings.Repeat("]", 60), `"x":"` + strings.Repeat("a", 1<<20) + `"`,
	} {
		got := w.serve(chatPath, `{`+more+`,"model":"main.default.chat",`+hello+`}`, nil)
		if want := `{` + more + `,"model":"upstream-primary",` + hello + `}`; got.status != 200 || came != want {
			t.Errorf("%.100s: answers %d %.300s\nthe provider gets %.300s", more, got.status, got.body, came)
		}
	}
	for _, n := range []int{1000, 100_000, 1_000_000} {
		for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			body := `{"model":"main.default.chat",` + hello + `,"x":` + strings.Repeat(pair[0], n) + `0` + strings.Repeat(pair[1], n) + `}`
			came = ""
			start := time.Now()
			got := w.serve(chatPath, body, nil)
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("%d of %s take %v", n, pair[0], took)
			}
			switch {
			case got.status == 200 && came != strings.Replace(body, "main.default.chat", "upstream-primary", 1):
				t.Errorf("%d of %s come as something else", n, pair[0])
			case got.status != 200 && (got.status != 400 || came != ""):
				t.Errorf("%d of %s answer %d %.200s", n, pair[0], got.status, got.body)
			}
		}
	}
}

// A path has one spelling, and whatever is in a header changes neither the
// service nor who asks for it.
func TestHostilePathsAndHeaders(t *testing.T) {
	w := newWorld(t)
	body := chatBody("chat", false)
	for _, path := range []string{
		chatPath + "/", chatPath + "//", chatPath + "%2F", chatPath + "/.", chatPath + "/..", chatPath + "/../completions", chatPath + ";x", chatPath + "%20", chatPath + "%00", chatPath + ".", "/" + chatPath, strings.ToUpper(chatPath),
		strings.Replace(chatPath, "/v1", "//v1", 1), strings.Replace(chatPath, "/v1", "/./v1", 1), strings.Replace(chatPath, "/v1", "/x/../v1", 1), strings.Replace(chatPath, "/v1", "/%2e%2e/mlflow/v1", 1), strings.Replace(chatPath, "/v1", "%2Fv1", 1), strings.Replace(chatPath, "v1", "%761", 1),
		strings.Replace(chatPath, "mlflow", "%6dlflow", 1), strings.Replace(chatPath, "mlflow", "%256dlflow", 1), strings.Replace(chatPath, "/chat", "%252fchat", 1), "/x" + chatPath, strings.Replace(chatPath, "v1", "v%c0%ae1", 1), strings.Repeat("/a", 100_000),
	} {
		got := w.serve(path, body, nil)
		wantError(t, fmt.Sprintf("%.100q", path), got, 404, "ENDPOINT_NOT_FOUND")
		if len(got.body) > 16<<10 {
			t.Errorf("%.100q is answered with %d bytes", path, len(got.body))
		}
	}
	long := strings.Repeat("x", 1<<20)
	for says, h := range map[string]http.Header{
		"1 MiB of tags":          {query.TagsHeader: {`{"a":"` + long + `"}`}},
		"tags that are no UTF-8": {query.TagsHeader: {"{\"a\":\"\xff\"}"}},
		"deep tags":              {query.TagsHeader: {strings.Repeat(`{"a":`, 3000)}},
		"tags twice":             {query.TagsHeader: {`{}`, `{}`}},
		"tags with a key twice":  {query.TagsHeader: {`{"a":"1","A":"2"}`}},
		"half a wish":            {query.OmitPayloadsHeader: {"yes"}},
		"1 MiB of a wish":        {query.OmitPayloadsHeader: {long}},
	} {
		got := w.serve(chatPath, body, h)
		if wantError(t, says, got, 400, "INVALID_PARAMETER_VALUE"); len(got.body) > 16<<10 {
			t.Errorf("%s is answered with %d bytes", says, len(got.body))
		}
	}
	if n := w.primary.asked.Load(); n != 0 {
		t.Fatalf("the provider was asked %d times", n)
	}
	var came *http.Request
	w.primary.does(func(a http.ResponseWriter, r *http.Request) {
		came = r
		answers(200, answerOf("primary"))(a, r)
	})
	for says, h := range map[string]http.Header{
		"1 MiB of a session":   {"X-Session-Id": {long}},
		"1 MiB of a program":   {"User-Agent": {long}},
		"1 MiB of what is not": {"X-Nothing": {long}},
		"somebody else":        {"X-Forwarded-User": {"admin"}, "X-Databricks-User": {"admin"}, "Remote-User": {"admin"}},
		"another method":       {"X-Http-Method-Override": {"GET"}},
		"another path":         {"X-Original-Url": {"/healthz"}, "X-Rewrite-Url": {"/healthz"}},
		"another host":         {"X-Forwarded-Host": {"elsewhere"}, "Host": {"elsewhere"}},
		"another type":         {"Content-Type": {"text/plain"}},
		"a coding":             {"Content-Encoding": {"identity"}},
	} {
		if got := w.serve(chatPath, body, h); got.status != 200 {
			t.Errorf("%s: answers %d %.300s", says, got.status, got.body)
		}
		for name, values := range h {
			if name != "Content-Type" && came != nil && came.Header.Get(name) == values[0] {
				t.Errorf("%s: the provider gets %s", says, name)
			}
		}
		if rows := w.rows(t); len(rows) > 0 && rows[0].Requester != "alice" {
			t.Errorf("%s: the row says that %q asked", says, rows[0].Requester)
		}
	}
}

// A model's name in a path is decoded once: what is listed is what could be
// called, and what may not be called is not there.
func TestHostileModelPaths(t *testing.T) {
	w := newWorld(t)
	const models = "/ai-gateway/openai/v1/models/"
	for spelled, status := range map[string]int{
		"main.default.chat": 200, "MAIN.default.chat": 200, "main%2Edefault%2Echat": 200, "%6dain.default.chat": 200,
		"main%252Edefault.chat": 404, "main.default.chat/": 404, "main.default.chat%2F": 404, "main.default.chat.": 404, "main.default.chat%00": 404, "main.default.chat%20": 404, "main.default.chat;x": 404,
		"..": 404, "%2e%2e": 404, "main%2Fdefault%2Fchat": 404, "../models/main.default.chat": 404, "%c0%ae": 404, "main.default.chat%E2%80%8B": 404, strings.Repeat("x", 1<<16): 404, "main.default.%D1%81hat": 404, "": 404,
	} {
		for _, who := range []string{"alice-token", "stranger-token"} {
			want := status
			if who == "stranger-token" {
				want = 404
			}
			r := httptest.NewRequest("GET", "http://host"+models, nil)
			r.URL.RawPath = models + spelled
			r.URL.Path, _ = url.PathUnescape(r.URL.RawPath)
			r.Header.Set("Authorization", "Bearer "+who)
			a := httptest.NewRecorder()
			w.server.Config.Handler.ServeHTTP(a, r)
			if a.Code != want || a.Code == 200 && !strings.Contains(a.Body.String(), `"id":"main.default.chat"`) || a.Body.Len() > 16<<10 {
				t.Errorf("%.100q of %s answers %d %.300s, want %d", spelled, who, a.Code, a.Body, want)
			}
		}
	}
}
