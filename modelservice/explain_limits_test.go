package modelservice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

func standings(r modelservice.LimitReport) string {
	var b strings.Builder
	for _, l := range r.Limits {
		fmt.Fprintf(&b, "%s %q %s=%s %s %s %d-%d=%d %t\n", strings.TrimPrefix(l.Key.String(), "RATE_LIMIT_KEY_"), l.Principal, l.TagKey, l.TagValue,
			strings.TrimPrefix(l.Period.String(), "RATE_LIMIT_RENEWAL_PERIOD_"), l.Dimension, l.Limit, l.Used, l.Remaining, l.Shadow)
	}
	return b.String()
}

// A report has every limit that concerns the caller and none that does not.
func TestLimitReport(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{
		perMinute(ratelimit.KeyService, "", 10, 1000), tagged("team", "", 5), tagged("team", "y", 6),
		perMinute(ratelimit.KeyUserDefault, "", 2, -1),
		{Key: ratelimit.KeyUserGroup, Principal: "team", Period: ratelimit.Hour, Requests: new64(1)},
		{Key: ratelimit.KeyUserGroup, Principal: "outer", Period: ratelimit.Hour, Requests: new64(7)},
		{Key: ratelimit.KeyService, Concurrent: new64(3)},
	}
	w.service(spec)
	w.tagged("bob", "team=x")
	for _, tt := range []struct{ caller, of, tags, want string }{
		{"bob", "", "team=x", "SERVICE \"\" = MINUTE requests 10-1=9 false\nSERVICE \"\" = MINUTE tokens 1000-7=993 false\n" +
			"SERVICE \"\" = Period(0) concurrent requests 3-0=3 false\nREQUEST_TAG \"\" team=x MINUTE requests 5-1=4 false\n" +
			"USER_GROUP \"team\" = HOUR requests 1-1=0 false\nUSER_GROUP \"outer\" = HOUR requests 7-1=6 false\n"},
		{"alice", "BOB", "", "SERVICE \"\" = MINUTE requests 10-1=9 false\nSERVICE \"\" = MINUTE tokens 1000-7=993 false\n" +
			"SERVICE \"\" = Period(0) concurrent requests 3-0=3 false\n" +
			"USER_GROUP \"team\" = HOUR requests 1-1=0 false\nUSER_GROUP \"outer\" = HOUR requests 7-1=6 false\n"},
		{"alice", "", "team=y", "SERVICE \"\" = MINUTE requests 10-1=9 false\nSERVICE \"\" = MINUTE tokens 1000-7=993 false\n" +
			"SERVICE \"\" = Period(0) concurrent requests 3-0=3 false\nREQUEST_TAG \"\" team=y MINUTE requests 6-0=6 false\n" +
			"USER_DEFAULT \"alice\" = MINUTE requests 2-0=2 false\n"},
	} {
		report, err := w.gw.Limits(t.Context(), w.who[tt.caller], w.name(chat), tt.of, tags(strings.Fields(tt.tags)...))
		w.must(err)
		if got := standings(report); lines(got) != lines(tt.want) || report.Refusal != nil {
			t.Errorf("%s of %q: %v\n%s\nwant\n%s", tt.caller, tt.of, report.Refusal, got, tt.want)
		}
	}
}

// lines is text with its lines ordered.
func lines(text string) string {
	all := strings.Split(text, "\n")
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// Who may ask, and about whom.
func TestLimitReportRights(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	// The service principal sees the service and may not call it.
	w.grant("app", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("app", catalog.TypeSchema, "main.default", catalog.UseSchema)
	w.grant("app", modelservice.TypeModelService, chat, catalog.ReadMetadata)
	for _, tt := range []struct {
		caller, of string
		code       modelservice.Code
		words      string
	}{
		{"bob", "", "", ""},
		{"bob", "Bob", "", ""},
		{"alice", "bob", "", ""},
		{"admin", "bob", "", ""},
		{"carol", "", modelservice.CodeDoesNotExist, "Model Service 'main.default.chat' does not exist."},
		{"carol", "bob", modelservice.CodeDoesNotExist, "does not exist"},
		{"app", "", modelservice.CodePermissionDenied, "User does not have EXECUTE on Model Service 'main.default.chat'."},
		{"app", "bob", modelservice.CodePermissionDenied, "MANAGE"},
		{"alice", "app", modelservice.CodeInvalidParameter, "cannot call"},
		{"bob", "alice", modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service 'main.default.chat'."},
		{"bob", "nobody at all", modelservice.CodePermissionDenied, "MANAGE"},
		{"alice", "nobody at all", modelservice.CodePrincipalNotExist, ""},
		{"alice", "team", modelservice.CodeInvalidParameter, "group"},
		{"alice", "carol", modelservice.CodeInvalidParameter, "cannot call"},
	} {
		report, err := w.gw.Limits(t.Context(), w.who[tt.caller], w.name(chat), tt.of, nil)
		if tt.code != "" {
			w.refused(err, tt.code, tt.words)
			continue
		}
		if want := tt.of; err != nil || want != "" && !strings.EqualFold(report.Principal, want) || report.Service.String() != chat {
			t.Errorf("%s of %q: %+v, %v", tt.caller, tt.of, report, err)
		}
	}
	hidden, err := w.gw.Limits(t.Context(), w.who["carol"], w.name("main.default.none"), "", nil)
	if codeOf(err) != modelservice.CodeDoesNotExist || hidden.Limits != nil {
		t.Errorf("a missing service: %+v, %v", hidden, err)
	}
}

// What a report says is what the call made right after it is told, and asking
// changes nothing.
func TestLimitReportIsTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec := to("one")
		number := func(name string) *int64 {
			if rapid.Bool().Draw(rt, name+"?") {
				return nil
			}
			return new64(rapid.Int64Range(0, 6).Draw(rt, name))
		}
		for range rapid.IntRange(1, 5).Draw(rt, "limits") {
			l := modelservice.RateLimit{
				Key:    rapid.SampledFrom([]ratelimit.Key{ratelimit.KeyService, ratelimit.KeyUserDefault, ratelimit.KeyUser, ratelimit.KeyUserGroup, ratelimit.KeyRequestTag}).Draw(rt, "key"),
				Period: rapid.SampledFrom([]ratelimit.Period{ratelimit.Minute, ratelimit.Hour}).Draw(rt, "period"),
				Tokens: number("tokens"), Concurrent: number("concurrent"), Requests: number("requests"),
				Shadow: rapid.IntRange(0, 3).Draw(rt, "shadow") == 0,
			}
			if l.Requests == nil && l.Tokens == nil && l.Concurrent == nil {
				l.Requests = new64(2)
			}
			switch l.Key {
			case ratelimit.KeyUser:
				l.Principal = "bob"
			case ratelimit.KeyUserGroup:
				l.Principal = rapid.SampledFrom([]string{"team", "outer"}).Draw(rt, "group")
			case ratelimit.KeyRequestTag:
				l.TagKey, l.TagValue = "team", rapid.SampledFrom([]string{"", "x"}).Draw(rt, "value")
			}
			spec.RateLimits = append(spec.RateLimits, l)
		}
		charges := rapid.Bool().Draw(rt, "charged afterwards")
		rapid.SyncTest(rt, func(rt *rapid.T) {
			w := openWorld(rt, &setup{limits: &ratelimit.Options{ChargeAfter: charges}})
			defer w.close()
			w.service(spec)
			for range rapid.IntRange(1, 15).Draw(rt, "calls") {
				time.Sleep(time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "pause")) * time.Millisecond)
				caller := rapid.SampledFrom([]string{"bob", "alice"}).Draw(rt, "caller")
				with := rapid.SampledFrom([]map[string]string{nil, tags("team=x"), tags("team=y")}).Draw(rt, "tags")
				reportThenCall(rt, w, caller, with)
			}
		})
	})
}

// reportThenCall makes a call that reserves one token, after having asked what
// would become of it.
func reportThenCall(rt *rapid.T, w *world, caller string, with map[string]string) {
	report, err := w.gw.Limits(w.ctx(), w.who[caller], w.name(chat), "", with)
	w.must(err)
	again, err := w.gw.Limits(w.ctx(), w.who[caller], w.name(chat), caller, with)
	w.must(err)
	if standings(report) != standings(again) || face(orNil(report.Refusal)) != face(orNil(again.Refusal)) {
		rt.Fatalf("asked twice:\n%s%v\n%s%v", standings(report), report.Refusal, standings(again), again.Refusal)
	}
	w.backend.plays("one", reply{body: `{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":2,"total_tokens":2}}`})
	out := &recorder{}
	res := w.call(w.ctx(), &modelservice.Call{Caller: w.who[caller], API: modelservice.Embeddings, Tags: with,
		Body: []byte(`{"model":"main.default.chat","input":[7]}`)}, out)
	if face(orNil(res.Err)) != face(orNil(report.Refusal)) {
		rt.Fatalf("the report said %v, the call %v of\n%s", report.Refusal, res.Err, standings(report))
	}
	for _, l := range report.Limits {
		if l.Remaining != max(0, l.Limit-l.Used) || l.Used < 0 {
			rt.Fatalf("%+v", l)
		}
	}
}

func orNil(e *modelservice.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// A report on shadow limits says what they would have refused.
func TestLimitReportShadow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		spec := to("one")
		spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 1, -1)}
		spec.RateLimits[0].Shadow = true
		w.service(spec)
		w.calls(3)
		report, err := w.gw.Limits(t.Context(), w.who["bob"], w.name(chat), "", nil)
		w.must(err)
		if report.Refusal != nil || len(report.Limits) != 1 || report.Limits[0].Used != 3 || report.Limits[0].Remaining != 0 || !report.Limits[0].Shadow {
			t.Errorf("%v\n%s", report.Refusal, standings(report))
		}
		w.refused(orNil(report.ShadowRefusal), modelservice.CodeRequestLimitExceeded, "Requests-per-minute (RPM) rate limit exceeded for endpoint")
	})
}
