package modelservice_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// tagged is a limit on requests by the minute that carry a tag.
func tagged(key, value string, requests int64) modelservice.RateLimit {
	return modelservice.RateLimit{Key: ratelimit.KeyRequestTag, TagKey: key, TagValue: value, Period: ratelimit.Minute, Requests: &requests}
}

// tags makes {"k": "v"} of "k=v".
func tags(pairs ...string) map[string]string {
	all := map[string]string{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		all[key] = value
	}
	return all
}

// tagged makes a call with tags.
func (w *world) tagged(caller string, pairs ...string) modelservice.Result {
	w.Helper()
	return w.call(w.ctx(), &modelservice.Call{Caller: w.who[caller], Body: []byte(ask()), Tags: tags(pairs...)}, &recorder{})
}

// lets counts how many calls get through before one is refused, and expects the
// refusal to have these words.
func (w *world) lets(want int, words, caller string, pairs ...string) {
	w.Helper()
	for i := range want {
		if res := w.tagged(caller, pairs...); res.Err != nil {
			w.Fatalf("call %d of %s with %q: %v", i+1, caller, pairs, res.Err)
		}
	}
	if words != "" {
		w.refused(w.tagged(caller, pairs...).Err, modelservice.CodeRequestLimitExceeded, words)
	}
}

// A limit on a tag is on the calls that carry it, whoever makes them: for each
// value by itself, or for the one it names (spec §5.1).
func TestTagLimits(t *testing.T) {
	const tail = "Requests-per-minute (RPM) rate limit exceeded for request tag "
	for _, tt := range []struct {
		name   string
		limits []modelservice.RateLimit
		check  func(w *world)
	}{
		{"each value", []modelservice.RateLimit{tagged("team", "", 2)}, func(w *world) {
			w.lets(2, tail+"'team=x'", "bob", "team=x")
			w.lets(2, tail+"'team=y'", "bob", "team=y")
			w.refused(w.tagged("alice", "team=x").Err, modelservice.CodeRequestLimitExceeded, "'team=x'")
			w.lets(5, "", "bob")
			w.lets(5, "", "bob", "other=x", "Team=x")
			w.lets(2, tail+"'team='", "bob", "team=")
		}},
		{"one value", []modelservice.RateLimit{tagged("team", "x", 2)}, func(w *world) {
			w.lets(2, tail+"'team=x'", "bob", "team=x")
			w.lets(5, "", "bob", "team=y")
		}},
		{"one value instead of each", []modelservice.RateLimit{tagged("team", "", 1), tagged("team", "x", 3)}, func(w *world) {
			w.lets(3, tail+"'team=x'", "bob", "team=x")
			w.lets(1, tail+"'team=y'", "bob", "team=y")
		}},
		{"two keys", []modelservice.RateLimit{tagged("team", "", 3), tagged("app", "", 2)}, func(w *world) {
			w.lets(2, tail+"'app=a'", "bob", "team=x", "app=a")
			w.lets(1, tail+"'team=x'", "bob", "team=x", "app=b")
			w.lets(1, tail+"'app=b'", "bob", "app=b")
		}},
		{"beside the caller's own", []modelservice.RateLimit{tagged("team", "", 3), {Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: new64(2)}}, func(w *world) {
			w.lets(2, "for user", "bob", "team=x")
			w.lets(1, tail+"'team=x'", "alice", "team=x")
		}},
		{"a long value", []modelservice.RateLimit{tagged("team", "", 1)}, func(w *world) {
			w.lets(1, tail+"'team="+strings.Repeat("x", 254)+"…'", "bob", "team="+strings.Repeat("x", 254)+strings.Repeat("é", 5000))
		}},
		{"blocked", []modelservice.RateLimit{tagged("team", "x", 0)}, func(w *world) {
			w.refused(w.tagged("bob", "team=x").Err, modelservice.CodePermissionDenied, "rate limit set to 0")
			w.lets(5, "", "bob", "team=y")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one")
			spec.RateLimits = tt.limits
			w.service(spec)
			tt.check(w)
		})
	}
}

// What a limit says of tags is read back as it was written, also in a catalog
// that was closed meanwhile, and holds there.
func TestTagLimitsAreKept(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{
		tagged("team", "", 2), tagged("team", "x", 1),
		{Key: ratelimit.KeyService, Concurrent: new64(7)},
		{Key: ratelimit.KeyUserDefault, Period: ratelimit.Hour, Tokens: new64(0), Concurrent: new64(3), Shadow: true},
	}
	made := w.service(spec)
	got, err := w.ms.Service(w.who["alice"], w.name(chat))
	w.must(err)
	c, err := catalog.Open(w.ctx(), w.store.Store, &catalog.Options{Kinds: modelservice.Kinds()})
	w.must(err)
	defer c.Close(w.ctx())
	again, err := modelservice.NewMetastore(w.ctx(), c, authz.New(nil), nil)
	w.must(err)
	kept, err := again.Service(w.who["alice"], w.name(chat))
	w.must(err)
	for name, svc := range map[string]modelservice.Service{"made": made, "read": got, "reopened": kept} {
		if want, is := limitsText(spec.RateLimits), limitsText(svc.Spec.RateLimits); want != is {
			t.Errorf("%s: limits are\n%s\nwant\n%s", name, is, want)
		}
	}
}

func limitsText(all []modelservice.RateLimit) string {
	var b strings.Builder
	number := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	for _, l := range all {
		fmt.Fprintf(&b, "%s %q %q=%q %s %s %s %s %t\n", l.Key, l.Principal, l.TagKey, l.TagValue, l.Period, number(l.Requests), number(l.Tokens), number(l.Concurrent), l.Shadow)
	}
	return b.String()
}
