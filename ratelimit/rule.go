package ratelimit

import "fmt"

// The caps of spec §5.2.
const (
	maxRules      = 20
	maxGroupRules = 5
)

// Rule is one rate limit of a service (spec §5.1).
type Rule struct {
	Key Key

	// TagKey and TagValue say which calls a rule for KeyRequestTag limits:
	// those that carry a tag of that key, and that value. Without a TagValue
	// every value has a limit of its own, unless another rule names it.
	// Both are empty for other keys.
	TagKey, TagValue string

	// Principal is the id of the user, group or service principal that the
	// rule names. It is 0 for KeyService, KeyUserDefault and KeyRequestTag, and only there.
	Principal uint64

	Period Period

	// Requests and Tokens are the most that may pass in any interval of one
	// Period. Nil does not limit, 0 lets nothing pass, a negative number is
	// refused (ruling R1). At least one of the two is set.
	Requests, Tokens *int64

	// Concurrent is the most calls that may be under way at once; nil, 0 and
	// negative numbers as above. A rule with nothing else needs no Period.
	Concurrent *int64

	// Shadow rules count, and refuse nothing: the verdict says what they would
	// have refused. Which of the other rules hold does not depend on them.
	Shadow bool
}

// InvalidError says which field of a list of rules is wrong, and why.
type InvalidError struct {
	Field  string // such as "rate_limits[3].requests"
	Reason string
}

func (e *InvalidError) Error() string {
	return "ratelimit: " + e.Field + ": " + e.Reason
}

// checkRules returns the first fault of rules, an *InvalidError, or nil.
func checkRules(rules []Rule) error {
	if len(rules) > maxRules {
		return &InvalidError{"rate_limits", fmt.Sprintf("%d rate limits, at most %d are allowed", len(rules), maxRules)}
	}
	groups := 0
	for i, r := range rules {
		if field, reason := r.fault(); field != "" {
			return &InvalidError{fmt.Sprintf("rate_limits[%d].%s", i, field), reason}
		}
		if r.Key == KeyUserGroup {
			groups++
		}
	}
	if groups > maxGroupRules {
		return &InvalidError{"rate_limits", fmt.Sprintf("%d rate limits for groups, at most %d are allowed", groups, maxGroupRules)}
	}
	return nil
}

// fault returns the wire name of the first wrong field of r and what is wrong,
// or two empty strings.
func (r Rule) fault() (field, reason string) {
	switch {
	case !r.Key.valid():
		return "key", "missing or unknown"
	case r.Key.named() && r.Principal == 0:
		return "principal", "required for " + r.Key.String()
	case !r.Key.named() && r.Principal != 0:
		return "principal", "not allowed for " + r.Key.String()
	case !r.Period.valid():
		return "renewal_period", "missing or unknown"
	case r.Requests != nil && *r.Requests < 0:
		return "requests", "must not be negative"
	case r.Tokens != nil && *r.Tokens < 0:
		return "tokens", "must not be negative"
	case r.Requests == nil && r.Tokens == nil:
		return "requests", "one of requests and tokens is required"
	}
	return "", ""
}
