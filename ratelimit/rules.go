package ratelimit

import "slices"

// Rules are the rate limits of one service, checked and compiled. They are
// immutable and may be shared. A nil *Rules limits nothing.
type Rules struct {
	service  []Ask // concern every call
	named    []Ask // users and service principals
	groups   []Ask
	standard []Ask // the default tier; Match puts in the caller's id
}

// Caller is who asks, as far as limits care.
type Caller struct {
	// Principal is the caller's id.
	Principal uint64

	// ServicePrincipal says that the caller is a service principal: rules for
	// users do not name it, nor those for service principals a user.
	ServicePrincipal bool

	// InGroup reports whether the caller is in a group, directly or through
	// other groups (spec §5.3.8). Nil means in none. It is called during
	// Match only, at most once for each group that has a rule.
	InGroup func(group uint64) bool

	// Tag returns the value of a tag that the call carries. Nil means that it
	// carries none. It is called during Match only.
	Tag func(key string) (value string, ok bool)
}

// NewRules checks rules and compiles them for the service with the given id.
// Two rules for the same key, principal and period are allowed; for each of
// requests and tokens the smallest limit holds (spec §5.1). A fault is an
// [*InvalidError]. The slice and what it points to are not kept.
func NewRules(service uint64, rules []Rule) (*Rules, error) {
	if err := checkRules(rules); err != nil {
		return nil, err
	}
	compiled := new(Rules)
	for _, rule := range rules {
		tier := compiled.tier(rule.Key)
		*tier = addAsk(*tier, service, rule, Requests, rule.Requests)
		*tier = addAsk(*tier, service, rule, Tokens, rule.Tokens)
	}
	return compiled, nil
}

// Match appends to into the asks that concern a call by c, each for one bucket
// and of amount 1, and returns the longer slice. It is a pure function, the
// precedence of spec §5.3, and allocates nothing if into has room; [MaxAsks]
// is always room enough.
func (r *Rules) Match(c Caller, into []Ask) []Ask {
	if r == nil {
		return into
	}
	into = append(into, r.service...)
	shared := len(into)
	for _, a := range r.named {
		if a.Bucket.Principal == c.Principal && (a.Bucket.Key == KeyServicePrincipal) == c.ServicePrincipal {
			into = append(into, a)
		}
	}
	if len(into) > shared {
		return into
	}
	if c.InGroup != nil {
		into = r.matchGroups(c, into)
		if len(into) > shared {
			return into
		}
	}
	for _, a := range r.standard {
		a.Bucket.Principal = c.Principal
		into = append(into, a)
	}
	return into
}

// Empty reports whether r limits nobody.
func (r *Rules) Empty() bool {
	return r == nil || len(r.service)+len(r.named)+len(r.groups)+len(r.standard) == 0
}

func (r *Rules) matchGroups(c Caller, into []Ask) []Ask {
	var last uint64 // rules are sorted by group, and 0 is no group
	in := false
	for _, a := range r.groups {
		if g := a.Bucket.Principal; g != last {
			last, in = g, c.InGroup(g)
		}
		if in {
			into = append(into, a)
		}
	}
	return into
}

func (r *Rules) tier(k Key) *[]Ask {
	switch k {
	case KeyService:
		return &r.service
	case KeyUserGroup:
		return &r.groups
	case KeyUserDefault:
		return &r.standard
	}
	return &r.named
}

// addAsk adds what rule says of one dimension to asks, sorted by principal. A
// bucket that is there already keeps the smaller limit.
func addAsk(asks []Ask, service uint64, rule Rule, d Dimension, limit *int64) []Ask {
	if limit == nil {
		return asks
	}
	b := Bucket{Service: service, Principal: rule.Principal, Key: rule.Key, Period: rule.Period, Dimension: d}
	for i := range asks {
		if asks[i].Bucket == b {
			asks[i].Limit = min(asks[i].Limit, *limit)
			return asks
		}
	}
	at := len(asks)
	for at > 0 && asks[at-1].Bucket.Principal > b.Principal {
		at--
	}
	return slices.Insert(asks, at, Ask{Bucket: b, Limit: *limit, Amount: 1, Shared: rule.Key == KeyUserGroup})
}
