package ratelimit

// Rules are the rate limits of one service, checked and compiled. They are
// immutable and may be shared. A nil *Rules limits nothing.
type Rules struct {
	some    bool
	shadows bool
	tiers   [2]tiers // of enforced rules and of shadow rules
	tags    []tagRules
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
	// Match only, at most once for each group that has an enforced rule and
	// once for each that has a shadow rule.
	InGroup func(group uint64) bool

	// Tag returns the value of a tag that the call carries. Nil means that it
	// carries none. Match takes time for each byte of a value that no rule
	// names. Tag is called during Match only, at most twice for each tag key
	// that has a rule.
	Tag func(key string) (value string, ok bool)
}

// NewRules checks rules and compiles them for the service with the given id.
// Rules alike in key, principal or tag, period and shadow are allowed; for each
// of requests, tokens and concurrent requests the smallest limit holds
// (spec §5.1). A fault is an [*InvalidError]. The slice and what it points to
// are not kept.
func NewRules(service uint64, rules []Rule) (*Rules, error) {
	if err := checkRules(rules); err != nil {
		return nil, err
	}
	compiled := &Rules{some: len(rules) > 0}
	for i := range rules {
		compiled.add(service, &rules[i])
	}
	return compiled, nil
}

// Match appends to into the asks that concern a call by c, each of amount 1,
// and returns the longer slice. It is a pure function, whatever the order of the
// rules, and allocates nothing if into has room. The asks are, in this order and
// each for a bucket of its own:
//
//   - those of the service;
//   - for each tag that the call carries those of the rules that name its
//     value, else those for every value, whoever calls;
//   - those of one personal tier: rules that name the caller, else those for
//     groups the caller is in, else the default (spec §5.3);
//   - marked Shadow, those that stem from shadow rules among all that would
//     be here if shadow rules were enforced. The others are as if there were
//     no shadow rules, and may be for the same buckets.
func (r *Rules) Match(c Caller, into []Ask) []Ask {
	if r == nil {
		return into
	}
	into = append(into, r.tiers[enforced].service...)
	if len(r.tags) > 0 && c.Tag != nil {
		into = r.matchTags(&c, enforced, into)
	}
	into, last := r.tiers[enforced].personal(&c, tierDefault, into)
	if !r.shadows {
		return into
	}
	into = append(into, r.tiers[shadow].service...)
	if len(r.tags) > 0 && c.Tag != nil {
		into = r.matchTags(&c, shadow, into)
	}
	// No tier behind the one that is enforced would be reached.
	into, _ = r.tiers[shadow].personal(&c, last, into)
	return into
}

// Empty reports whether r has no rule, not even a shadow rule: Match then
// yields nothing for anybody.
func (r *Rules) Empty() bool { return r == nil || !r.some }

func (r *Rules) matchTags(c *Caller, k kind, into []Ask) []Ask {
	for i := range r.tags {
		if value, ok := c.Tag(r.tags[i].key); ok {
			into = r.tags[i].match(value, k, into)
		}
	}
	return into
}
