package modelservice

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// limits are the rate limits of a service made ready, and what has to be known
// of a call for them.
type limits struct {
	rules *ratelimit.Rules
	tags  bool // one is on request tags
}

func newLimits(id catalog.ID, from []boundLimit) (limits, error) {
	var l limits
	rules := make([]ratelimit.Rule, len(from))
	for i, b := range from {
		rules[i] = ratelimit.Rule{Key: b.Key, Principal: uint64(b.Principal), TagKey: b.TagKey, TagValue: b.TagValue, Period: b.Period,
			Requests: b.Requests, Tokens: b.Tokens, Concurrent: b.Concurrent, Shadow: b.Shadow}
		l.tags = l.tags || b.Key == ratelimit.KeyRequestTag
	}
	var err error
	l.rules, err = ratelimit.NewRules(uint64(id), rules)
	return l, err
}

// asks appends to into what concerns a call with such tags.
func (l *limits) asks(s *catalog.Snapshot, caller catalog.Principal, tags map[string]string, into []ratelimit.Ask) []ratelimit.Ask {
	who := ratelimit.Caller{
		Principal:        uint64(caller.ID),
		ServicePrincipal: caller.Type == catalog.ServicePrincipal,
		InGroup:          memberOf{s, caller.ID}.contains,
	}
	if l.tags && len(tags) > 0 {
		who.Tag = requestTags(tags).value
	}
	return l.rules.Match(who, into)
}

// memberOf answers which groups a caller is in, from the snapshot that also
// decided on the caller's rights.
type memberOf struct {
	s      *catalog.Snapshot
	caller catalog.PrincipalID
}

func (m memberOf) contains(group uint64) bool {
	return m.s.Memberships(m.caller).Has(catalog.PrincipalID(group))
}

// requestTags are the tags of a call.
type requestTags map[string]string

func (t requestTags) value(key string) (string, bool) {
	value, ok := t[key]
	return value, ok
}

// find returns the tag that a bucket is for.
func (t requestTags) find(id uint64) (key, value string) {
	for key, value := range t {
		if ratelimit.TagID(key, value) == id {
			return key, value
		}
	}
	return "", ""
}
