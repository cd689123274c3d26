package ratelimittest

import "github.com/modelward/modelward/ratelimit"

// Match is spec §5.3 read aloud: the asks for a call by caller, in no
// particular order. It is what ratelimit.Rules.Match must yield.
func Match(service uint64, rules []ratelimit.Rule, caller ratelimit.Caller) []ratelimit.Ask {
	var enforced []ratelimit.Rule
	for _, r := range rules {
		if !r.Shadow {
			enforced = append(enforced, r)
		}
	}
	asks := asksOf(service, enforced, caller)
	for _, a := range asksOf(service, rules, caller) {
		if a.Shadow {
			asks = append(asks, a)
		}
	}
	return asks
}

// concerns reports whether r concerns a call by caller, if all of rules, which
// it is one of, are enforced.
func concerns(r *ratelimit.Rule, rules []ratelimit.Rule, caller *ratelimit.Caller) bool {
	any := func(holds func(*ratelimit.Rule, *ratelimit.Caller) bool) bool {
		for i := range rules {
			if holds(&rules[i], caller) {
				return true
			}
		}
		return false
	}
	switch r.Key {
	case ratelimit.KeyService: // "exceeding them blocks everybody, whatever personal limits say"
		return true
	case ratelimit.KeyRequestTag: // "scoped to a request tag, independent of the caller principal"
		value, carried := tagOf(r, caller)
		if r.TagValue != "" {
			return carried && value == r.TagValue
		}
		return carried && !any(func(o *ratelimit.Rule, _ *ratelimit.Caller) bool {
			return o.Key == r.Key && o.TagKey == r.TagKey && o.TagValue == value && value != ""
		})
	case ratelimit.KeyUserGroup: // "exactly one of (first match)"
		return names(r, caller) && !any(namesAlone)
	case ratelimit.KeyUserDefault:
		return !any(names)
	}
	return namesAlone(r, caller)
}

// namesAlone reports whether r is a rule for caller and nobody else.
func namesAlone(r *ratelimit.Rule, caller *ratelimit.Caller) bool {
	key := ratelimit.KeyUser
	if caller.ServicePrincipal {
		key = ratelimit.KeyServicePrincipal
	}
	return r.Key == key && r.Principal == caller.Principal
}

// names reports whether r is a rule for caller or a group with caller in it.
func names(r *ratelimit.Rule, caller *ratelimit.Caller) bool {
	return namesAlone(r, caller) ||
		r.Key == ratelimit.KeyUserGroup && caller.InGroup != nil && caller.InGroup(r.Principal)
}

func tagOf(r *ratelimit.Rule, caller *ratelimit.Caller) (value string, carried bool) {
	if caller.Tag == nil {
		return "", false
	}
	return caller.Tag(r.TagKey)
}

// asksOf returns the asks for a call by caller if all of rules are enforced. Of
// several limits for one bucket the strictest counts, among shadow rules and
// among the others.
func asksOf(service uint64, rules []ratelimit.Rule, caller ratelimit.Caller) []ratelimit.Ask {
	var asks []ratelimit.Ask
	for i := range rules {
		r := &rules[i]
		if !concerns(r, rules, &caller) {
			continue
		}
		b := ratelimit.Bucket{Service: service, Key: r.Key, Principal: r.Principal}
		switch r.Key {
		case ratelimit.KeyUserDefault:
			b.Principal = caller.Principal
		case ratelimit.KeyRequestTag:
			value, _ := tagOf(r, &caller)
			b.Principal = ratelimit.TagID(r.TagKey, value)
		}
		for _, l := range []struct {
			limit     *int64
			dimension ratelimit.Dimension
			period    ratelimit.Period
		}{
			{r.Requests, ratelimit.Requests, r.Period},
			{r.Tokens, ratelimit.Tokens, r.Period},
			{r.Concurrent, ratelimit.Concurrent, 0},
		} {
			if l.limit != nil {
				b.Dimension, b.Period = l.dimension, l.period
				asks = strictest(asks, ratelimit.Ask{
					Bucket: b, Limit: *l.limit, Amount: 1, Shared: r.Key == ratelimit.KeyUserGroup, Shadow: r.Shadow,
				})
			}
		}
	}
	return asks
}

// strictest adds a to asks, unless they have one like it, which keeps the
// smaller limit.
func strictest(asks []ratelimit.Ask, a ratelimit.Ask) []ratelimit.Ask {
	for i, b := range asks {
		if b.Bucket == a.Bucket && b.Shadow == a.Shadow {
			asks[i].Limit = min(b.Limit, a.Limit)
			return asks
		}
	}
	return append(asks, a)
}
