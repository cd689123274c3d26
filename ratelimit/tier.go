package ratelimit

import (
	"cmp"
	"slices"
)

// kind says whether rules refuse. Rules of both kinds are kept apart, so that
// an enforced ask and a shadow ask for one bucket are two.
type kind uint8

const (
	enforced kind = iota
	shadow
)

// tier is a rank of personal rules: only the first that concerns a caller
// counts (spec §5.3.2).
type tier uint8

const (
	tierNamed tier = iota
	tierGroups
	tierDefault
)

// tiers are the asks of one kind, those for tags apart, each list sorted by
// compare.
type tiers struct {
	service  []Ask
	named    []Ask // users and service principals
	groups   []Ask
	standard []Ask // personal puts in the caller's id
}

// personal appends the asks of the first tier that concerns c, not looking
// beyond last. It returns that tier, or last when there is none.
func (ts *tiers) personal(c *Caller, last tier, into []Ask) ([]Ask, tier) {
	before := len(into)
	for t := tierNamed; ; t++ {
		switch t {
		case tierNamed:
			into = ts.matchNamed(c, into)
		case tierGroups:
			into = ts.matchGroups(c, into)
		case tierDefault:
			into = ts.matchStandard(c, into)
		}
		if len(into) > before || t >= last {
			return into, t
		}
	}
}

func (ts *tiers) matchNamed(c *Caller, into []Ask) []Ask {
	for i := range ts.named {
		b := &ts.named[i].Bucket
		if b.Principal == c.Principal && (b.Key == KeyServicePrincipal) == c.ServicePrincipal {
			into = append(into, ts.named[i])
		}
	}
	return into
}

func (ts *tiers) matchGroups(c *Caller, into []Ask) []Ask {
	if c.InGroup == nil {
		return into
	}
	var last uint64 // asks of one group are together, and 0 is no group
	in := false
	for i := range ts.groups {
		if g := ts.groups[i].Bucket.Principal; g != last {
			last, in = g, c.InGroup(g)
		}
		if in {
			into = append(into, ts.groups[i])
		}
	}
	return into
}

func (ts *tiers) matchStandard(c *Caller, into []Ask) []Ask {
	for _, a := range ts.standard {
		a.Bucket.Principal = c.Principal
		into = append(into, a)
	}
	return into
}

// add compiles a rule, which was checked.
func (r *Rules) add(service uint64, rule *Rule) {
	k := enforced
	if rule.Shadow {
		k, r.shadows = shadow, true
	}
	b := Bucket{Service: service, Principal: rule.Principal, Key: rule.Key, Period: rule.Period}
	if rule.TagValue != "" {
		b.Principal = TagID(rule.TagKey, rule.TagValue)
	}
	asks := r.place(rule, k)
	b.Dimension = Requests
	*asks = addAsk(*asks, b, k, rule.Requests)
	b.Dimension = Tokens
	*asks = addAsk(*asks, b, k, rule.Tokens)
	b.Dimension, b.Period = Concurrent, 0
	*asks = addAsk(*asks, b, k, rule.Concurrent)
}

// place returns where the asks of a rule are kept.
func (r *Rules) place(rule *Rule, k kind) *[]Ask {
	ts := &r.tiers[k]
	switch rule.Key {
	case KeyService:
		return &ts.service
	case KeyRequestTag:
		return r.tag(rule, k)
	case KeyUserGroup:
		return &ts.groups
	case KeyUserDefault:
		return &ts.standard
	}
	return &ts.named
}

// addAsk adds an ask of bucket b to asks, which are sorted, if there is a limit.
// A bucket that is there already keeps the smaller limit.
func addAsk(asks []Ask, b Bucket, k kind, limit *int64) []Ask {
	if limit == nil {
		return asks
	}
	i, found := slices.BinarySearchFunc(asks, b, func(a Ask, b Bucket) int { return compare(a.Bucket, b) })
	if found {
		asks[i].Limit = min(asks[i].Limit, *limit)
		return asks
	}
	return slices.Insert(asks, i, Ask{Bucket: b, Limit: *limit, Amount: 1, Shared: b.Key == KeyUserGroup, Shadow: k == shadow})
}

// compare orders the buckets of one service by principal first.
func compare(a, b Bucket) int {
	return cmp.Or(
		cmp.Compare(a.Principal, b.Principal),
		cmp.Compare(a.Key, b.Key),
		cmp.Compare(a.Dimension, b.Dimension),
		cmp.Compare(a.Period, b.Period),
	)
}
