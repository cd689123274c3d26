package ratelimittest

import (
	"slices"

	"github.com/modelward/modelward/ratelimit"
)

// Match is spec §5.3 read aloud: the asks for a call by caller, who is in
// groups, in no particular order. It is what ratelimit.Rules.Match must yield.
func Match(service uint64, rules []ratelimit.Rule, caller uint64, servicePrincipal bool, groups []uint64) []ratelimit.Ask {
	named := ratelimit.KeyUser
	if servicePrincipal {
		named = ratelimit.KeyServicePrincipal
	}
	asks := asksOf(service, rules, 0, func(r ratelimit.Rule) bool { return r.Key == ratelimit.KeyService })

	personal := asksOf(service, rules, 0, func(r ratelimit.Rule) bool {
		return r.Key == named && r.Principal == caller
	})
	if len(personal) == 0 {
		personal = asksOf(service, rules, 0, func(r ratelimit.Rule) bool {
			return r.Key == ratelimit.KeyUserGroup && slices.Contains(groups, r.Principal)
		})
	}
	if len(personal) == 0 {
		personal = asksOf(service, rules, caller, func(r ratelimit.Rule) bool {
			return r.Key == ratelimit.KeyUserDefault
		})
	}
	return append(asks, personal...)
}

// asksOf turns the rules that apply into asks, one a bucket, the strictest
// limit winning. The principal of a default rule's bucket is caller.
func asksOf(service uint64, rules []ratelimit.Rule, caller uint64, applies func(ratelimit.Rule) bool) []ratelimit.Ask {
	limits := make(map[ratelimit.Bucket]int64)
	for _, r := range rules {
		if !applies(r) {
			continue
		}
		for d, limit := range map[ratelimit.Dimension]*int64{
			ratelimit.Requests: r.Requests, ratelimit.Tokens: r.Tokens,
		} {
			if limit == nil {
				continue
			}
			b := ratelimit.Bucket{Service: service, Principal: r.Principal + caller, Key: r.Key, Period: r.Period, Dimension: d}
			if old, ok := limits[b]; !ok || *limit < old {
				limits[b] = *limit
			}
		}
	}
	var asks []ratelimit.Ask
	for b, limit := range limits {
		asks = append(asks, ratelimit.Ask{Bucket: b, Limit: limit, Amount: 1, Shared: b.Key == ratelimit.KeyUserGroup})
	}
	return asks
}
