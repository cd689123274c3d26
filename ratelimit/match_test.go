package ratelimit_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
	"pgregory.net/rapid"
)

// matchLaws hold for any rules and any call.
var matchLaws = []struct {
	name  string
	says  string
	check func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller)
}{
	{"Reference", "Match is spec §5.3 read aloud", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		got, want := match(t, rules, c), ratelimittest.Match(service, rules, c)
		if !sameAsks(got, want) {
			t.Fatalf("matched %+v\n   want %+v", got, want)
		}
	}},
	{"Order", "the order of the rules does not matter", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		got, want := match(t, rapid.Permutation(rules).Draw(t, "shuffled"), c), match(t, rules, c)
		if !slices.Equal(got, want) {
			t.Fatalf("shuffled %+v\n     want %+v", got, want)
		}
	}},
	{"Shadow", "shadow rules, and a rule becoming one, change nothing for the enforced rules left", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		enforced := slices.DeleteFunc(slices.Clone(rules), func(r ratelimit.Rule) bool { return r.Shadow })
		got := slices.DeleteFunc(match(t, rules, c), func(a ratelimit.Ask) bool { return a.Shadow })
		if want := match(t, enforced, c); !slices.Equal(got, want) {
			t.Fatalf("with shadow rules  %+v\nwithout %+v", got, want)
		}
	}},
	{"Foretold", "a shadow ask is what the rule would ask if it were enforced with all others", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		enforced := slices.Clone(rules)
		for i := range enforced {
			enforced[i].Shadow = false
		}
		all := match(t, enforced, c)
		for _, a := range match(t, rules, c) {
			i := slices.IndexFunc(all, func(b ratelimit.Ask) bool { return a.Bucket == b.Bucket })
			if a.Shadow && (i < 0 || all[i].Limit > a.Limit) {
				t.Fatalf("%+v is not among %+v", a, all)
			}
		}
	}},
	{"Once", "no two asks of one kind are for one bucket, and each wants 1", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		type one struct {
			bucket ratelimit.Bucket
			shadow bool
		}
		seen := make(map[one]bool)
		for _, a := range match(t, rules, c) {
			if it := (one{a.Bucket, a.Shadow}); a.Amount != 1 || a.After || seen[it] {
				t.Fatalf("%+v", a)
			} else {
				seen[it] = true
			}
		}
	}},
	{"Room", "Match appends in place if there is room, and MaxAsks is room for rules that the field has", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		compiled, err := ratelimit.NewRules(service, rules)
		if err != nil {
			t.Fatal(err)
		}
		before := ratelimit.Ask{Limit: 99}
		room := append(make([]ratelimit.Ask, 0, 64), before)
		asks := compiled.Match(c, room)
		if &asks[0] != &room[0] || asks[0] != before {
			t.Fatalf("%+v were not appended", asks)
		}
		plain := !slices.ContainsFunc(rules, func(r ratelimit.Rule) bool {
			return r.Shadow || r.Concurrent != nil || r.Key == ratelimit.KeyRequestTag
		})
		if plain && len(asks)-1 > ratelimit.MaxAsks {
			t.Fatalf("%d asks", len(asks)-1)
		}
	}},
	{"Sparing", "a group is asked for at most twice, a tag too, and none that has no rule", func(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) {
		groups, tags := make(map[uint64]int), make(map[string]int)
		for _, r := range rules {
			groups[r.Principal] = 2
			tags[r.TagKey] = 2
		}
		inGroup, tag := c.InGroup, c.Tag
		c.InGroup = func(g uint64) bool { groups[g]--; return inGroup(g) }
		c.Tag = func(key string) (string, bool) { tags[key]--; return tag(key) }
		match(t, rules, c)
		for g, left := range groups {
			if left < 0 {
				t.Fatalf("asked too often for group %d", g)
			}
		}
		for key, left := range tags {
			if left < 0 {
				t.Fatalf("asked too often for tag %q", key)
			}
		}
	}},
}

const service = 7

func TestMatchLaws(t *testing.T) {
	for _, law := range matchLaws {
		t.Run(law.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rules := drawRules(t)
				c := drawCaller(t)
				t.Log(tell(rules))
				law.check(t, rules, c)
			})
			if t.Failed() {
				t.Logf("the law: %s", law.says)
			}
		})
	}
}

func match(t *rapid.T, rules []ratelimit.Rule, c ratelimit.Caller) []ratelimit.Ask {
	compiled, err := ratelimit.NewRules(service, rules)
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Match(c, nil)
}

// drawRules draws as many valid rules as there may be, of all keys, periods and
// mixtures of limits; sometimes only such as the field has.
func drawRules(t *rapid.T) []ratelimit.Rule {
	more := rapid.Bool().Draw(t, "more than the field has")
	groups := 0
	rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ratelimit.Rule { return drawRule(t, more) }), 0, 20).Draw(t, "rules")
	return slices.DeleteFunc(rules, func(r ratelimit.Rule) bool {
		if r.Key == ratelimit.KeyUserGroup {
			groups++
		}
		return r.Key == ratelimit.KeyUserGroup && groups > 5
	})
}

func drawRule(t *rapid.T, more bool) ratelimit.Rule {
	keys := []ratelimit.Key{ratelimit.KeyService, ratelimit.KeyUserDefault, ratelimit.KeyUser, ratelimit.KeyUserGroup,
		ratelimit.KeyUserGroup, ratelimit.KeyServicePrincipal}
	if more {
		keys = append(keys, ratelimit.KeyRequestTag, ratelimit.KeyRequestTag, ratelimit.KeyRequestTag)
	}
	r := ratelimit.Rule{Key: rapid.SampledFrom(keys).Draw(t, "key"), Period: rapid.SampledFrom([]ratelimit.Period{ratelimit.Minute, ratelimit.Hour}).Draw(t, "period")}
	switch r.Key {
	case ratelimit.KeyUser, ratelimit.KeyUserGroup, ratelimit.KeyServicePrincipal:
		r.Principal = rapid.Uint64Range(1, 4).Draw(t, "principal")
	case ratelimit.KeyRequestTag:
		r.TagKey = rapid.SampledFrom([]string{"team", "task"}).Draw(t, "tag key")
		r.TagValue = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tag value")
	}
	limit := rapid.Ptr(rapid.Int64Range(0, 5), true)
	r.Requests, r.Tokens = limit.Draw(t, "requests"), limit.Draw(t, "tokens")
	if more {
		r.Concurrent = limit.Draw(t, "concurrent")
		r.Shadow = rapid.Bool().Draw(t, "shadow")
	}
	switch {
	case r.Requests == nil && r.Tokens == nil && r.Concurrent == nil:
		r.Requests = number(6)
	case r.Requests == nil && r.Tokens == nil && rapid.Bool().Draw(t, "without a period"):
		r.Period = 0
	}
	return r
}

func drawCaller(t *rapid.T) ratelimit.Caller {
	members := rapid.SliceOfN(rapid.Bool(), 5, 5).Draw(t, "in groups")
	tags := rapid.MapOf(rapid.SampledFrom([]string{"team", "task"}), rapid.SampledFrom([]string{"", "a", "b", "c"})).Draw(t, "tags")
	return ratelimit.Caller{
		Principal:        rapid.Uint64Range(1, 4).Draw(t, "caller"),
		ServicePrincipal: rapid.Bool().Draw(t, "service principal"),
		InGroup:          func(g uint64) bool { return members[g] },
		Tag:              func(key string) (string, bool) { v, ok := tags[key]; return v, ok },
	}
}

// sameAsks reports whether got holds what want holds, which has nothing twice,
// and in the order that Match promises.
func sameAsks(got, want []ratelimit.Ask) bool {
	if len(got) != len(want) {
		return false
	}
	for _, a := range want {
		if !slices.Contains(got, a) {
			return false
		}
	}
	return slices.IsSortedFunc(got, func(a, b ratelimit.Ask) int { return place(a) - place(b) })
}

// place is where Match puts an ask.
func place(a ratelimit.Ask) int {
	switch {
	case a.Shadow:
		return 3
	case a.Bucket.Key == ratelimit.KeyService:
		return 0
	case a.Bucket.Key == ratelimit.KeyRequestTag:
		return 1
	}
	return 2
}

// tell writes rules with their limits.
func tell(rules []ratelimit.Rule) string {
	var text []byte
	for _, r := range rules {
		text = fmt.Appendf(text, "[%v %d %s=%s %v shadow %v:", r.Key, r.Principal, r.TagKey, r.TagValue, r.Period, r.Shadow)
		for _, n := range []*int64{r.Requests, r.Tokens, r.Concurrent} {
			if n == nil {
				text = append(text, " -"...)
			} else {
				text = fmt.Appendf(text, " %d", *n)
			}
		}
		text = append(text, ']')
	}
	return string(text)
}
