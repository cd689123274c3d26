package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
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
		{"unknown key", []ratelimit.Rule{{Key: 6, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].key"},
		{"no principal", []ratelimit.Rule{{Key: ratelimit.KeyUser, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].principal"},
		{"a principal", []ratelimit.Rule{{Key: ratelimit.KeyService, Principal: 1, Period: ratelimit.Minute, Requests: number(1)}}, "rate_limits[0].principal"},
		{"no period", []ratelimit.Rule{good, good, {Key: ratelimit.KeyService, Requests: number(1)}}, "rate_limits[2].renewal_period"},
		{"negative requests", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: number(-1)}}, "rate_limits[0].requests"},
		{"negative tokens", []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Tokens: number(math.MinInt64)}}, "rate_limits[0].tokens"},
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

// choices are the rules one may make for one key: absent, or a few limits.
func choices(k ratelimit.Key, principal uint64, requests ...int64) [][]ratelimit.Rule {
	all := [][]ratelimit.Rule{nil}
	for _, n := range requests {
		all = append(all, []ratelimit.Rule{{Key: k, Principal: principal, Period: ratelimit.Minute, Requests: &n, Tokens: number(1 + 2*n)}})
	}
	return all
}

// TestSmallWorlds goes through every combination of a few rules and of the
// groups of two callers, and compares who is matched and who is admitted with
// spec §5.3 read aloud.
func TestSmallWorlds(t *testing.T) {
	const service = 7
	worlds := [][]ratelimit.Rule{nil}
	for _, choice := range [][][]ratelimit.Rule{
		choices(ratelimit.KeyService, 0, 4),
		choices(ratelimit.KeyUser, 1, 0, 2),
		choices(ratelimit.KeyServicePrincipal, 3, 1),
		choices(ratelimit.KeyUserGroup, 11, 0, 1),
		choices(ratelimit.KeyUserGroup, 12, 2),
		choices(ratelimit.KeyUserGroup, 13, 3),
		choices(ratelimit.KeyUserDefault, 0, 1),
	} {
		var wider [][]ratelimit.Rule
		for _, world := range worlds {
			for _, rules := range choice {
				wider = append(wider, slices.Concat(world, rules))
			}
		}
		worlds = wider
	}
	for _, rules := range worlds {
		compiled, err := ratelimit.NewRules(service, rules)
		if err != nil {
			t.Fatal(err)
		}
		for members := range 64 {
			limiter := ratelimit.New(nil)
			var model ratelimittest.Model
			for call := range 9 {
				caller := uint64(call%3 + 1)
				var groups []uint64
				for g := range 3 {
					if caller < 3 && members>>(3*int(caller-1)+g)&1 == 1 {
						groups = append(groups, uint64(11+g))
					}
				}
				asks := compiled.Match(ratelimit.Caller{
					Principal:        caller,
					ServicePrincipal: caller == 3,
					InGroup:          func(g uint64) bool { return slices.Contains(groups, g) },
				}, nil)
				want := ratelimittest.Match(service, rules, caller, caller == 3, groups)
				if !sameAsks(asks, want) {
					t.Fatalf("%+v, caller %d in %v: matched %+v, want %+v", rules, caller, groups, asks, want)
				}
				ratelimit.ReserveTokens(asks, int64(call%3))
				v := limiter.Admit(context.Background(), asks, nil)
				if _, ok := model.Admit(asks, 0); ok != v.OK {
					t.Fatalf("%+v, caller %d in %v: %+v, want %v", rules, caller, groups, v, ok)
				}
			}
		}
	}
}

func sameAsks(a, b []ratelimit.Ask) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
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
		passes int // of 200 calls in one moment
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
		{"0 for the default, not for a named user", []ratelimit.Rule{rule(ratelimit.KeyUserDefault, 0, ratelimit.Hour, 0), rule(ratelimit.KeyUser, 1, ratelimit.Minute, 5)}, ratelimit.Caller{Principal: 1}, 5},
	} {
		rules, err := ratelimit.NewRules(1, c.rules)
		if err != nil {
			t.Fatal(err)
		}
		l := ratelimit.New(nil)
		passes := 0
		for range 200 {
			if l.Admit(context.Background(), rules.Match(c.caller, nil), nil).OK {
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
