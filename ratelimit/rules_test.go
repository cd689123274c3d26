package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

func number(n int64) *int64 { return &n }

func TestInvalidRules(t *testing.T) {
	good := ratelimit.Rule{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: number(1)}
	group := ratelimit.Rule{Key: ratelimit.KeyUserGroup, Principal: 1, Period: ratelimit.Hour, Tokens: number(0)}
	for _, c := range []struct {
		name  string
		rules []ratelimit.Rule
		field string // empty: valid
	}{
		{"none", nil, ""},
		{"twenty", slices.Repeat([]ratelimit.Rule{good}, 20), ""},
		{"twenty-one", slices.Repeat([]ratelimit.Rule{good}, 21), "rate_limits"},
		{"five groups", slices.Repeat([]ratelimit.Rule{group}, 5), ""},
		{"six groups", slices.Repeat([]ratelimit.Rule{group}, 6), "rate_limits"},
		{"no key", []ratelimit.Rule{good, {Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[1].key"},
		{"unknown key", []ratelimit.Rule{{Key: 7, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].key"},
		{"no principal", []ratelimit.Rule{{Key: ratelimit.KeyUser, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].principal"},
		{"a principal", []ratelimit.Rule{{Key: ratelimit.KeyService, Principal: 1, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].principal"},
		{"no period", []ratelimit.Rule{good, good, {Key: ratelimit.KeyService, Requests: number(1)}}, "rate_limits[2].renewal_period"},
		{"negative requests", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: number(-1)}}, "rate_limits[0].requests"},
		{"negative tokens", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Tokens: number(math.MinInt64)}}, "rate_limits[0].tokens"},
		{"negative concurrent requests", []ratelimit.Rule{{Key: ratelimit.KeyService, Concurrent: number(-1)}}, "rate_limits[0].concurrent_requests"},
		{"concurrent requests alone", []ratelimit.Rule{{Key: ratelimit.KeyService, Concurrent: number(0)}}, ""},
		{"concurrent requests with a period", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Concurrent: number(1)}}, ""},
		{"concurrent requests with no known period", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: 3, Concurrent: number(1)}}, "rate_limits[0].renewal_period"},
		{"requests without a period", []ratelimit.Rule{{Key: ratelimit.KeyService, Requests: number(1), Concurrent: number(1)}}, "rate_limits[0].renewal_period"},
		{"tokens without a period", []ratelimit.Rule{{Key: ratelimit.KeyService, Tokens: number(1), Concurrent: number(1)}}, "rate_limits[0].renewal_period"},
		{"a tag without a key", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagValue: "a", Concurrent: number(1)}}, "rate_limits[0].request_tag_key"},
		{"a tag with a principal", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "team", Principal: 1, Concurrent: number(1)}}, "rate_limits[0].principal"},
		{"a tag key elsewhere", []ratelimit.Rule{{Key: ratelimit.KeyUser, Principal: 1, TagKey: "team", Concurrent: number(1)}}, "rate_limits[0].request_tag_key"},
		{"a tag value elsewhere", []ratelimit.Rule{{Key: ratelimit.KeyService, TagValue: "a", Concurrent: number(1)}}, "rate_limits[0].request_tag_value"},
		{"the longest tag", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: strings.Repeat("k", 255), TagValue: strings.Repeat("v", 255), Concurrent: number(1)}}, ""},
		{"a tag key too long", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: strings.Repeat("k", 256), Concurrent: number(1)}}, "rate_limits[0].request_tag_key"},
		{"a tag value too long", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: strings.Repeat("é", 128), Concurrent: number(1)}}, "rate_limits[0].request_tag_value"},
		{"a broken tag key", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "te\xc3m", Concurrent: number(1)}}, "rate_limits[0].request_tag_key"},
		{"a broken tag value", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "\xff", Concurrent: number(1)}}, "rate_limits[0].request_tag_value"},
		{"a tag of both sorts", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "team", Concurrent: number(1)}, {Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "a", Period: ratelimit.Hour, Tokens: number(0)}}, ""},
		{"a shadow rule alone", []ratelimit.Rule{{Key: ratelimit.KeyService, Concurrent: number(1), Shadow: true}}, ""},
		{"shadow rules count", append(slices.Repeat([]ratelimit.Rule{good}, 20), ratelimit.Rule{Key: ratelimit.KeyService, Concurrent: number(1), Shadow: true}), "rate_limits"},
		{"shadow rules for groups count", append(slices.Repeat([]ratelimit.Rule{group}, 5), ratelimit.Rule{Key: ratelimit.KeyUserGroup, Principal: 1, Concurrent: number(1), Shadow: true}), "rate_limits"},
		{"no limit, no period", []ratelimit.Rule{{Key: ratelimit.KeyService}}, "rate_limits[0].requests"},
		{"no limit", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour}}, "rate_limits[0].requests"},
	} {
		rules, err := ratelimit.NewRules(1, c.rules)
		if err == nil && rules.Empty() != (len(c.rules) == 0) {
			t.Errorf("%s: empty is %v", c.name, rules.Empty())
		}
		var invalid *ratelimit.InvalidError
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.field != "" && !errors.As(err, &invalid):
			t.Errorf("%s: accepted", c.name)
		case c.field != "" && invalid.Error() != "ratelimit: "+c.field+": "+invalid.Reason:
			t.Errorf("%s: %v, want field %s", c.name, err, c.field)
		}
	}
}

// TestPrecedence states the rules of spec §5.3 one by one.
func TestPrecedence(t *testing.T) {
	rule := func(k ratelimit.Key, principal uint64, p ratelimit.Period, requests int64) ratelimit.Rule {
		return ratelimit.Rule{Key: k, Principal: principal, Period: p, Requests: &requests}
	}
	service := rule(ratelimit.KeyService, 0, ratelimit.Minute, 1000)
	standard := rule(ratelimit.KeyUserDefault, 0, ratelimit.Minute, 1)
	in := func(groups ...uint64) func(uint64) bool {
		return func(g uint64) bool { return slices.Contains(groups, g) }
	}
	for _, c := range []struct {
		name   string
		rules  []ratelimit.Rule
		caller ratelimit.Caller
		passes int // of 200 calls in one moment, none of which ends
	}{
		{"no rules", nil, ratelimit.Caller{Principal: 1}, 200},
		{"the service stops everybody", []ratelimit.Rule{rule(ratelimit.KeyService, 0, ratelimit.Minute, 3), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 50)}, ratelimit.Caller{Principal: 1}, 3},
		{"the default", []ratelimit.Rule{service, standard}, ratelimit.Caller{Principal: 1}, 1},
		{"the default holds for service principals", []ratelimit.Rule{standard}, ratelimit.Caller{Principal: 1, ServicePrincipal: true}, 1},
		{"a user rule may be higher than the default", []ratelimit.Rule{service, standard, rule(ratelimit.KeyUser, 1, ratelimit.Minute, 50)}, ratelimit.Caller{Principal: 1}, 50},
		{"a user rule beats group rules", []ratelimit.Rule{rule(ratelimit.KeyUserGroup, 9, ratelimit.Minute, 2), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 50)}, ratelimit.Caller{Principal: 1, InGroup: in(9)}, 50},
		{"a user rule does not name a service principal", []ratelimit.Rule{standard, rule(ratelimit.KeyUser, 1, ratelimit.Minute, 50)}, ratelimit.Caller{Principal: 1, ServicePrincipal: true}, 1},
		{"a group rule beats the default", []ratelimit.Rule{standard, rule(ratelimit.KeyUserGroup, 9, ratelimit.Minute, 20)}, ratelimit.Caller{Principal: 1, InGroup: in(9)}, 20},
		{"a stranger gets the default", []ratelimit.Rule{standard, rule(ratelimit.KeyUserGroup, 9, ratelimit.Minute, 20)}, ratelimit.Caller{Principal: 1, InGroup: in(8)}, 1},
		{"spec §18 example 13: the loosest group", []ratelimit.Rule{rule(ratelimit.KeyUserGroup, 8, ratelimit.Minute, 10), rule(ratelimit.KeyUserGroup, 9, ratelimit.Minute, 100)}, ratelimit.Caller{Principal: 1, InGroup: in(8, 9)}, 100},
		{"a group is over when over in either period", []ratelimit.Rule{rule(ratelimit.KeyUserGroup, 8, ratelimit.Minute, 10), rule(ratelimit.KeyUserGroup, 8, ratelimit.Hour, 100)}, ratelimit.Caller{Principal: 1, InGroup: in(8)}, 10},
		{"the strictest of two alike", []ratelimit.Rule{rule(ratelimit.KeyUser, 1, ratelimit.Minute, 5), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 4)}, ratelimit.Caller{Principal: 1}, 4},
		{"the strictest of two alike, whichever comes first", []ratelimit.Rule{rule(ratelimit.KeyUser, 1, ratelimit.Minute, 4), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 5)}, ratelimit.Caller{Principal: 1}, 4},
		{"0 blocks", []ratelimit.Rule{rule(ratelimit.KeyService, 0, ratelimit.Hour, 0)}, ratelimit.Caller{Principal: 1}, 0},
		{"calls under way are limited beside requests", []ratelimit.Rule{service, {Key: ratelimit.KeyService, Concurrent: number(2)}, standard, {Key: ratelimit.KeyUser, Principal: 1, Concurrent: number(3)}}, ratelimit.Caller{Principal: 1}, 2},
		{"the loosest group for calls under way", []ratelimit.Rule{{Key: ratelimit.KeyUserGroup, Principal: 8, Concurrent: number(2)}, {Key: ratelimit.KeyUserGroup, Principal: 9, Concurrent: number(3)}}, ratelimit.Caller{Principal: 1, InGroup: in(8, 9)}, 3},
		{"a tag is limited whoever calls", []ratelimit.Rule{{Key: ratelimit.KeyRequestTag, TagKey: "team", Concurrent: number(3)}, rule(ratelimit.KeyUser, 1, ratelimit.Minute, 50)}, ratelimit.Caller{Principal: 1, Tag: red}, 3},
		{"a shadow rule refuses nothing", []ratelimit.Rule{service, standard, {Key: ratelimit.KeyUser, Principal: 1, Period: ratelimit.Minute, Requests: number(0), Shadow: true}}, ratelimit.Caller{Principal: 1}, 1},
		{"0 for the default, not for a named user", []ratelimit.Rule{rule(ratelimit.KeyUserDefault, 0, ratelimit.Hour, 0), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 5)}, ratelimit.Caller{Principal: 1}, 5},
	} {
		rules, err := ratelimit.NewRules(1, c.rules)
		if err != nil {
			t.Fatal(err)
		}
		l := ratelimit.New(nil)
		passes := 0
		var underWay [200]ratelimit.Lease
		for i := range underWay {
			if l.Admit(context.Background(), rules.Match(c.caller, nil), &underWay[i]).OK {
				passes++
			}
		}
		if passes != c.passes {
			t.Errorf("%s: %d calls passed, want %d", c.name, passes, c.passes)
		}
	}
}

// TestNoRules: a nil *Rules limits nobody.
func TestNoRules(t *testing.T) {
	var none *ratelimit.Rules
	if asks := none.Match(ratelimit.Caller{Principal: 1}, nil); len(asks) != 0 || !none.Empty() {
		t.Errorf("%+v, empty is %v", asks, none.Empty())
	}
	if v := ratelimit.New(nil).Admit(context.Background(), nil, nil); !v.OK {
		t.Errorf("no asks: %+v", v)
	}
}

// TestMaxAsks: MaxAsks is reached by rules that the field has.
func TestMaxAsks(t *testing.T) {
	var rules []ratelimit.Rule
	for _, p := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
		rules = append(rules, ratelimit.Rule{Key: ratelimit.KeyService, Period: p, Requests: number(1), Tokens: number(1)})
	}
	for g := range uint64(5) {
		rules = append(rules, ratelimit.Rule{Key: ratelimit.KeyUserGroup, Principal: g + 1, Period: ratelimit.Hour, Requests: number(1), Tokens: number(1)})
	}
	compiled, err := ratelimit.NewRules(1, rules)
	if err != nil {
		t.Fatal(err)
	}
	everywhere := func(uint64) bool { return true }
	if asks := compiled.Match(ratelimit.Caller{Principal: 1, InGroup: everywhere}, nil); len(asks) != ratelimit.MaxAsks {
		t.Errorf("%d asks, MaxAsks is %d", len(asks), ratelimit.MaxAsks)
	}
}

// TestConcurrentHasNoPeriod: rules of both periods limit the same calls under
// way, and the smaller number holds.
func TestConcurrentHasNoPeriod(t *testing.T) {
	rules, err := ratelimit.NewRules(1, []ratelimit.Rule{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: number(9), Concurrent: number(5)},
		{Key: ratelimit.KeyService, Period: ratelimit.Hour, Concurrent: number(4)},
		{Key: ratelimit.KeyService, Concurrent: number(6)},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Dimension: ratelimit.Concurrent}
	asks := rules.Match(ratelimit.Caller{Principal: 1}, nil)
	if len(asks) != 2 || asks[1] != (ratelimit.Ask{Bucket: b, Limit: 4, Amount: 1}) {
		t.Errorf("%+v", asks)
	}
}
