package ratelimit_test

import (
	"slices"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// BenchmarkMatch finds the four asks of a caller in one of two groups with
// limits, those of a caller in one of five when every rule is taken, and those
// of a call with a tag besides.
func BenchmarkMatch(b *testing.B) {
	rule := func(k ratelimit.Key, principal uint64) ratelimit.Rule {
		return ratelimit.Rule{Key: k, Principal: principal, Period: ratelimit.Minute, Requests: number(10), Tokens: number(1000)}
	}
	six := []ratelimit.Rule{
		rule(ratelimit.KeyService, 0), rule(ratelimit.KeyUserDefault, 0), rule(ratelimit.KeyUserGroup, 1), rule(ratelimit.KeyUserGroup, 2),
	}
	twenty := six
	for g := range uint64(3) {
		twenty = append(twenty, rule(ratelimit.KeyUserGroup, 3+g))
	}
	for user := range uint64(13) {
		twenty = append(twenty, rule(ratelimit.KeyUser, 100+user))
	}
	more := append(slices.Clone(six), tagged(), tagged())
	more[4].TagValue, more[4].Shadow = "blue", true
	for _, c := range []struct {
		name  string
		rules []ratelimit.Rule
	}{{"FourRules", six}, {"TwentyRules", twenty}, {"TagAndShadow", more}} {
		b.Run(c.name, func(b *testing.B) { benchmarkMatch(b, c.rules, ratelimit.Caller{Tag: red}) })
	}
}

func tagged() ratelimit.Rule {
	return ratelimit.Rule{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Requests: number(10), Tokens: number(1000)}
}

func red(string) (string, bool) { return "red", true }

func benchmarkMatch(b *testing.B, rules []ratelimit.Rule, caller ratelimit.Caller) {
	compiled, err := ratelimit.NewRules(1, rules)
	if err != nil {
		b.Fatal(err)
	}
	var room [ratelimit.MaxAsks]ratelimit.Ask
	caller.Principal = 7
	caller.InGroup = func(g uint64) bool { return g == 2 }
	b.ReportAllocs()
	for b.Loop() {
		if len(compiled.Match(caller, room[:0])) < 4 {
			b.Fatal("too few asks")
		}
	}
}
