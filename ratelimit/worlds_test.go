package ratelimit_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

var mostRules = flag.Int("worlds", 4, "the most rules in a list that TestSmallWorlds goes through")

// letters are the rules that small worlds are made of, without their limits:
// each for one dimension, shadow or not, for the service, the default, three
// users, a service principal with the id of one of them, three groups, every
// value of a tag and two values of it.
func letters() []ratelimit.Rule {
	subjects := []ratelimit.Rule{
		{Key: ratelimit.KeyService},
		{Key: ratelimit.KeyUserDefault},
		{Key: ratelimit.KeyServicePrincipal, Principal: 1},
		{Key: ratelimit.KeyRequestTag, TagKey: "team"},
		{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "a"},
		{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "b"},
	}
	for id := range uint64(3) {
		subjects = append(subjects,
			ratelimit.Rule{Key: ratelimit.KeyUser, Principal: id + 1},
			ratelimit.Rule{Key: ratelimit.KeyUserGroup, Principal: id + 1})
	}
	var all []ratelimit.Rule
	var limit int64 // each place in a list has its own, see deal
	for _, r := range subjects {
		for _, r.Shadow = range []bool{false, true} {
			requests, tokens, concurrent := r, r, r
			requests.Period, requests.Requests = ratelimit.Minute, &limit
			tokens.Period, tokens.Tokens = ratelimit.Minute, &limit
			concurrent.Concurrent = &limit
			all = append(all, requests, tokens, concurrent)
		}
	}
	return all
}

// deal gives the rule the limit n.
func deal(r ratelimit.Rule, n *int64) ratelimit.Rule {
	switch {
	case r.Requests != nil:
		r.Requests = n
	case r.Tokens != nil:
		r.Tokens = n
	default:
		r.Concurrent = n
	}
	return r
}

// smallWorlds yields every list of at most most letters, as far as the names of
// users, groups, tag values and dimensions do not matter: user 2 is there only
// with user 1, tokens only with requests, and so on. The list must not be kept.
func smallWorlds(most int, yield func([]ratelimit.Rule)) {
	alphabet := letters()
	limits := make([]int64, most)
	for i := range limits {
		limits[i] = int64(i)
	}
	list := make([]ratelimit.Rule, 0, most)
	var extend func(from int)
	extend = func(from int) {
		if namesInTurn(list) {
			yield(list)
		}
		if len(list) == most {
			return
		}
		for i := from; i < len(alphabet); i++ {
			list = append(list, deal(alphabet[i], &limits[len(list)]))
			extend(i)
			list = list[:len(list)-1]
		}
	}
	extend(0)
}

func namesInTurn(rules []ratelimit.Rule) bool {
	var users, groups [4]bool
	var a, b, requests, tokens bool
	for i := range rules {
		r := &rules[i]
		requests, tokens = requests || r.Requests != nil, tokens || r.Tokens != nil
		switch r.Key {
		case ratelimit.KeyUser:
			users[r.Principal] = true
		case ratelimit.KeyUserGroup:
			groups[r.Principal] = true
		case ratelimit.KeyRequestTag:
			a, b = a || r.TagValue == "a", b || r.TagValue == "b"
		}
	}
	inTurn := func(used [4]bool) bool { return (used[1] || !used[2]) && (used[2] || !used[3]) }
	return inTurn(users) && inTurn(groups) && (a || !b) && (requests || !tokens)
}

// situation is one call, as far as rules can tell.
type situation struct {
	principal uint64
	service   bool // it is a service principal
	groups    [4]bool
	tag       string // "-" for none
}

func (s *situation) caller() ratelimit.Caller {
	return ratelimit.Caller{
		Principal:        s.principal,
		ServicePrincipal: s.service,
		InGroup:          func(g uint64) bool { return s.groups[g] },
		Tag:              func(key string) (string, bool) { return s.tag, key == "team" && s.tag != "-" },
	}
}

// situations yields every call that rules can tell from another: by each user
// with a rule, one without, and the service principal; in every subset of the
// groups with a rule; without a tag, with each value that has a rule, and with
// one that has none.
func situations(rules []ratelimit.Rule, yield func(*situation)) {
	callers, tags, groups := []uint64{0, 4}, []string{"-"}, []uint64(nil)
	for i := range rules {
		switch r := &rules[i]; r.Key {
		case ratelimit.KeyUser:
			callers = appendOnce(callers, r.Principal)
		case ratelimit.KeyUserGroup:
			groups = appendOnce(groups, r.Principal)
		case ratelimit.KeyRequestTag:
			tags = appendOnce(tags, "other")
			if r.TagValue != "" {
				tags = appendOnce(tags, r.TagValue)
			}
		}
	}
	for _, caller := range callers {
		for members := range 1 << len(groups) {
			for _, tag := range tags {
				s := situation{principal: caller, tag: tag}
				if caller == 0 {
					s.principal, s.service = 1, true
				}
				for i, g := range groups {
					s.groups[g] = members>>i&1 == 1
				}
				yield(&s)
			}
		}
	}
}

func appendOnce[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// TestSmallWorlds goes through all lists of up to four rules and all calls that
// they can tell apart, and compares Match with spec §5.3 read aloud. The rules
// are compiled in two orders.
func TestSmallWorlds(t *testing.T) {
	const service = 7
	if testing.Short() {
		*mostRules = min(*mostRules, 3)
	}
	var lists, calls int
	var room, back []ratelimit.Ask
	smallWorlds(*mostRules, func(rules []ratelimit.Rule) {
		lists++
		compiled, err := ratelimit.NewRules(service, rules)
		if err != nil {
			t.Fatal(err)
		}
		backwards := slices.Clone(rules)
		slices.Reverse(backwards)
		reversed, err := ratelimit.NewRules(service, backwards)
		if err != nil {
			t.Fatal(err)
		}
		situations(rules, func(s *situation) {
			calls++
			caller := s.caller()
			want := ratelimittest.Match(service, rules, caller)
			room, back = compiled.Match(caller, room[:0]), reversed.Match(caller, back[:0])
			if !sameAsks(room, want) || !sameAsks(back, want) {
				t.Fatalf("%s, %+v:\n matched %+v\nreversed %+v\n    want %+v", tell(rules), *s, room, back, want)
			}
		})
	})
	t.Logf("%d lists of rules, %d worlds", lists, calls)
}
