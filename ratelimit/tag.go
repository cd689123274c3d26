package ratelimit

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// TagID is the [Bucket] principal of a request tag: FNV-1a, 64 bits, over key
// and value, each behind its length in bytes as 64 bits with the lowest byte
// first. It never changes, so that counts may be kept and shared, and is the
// same for a rule that names the value and one for every value, so that usage
// survives a change from one to the other (ruling R26). Tags are the caller's
// own choice: who finds two with one id could have sent the other tag as well.
func TagID(key, value string) uint64 { return hashTag(hashTag(fnvOffset, key), value) }

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashTag goes on from h with one part of a tag.
func hashTag(h uint64, part string) uint64 {
	for n, i := uint64(len(part)), 0; i < 8; i++ {
		h = (h ^ n&0xff) * fnvPrime
		n >>= 8
	}
	for i := range len(part) {
		h = (h ^ uint64(part[i])) * fnvPrime
	}
	return h
}

// tagFault is fault for the two fields about tags.
func (r *Rule) tagFault() (field, reason string) {
	if r.Key != KeyRequestTag {
		switch {
		case r.TagKey != "":
			return "request_tag_key", "not allowed for " + r.Key.String()
		case r.TagValue != "":
			return "request_tag_value", "not allowed for " + r.Key.String()
		}
		return "", ""
	}
	if r.TagKey == "" {
		return "request_tag_key", "required for " + r.Key.String()
	}
	if reason := tagTextFault(r.TagKey); reason != "" {
		return "request_tag_key", reason
	}
	if reason := tagTextFault(r.TagValue); reason != "" {
		return "request_tag_value", reason
	}
	return "", ""
}

func tagTextFault(s string) string {
	switch {
	case len(s) > maxTagBytes:
		return "must be at most 255 bytes"
	case !utf8.ValidString(s):
		return "must be valid UTF-8"
	}
	return ""
}

// tagRules are the rules for one tag key. A value that some rule names has that
// rule instead of those for every value.
type tagRules struct {
	key    string
	hash   uint64 // of key, for hashTag to go on from
	values []tagValue
	every  [2][]Ask // match puts in the principal
}

// tagValue are the rules that name one value, one at least.
type tagValue struct {
	value string
	asks  [2][]Ask
}

// match appends the asks of one kind for a call that carries value.
func (t *tagRules) match(value string, k kind, into []Ask) []Ask {
	named := t.named(value)
	if named != nil && (k == shadow || len(named.asks[enforced]) > 0) {
		return append(into, named.asks[k]...)
	}
	if len(t.every[k]) == 0 {
		return into
	}
	id := hashTag(t.hash, value)
	for _, a := range t.every[k] {
		a.Bucket.Principal = id
		into = append(into, a)
	}
	return into
}

// named returns the rules that name value, nil if none does.
func (t *tagRules) named(value string) *tagValue {
	for i := range t.values {
		if t.values[i].value == value {
			return &t.values[i]
		}
	}
	return nil
}

// tag returns the place for the asks of a rule for a tag.
func (r *Rules) tag(rule *Rule, k kind) *[]Ask {
	t := r.tagKey(rule.TagKey)
	if rule.TagValue == "" {
		return &t.every[k]
	}
	named := t.named(rule.TagValue)
	if named == nil {
		t.values = append(t.values, tagValue{value: rule.TagValue})
		named = &t.values[len(t.values)-1]
	}
	return &named.asks[k]
}

// tagKey returns the rules for one tag key. They are sorted, so that the order
// of what Match yields does not depend on that of the rules.
func (r *Rules) tagKey(key string) *tagRules {
	i, found := slices.BinarySearchFunc(r.tags, key, func(t tagRules, key string) int { return strings.Compare(t.key, key) })
	if !found {
		r.tags = slices.Insert(r.tags, i, tagRules{key: key, hash: hashTag(fnvOffset, key)})
	}
	return &r.tags[i]
}
