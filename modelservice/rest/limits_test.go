package rest_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

const (
	usagePath = "/api/2.1/unity-catalog/rate-limit-usage"
	byMinute  = `"renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE"`
	byTag     = `"key":"RATE_LIMIT_KEY_REQUEST_TAG"`
)

// A number of a limit is absent, or a whole number from 0; all else is refused
// with its place (rulings R1, R14, R26). The same for all three.
func TestLimitNumbers(t *testing.T) {
	for _, member := range []string{"requests", "tokens", "concurrent_requests"} {
		for _, n := range []struct{ text, want string }{
			{"", ""}, {"null", ""}, {"0", "0"}, {"-0", "0"}, {"7", "7"}, {"9223372036854775807", "9223372036854775807"},
			{"-1", "refused"}, {"1.5", "refused"}, {"1.0", "refused"}, {`"10"`, "refused"}, {`""`, "refused"}, {"1e3", "refused"}, {"9223372036854775808", "refused"},
			{"-9223372036854775808", "refused"}, {"1e400", "refused"}, {"true", "refused"}, {"[]", "refused"}, {"{}", "refused"}, {"01", "refused"},
		} {
			given, other := "", `,"requests":5`
			if member == "requests" {
				other = `,"tokens":5`
			}
			if n.text != "" {
				given = `,"` + member + `":` + n.text
			}
			w := newMain(t)
			body := gaWith(`,"rate_limits":[{` + gaLimit + other + `},{` + gaLimit + other + given + `}]`)
			if n.want == "refused" {
				e := w.refused(admin, "POST", gaCreate+"x", body, 400)
				if at := "/config/rate_limits/1/" + member; e.ErrorCode != "INVALID_PARAMETER_VALUE" || n.text != "01" && (e.field() != at || !strings.Contains(e.Message, at)) {
					t.Errorf("%s of %s: %+v", member, n.text, e)
				}
				continue
			}
			made := w.send(admin, "POST", gaCreate+"x", body).Body.String()
			want := `"` + member + `":` + n.want
			if n.want == "" && strings.Contains(made, member) || n.want != "" && !strings.Contains(made, want+",") && !strings.Contains(made, want+"}") {
				t.Errorf("%s of %s reads as %s", member, n.text, made)
			}
		}
	}
}

// What is wrong with a limit is refused, and the field is named.
func TestLimitFaults(t *testing.T) {
	for _, c := range []struct{ limit, field string }{
		{byTag + `,` + byMinute + `,"requests":1`, "request_tag_key"},
		{byTag + `,` + byMinute + `,"request_tag_key":"","requests":1`, "request_tag_key"},
		{byTag + `,` + byMinute + `,"request_tag_value":"x","requests":1`, "request_tag_key"},
		{byTag + `,` + byMinute + `,"request_tag_key":"` + strings.Repeat("k", 256) + `","requests":1`, "request_tag_key"},
		{byTag + `,` + byMinute + `,"request_tag_key":"k","request_tag_value":"` + strings.Repeat("v", 256) + `","requests":1`, "request_tag_value"},
		{byTag + `,` + byMinute + `,"request_tag_key":"k","principal":"carol","requests":1`, "principal"},
		{byTag + `,` + byMinute + `,"request_tag_key":7,"requests":1`, "request_tag_key"},
		{byTag + `,` + byMinute + `,"request_tag_key":"k"`, "requests"},
		{gaLimit + `,"request_tag_key":"k","requests":1`, "request_tag_key"},
		{gaLimit + `,"request_tag_value":"v","requests":1`, "request_tag_value"},
		{gaLimit + `,"shadow":1,"requests":1`, "shadow"},
		{gaLimit + `,"shadow":true`, "requests"},
		{gaLimit + `,"requests":null,"tokens":null,"concurrent_requests":null`, "requests"},
		{`"key":"RATE_LIMIT_KEY_SERVICE","requests":1`, "renewal_period"},
		{`"key":"RATE_LIMIT_KEY_SERVICE","concurrent_requests":1,"tokens":1`, "renewal_period"},
		{`"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_DAY","concurrent_requests":1`, "renewal_period"},
		{`"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":1,"concurrent_requests":1`, "renewal_period"},
		{`"key":6,` + byMinute + `,"requests":1`, "key"},
		{gaLimit + `,"requests":1,"concurrent":1`, "concurrent"},
	} {
		w := newMain(t)
		e := w.refused(admin, "POST", gaCreate+"x", gaWith(`,"rate_limits":[{`+gaLimit+`,"requests":1},{`+c.limit+`}]`), 400)
		if want := "/config/rate_limits/1/" + c.field; e.field() != want || e.ErrorCode != "INVALID_PARAMETER_VALUE" {
			t.Errorf("%s\nblames %s: %s; want %s", c.limit, e.field(), e.Message, want)
		}
	}
}

// Limits that the field does not have are read as they were sent, with nothing
// that was not set, and the seed page's shape is silent about them.
func TestLimitExtras(t *testing.T) {
	const limits = `[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":9},` +
		`{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":3,"shadow":true},` +
		`{"concurrent_requests":2,"key":"RATE_LIMIT_KEY_SERVICE"},` +
		`{"key":"RATE_LIMIT_KEY_REQUEST_TAG","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","request_tag_key":"team","tokens":1},` +
		`{"concurrent_requests":0,"key":"RATE_LIMIT_KEY_REQUEST_TAG","request_tag_key":"team","request_tag_value":"x","shadow":true}]`
	w := newMain(t)
	made := w.ok(admin, "POST", gaCreate+"x", gaWith(`,"rate_limits":`+strings.ReplaceAll(limits, `"requests":9`, `"requests":9,"shadow":false,"concurrent_requests":null,"request_tag_key":""`)))
	if got := compact(dig(made, "config", "rate_limits")); got != limits {
		t.Errorf("made\n%s\nwant\n%s", got, limits)
	}
	if got := compact(dig(w.ok(admin, "GET", gaPath+"/main.default.x", ""), "config", "rate_limits")); got != limits {
		t.Errorf("reads\n%s\nwant\n%s", got, limits)
	}
	if got := compact(w.ok(admin, "GET", seedPath+"/main.default.x", "")["rate_limits"]); got != `{"qpm":9}` {
		t.Errorf("in the seed page's shape %s", got)
	}
	// What that shape cannot say stays when it changes what it can.
	w.ok(admin, "PATCH", seedPath+"/main.default.x", `{"rate_limits":{"qpm":4}}`)
	if got := compact(dig(w.ok(admin, "GET", gaPath+"/main.default.x", ""), "config", "rate_limits")); got != strings.Replace(limits, "9", "4", 1) {
		t.Errorf("changed in that shape to\n%s", got)
	}
}

// How limits stand, in the shape of the package comment.
func TestLimitUsage(t *testing.T) {
	var asked struct {
		caller   catalog.PrincipalID
		name, of string
		tags     map[string]string
	}
	report := modelservice.LimitReport{
		Service: catalog.FullName{Catalog: "main", Schema: "default", Object: "chat"}, Principal: "bob",
		Limits: []modelservice.LimitStanding{
			{Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Requests, Limit: 1000, Used: 1000},
			{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "x", Dimension: ratelimit.Concurrent, Limit: 3, Used: 1, Remaining: 2},
			{Key: ratelimit.KeyUserGroup, Principal: "ai_team", Period: ratelimit.Hour, Dimension: ratelimit.Tokens, Limit: 5, Used: 1<<63 - 1, Shadow: true},
		},
		Refusal:       &modelservice.Error{Code: modelservice.CodeRequestLimitExceeded, Message: "too many", RetryAfter: 16100 * time.Millisecond},
		ShadowRefusal: &modelservice.Error{Code: modelservice.CodePermissionDenied, Message: "never"},
	}
	w := newWorld(t, func(c *rest.Config) {
		c.Limits = func(_ context.Context, caller catalog.PrincipalID, name catalog.FullName, of string, tags map[string]string) (modelservice.LimitReport, error) {
			asked.caller, asked.name, asked.of, asked.tags = caller, name.String(), of, tags
			return report, nil
		}
	})
	target := usagePath + "/Main.default.chat?principal=bob&request_tags=" + url.QueryEscape(`{"team":"x"}`)
	const want = `{"model_service":"main.default.chat","principal":"bob","admitted":false,` +
		`"refusal":{"status":429,"error_code":"REQUEST_LIMIT_EXCEEDED","message":"too many","retry_after_seconds":17},` +
		`"shadow_refusal":{"status":403,"error_code":"PERMISSION_DENIED","message":"never"},"rate_limits":[` +
		`{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","dimension":"requests","limit":1000,"used":1000,"remaining":0},` +
		`{"key":"RATE_LIMIT_KEY_REQUEST_TAG","request_tag_key":"team","request_tag_value":"x","dimension":"concurrent_requests","limit":3,"used":1,"remaining":2},` +
		`{"key":"RATE_LIMIT_KEY_USER_GROUP","principal":"ai_team","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","dimension":"tokens","limit":5,"used":9223372036854775807,"remaining":0,"shadow":true}]}`
	if a := w.send(admin, "GET", target, ""); a.Code != 200 || a.Body.String() != want {
		t.Errorf("%d\n%s\nwant\n%s", a.Code, a.Body, want)
	}
	if asked.caller != w.id(admin) || asked.name != "main.default.chat" || asked.of != "bob" || len(asked.tags) != 1 || asked.tags["team"] != "x" {
		t.Errorf("asked %+v", asked)
	}
	report = modelservice.LimitReport{Service: report.Service, Principal: "bob"}
	if got := w.send(admin, "GET", usagePath+"/main.default.chat", "").Body.String(); got != `{"model_service":"main.default.chat","principal":"bob","admitted":true,"rate_limits":[]}` || asked.of != "" || asked.tags != nil {
		t.Errorf("nothing is %s, asked %+v", got, asked)
	}
	// White space and control characters too are as the header has them.
	w.ok(admin, "GET", usagePath+"/main.default.chat?request_tags="+url.QueryEscape("{\t\"team\": \"bell \\u0007\\n\"}"), "")
	if asked.tags["team"] != "bell \a\n" {
		t.Errorf("asked %+v", asked)
	}
	w.refused(admin, "GET", usagePath+"/main.default.chat?request_tags={}&request_tags={}", "", 400)
	w.ok(admin, "GET", usagePath+"/main.default.chat?request_tags=", "")
	if asked.tags != nil {
		t.Errorf("an empty parameter asks %+v", asked)
	}
	for _, tags := range []string{` `, `{"a":"` + strings.Repeat("x", modelservice.MaxTags) + `"}`, `{"a":"\ufffd"}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"A":"b","a":"c"}`, `x`, `[]`, `null`, `{"a":1}`, `{"a":"b","a":"c"}`, `{"a":"b"}x`, `{"a":null}`} {
		if e := w.refused(admin, "GET", usagePath+"/main.default.chat?request_tags="+url.QueryEscape(tags), "", 400); e.field() != "request_tags" {
			t.Errorf("tags %s blame %q: %s", tags, e.field(), e.Message)
		}
	}
	w.refused(admin, "GET", usagePath+"/main.default", "", 400)
	w.refused(admin, "GET", usagePath+"/main.default.chat?principal=a&principal=b", "", 400)
	w.refused(admin, "POST", usagePath+"/main.default.chat", "{}", http.StatusMethodNotAllowed)
	w.refused("", "GET", usagePath+"/main.default.chat", "", http.StatusUnauthorized)
}

// The gateway's own is for who may call the service, and about others for who
// may manage it.
func TestGatewaysLimits(t *testing.T) {
	w := newService(t, func(c *rest.Config) {
		gateway, err := modelservice.NewGateway(modelservice.Config{
			Metastore: c.Metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: noBackend{},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Limits = gateway.Limits
	})
	const path = usagePath + "/main.default.team-chat"
	got := w.ok(admin, "GET", path, "")
	if compact(got["rate_limits"]) != `[{"dimension":"requests","key":"RATE_LIMIT_KEY_SERVICE","limit":1000,"remaining":1000,"renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","used":0},`+
		`{"dimension":"tokens","key":"RATE_LIMIT_KEY_SERVICE","limit":10000,"remaining":10000,"renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","used":0}]` || got["admitted"] != true {
		t.Errorf("got %s", compact(got))
	}
	hidden, none := w.send("carol", "GET", path, ""), w.send("carol", "GET", usagePath+"/main.default.none", "")
	if hidden.Code != 404 || hidden.plain() != strings.ReplaceAll(none.plain(), "default.none", "default.team-chat") {
		t.Errorf("hidden: %s\nmissing: %s", hidden.plain(), none.plain())
	}
	if e := w.refused(admin, "GET", path+"?principal=carol", "", 400); !strings.Contains(e.Message, "cannot call") {
		t.Errorf("about carol: %s", e.Message)
	}
	w.refused(admin, "GET", path+"?principal=nobody", "", 404)
}

// Without a gateway there is no such path.
func TestNoLimits(t *testing.T) {
	if e := newWorld(t).refused(admin, "GET", usagePath+"/main.default.chat", "", 404); e.ErrorCode != string(modelservice.CodeNoEndpoint) {
		t.Errorf("answers %s", e.ErrorCode)
	}
}
