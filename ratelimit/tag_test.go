package ratelimit_test

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// TagID is the standard library's FNV-1a over parts with their lengths.
func TestTagID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, value := rapid.String().Draw(t, "key"), rapid.String().Draw(t, "value")
		h := fnv.New64a()
		for _, part := range []string{key, value} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
			h.Write([]byte(part))
		}
		if got := ratelimit.TagID(key, value); got != h.Sum64() {
			t.Fatalf("TagID is %#x, want %#x", got, h.Sum64())
		}
	})
	if ratelimit.TagID("team", "a") == ratelimit.TagID("teama", "") || ratelimit.TagID("a", "") == ratelimit.TagID("", "a") {
		t.Error("it does not matter where the key ends")
	}
}

// TestTagMeaning states who is limited by rules for tags and by shadow rules.
// Each rule has its place in the list for its limit.
func TestTagMeaning(t *testing.T) {
	tag := func(key, value string) ratelimit.Rule {
		return ratelimit.Rule{Key: ratelimit.KeyRequestTag, TagKey: key, TagValue: value}
	}
	user := ratelimit.Rule{Key: ratelimit.KeyUser, Principal: 1}
	group := ratelimit.Rule{Key: ratelimit.KeyUserGroup, Principal: 9}
	standard := ratelimit.Rule{Key: ratelimit.KeyUserDefault}
	all := ratelimit.Rule{Key: ratelimit.KeyService}
	shadow := func(r ratelimit.Rule) ratelimit.Rule { r.Shadow = true; return r }
	for _, c := range []struct {
		name             string
		rules            []ratelimit.Rule
		tags             map[string]string
		enforced, shadow []int64
	}{
		{"no tag, no limit", []ratelimit.Rule{tag("team", ""), tag("team", "a")}, nil, nil, nil},
		{"a value of its own limit", []ratelimit.Rule{tag("team", ""), tag("team", "a")}, map[string]string{"team": "b"}, []int64{0}, nil},
		{"a value that is named", []ratelimit.Rule{tag("team", ""), tag("team", "a")}, map[string]string{"team": "a"}, []int64{1}, nil},
		{"only others are named", []ratelimit.Rule{tag("team", "b"), tag("task", "a")}, map[string]string{"team": "a"}, nil, nil},
		{"an empty value is a value", []ratelimit.Rule{tag("team", ""), tag("team", "a")}, map[string]string{"team": ""}, []int64{0}, nil},
		{"all tags apply", []ratelimit.Rule{tag("team", ""), tag("task", "x")}, map[string]string{"team": "b", "task": "x"}, []int64{1, 0}, nil},
		{"beside the service and the personal tier", []ratelimit.Rule{standard, tag("team", ""), all, group}, map[string]string{"team": "b"}, []int64{2, 1, 3}, nil},
		{"a shadow rule for a value hides no rule for all", []ratelimit.Rule{tag("team", ""), shadow(tag("team", "a"))}, map[string]string{"team": "a"}, []int64{0}, []int64{1}},
		{"a shadow rule for all is hidden by a value", []ratelimit.Rule{shadow(tag("team", "")), tag("team", "a")}, map[string]string{"team": "a"}, []int64{1}, nil},
		{"a shadow rule for a value hides one for all", []ratelimit.Rule{shadow(tag("team", "")), shadow(tag("team", "a"))}, map[string]string{"team": "a"}, nil, []int64{1}},
		{"a shadow rule beside a rule", []ratelimit.Rule{all, shadow(all)}, nil, []int64{0}, []int64{1}},
		{"a shadow user rule", []ratelimit.Rule{standard, shadow(user)}, nil, []int64{0}, []int64{1}},
		{"a shadow group rule behind a user rule", []ratelimit.Rule{user, shadow(group)}, nil, []int64{0}, nil},
		{"a shadow group rule before the default", []ratelimit.Rule{standard, shadow(group), shadow(standard)}, nil, []int64{0}, []int64{1}},
		{"a shadow default behind nothing", []ratelimit.Rule{shadow(standard)}, nil, nil, []int64{0}},
		{"a shadow default behind a group rule", []ratelimit.Rule{shadow(standard), group}, nil, []int64{1}, nil},
	} {
		for i := range c.rules {
			c.rules[i].Concurrent = number(int64(i))
		}
		compiled, err := ratelimit.NewRules(1, c.rules)
		if err != nil {
			t.Fatal(err)
		}
		var enforced, shadow []int64
		for _, a := range compiled.Match(ratelimit.Caller{
			Principal: 1,
			InGroup:   func(g uint64) bool { return g == 9 },
			Tag:       func(key string) (string, bool) { v, ok := c.tags[key]; return v, ok },
		}, nil) {
			if a.Shadow {
				shadow = append(shadow, a.Limit)
			} else {
				enforced = append(enforced, a.Limit)
			}
		}
		if !slices.Equal(enforced, c.enforced) || !slices.Equal(shadow, c.shadow) {
			t.Errorf("%s: rules %v and shadow rules %v, want %v and %v", c.name, enforced, shadow, c.enforced, c.shadow)
		}
	}
}

// TestTagUsageSurvives: naming a value changes its limit and not its bucket.
func TestTagUsageSurvives(t *testing.T) {
	var buckets []ratelimit.Bucket
	for _, value := range []string{"", "red"} {
		rule := tagged()
		rule.TagValue = value
		compiled, err := ratelimit.NewRules(1, []ratelimit.Rule{rule})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range compiled.Match(ratelimit.Caller{Principal: 1, Tag: red}, nil) {
			buckets = append(buckets, a.Bucket)
		}
	}
	if len(buckets) != 4 || buckets[0] != buckets[2] || buckets[1] != buckets[3] || buckets[0].Principal != ratelimit.TagID("team", "red") {
		t.Errorf("%+v", buckets)
	}
}

// TestMatchInPlace: with room Match allocates nothing, whatever the rules.
func TestMatchInPlace(t *testing.T) {
	shadowed := tagged()
	shadowed.Shadow = true
	compiled, err := ratelimit.NewRules(1, []ratelimit.Rule{
		tagged(), shadowed,
		{Key: ratelimit.KeyUserGroup, Principal: 2, Concurrent: number(3)},
		{Key: ratelimit.KeyUser, Principal: 7, Concurrent: number(3), Shadow: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	var room [ratelimit.MaxAsks]ratelimit.Ask
	caller := ratelimit.Caller{Principal: 7, Tag: red, InGroup: func(g uint64) bool { return g == 2 }}
	if n := testing.AllocsPerRun(100, func() {
		if asks := compiled.Match(caller, room[:0]); len(asks) != 6 {
			t.Errorf("%d asks", len(asks))
		}
	}); n != 0 {
		t.Errorf("Match allocates %v times", n)
	}
}
