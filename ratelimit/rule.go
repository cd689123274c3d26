package ratelimit

import "fmt"

// The caps of spec §5.2, and how long a tag may be.
const (
	maxRules      = 20
	maxGroupRules = 5
	maxTagBytes   = 255
)

// Rule is one rate limit of a service (spec §5.1). It sets at least one of
// Requests, Tokens and Concurrent. In each of them nil does not limit, 0 lets
// nothing pass, and a negative number is refused (ruling R1).
type Rule struct {
	Key Key

	// TagKey and TagValue say which calls a rule for KeyRequestTag limits:
	// those that carry a tag of that key, and that value. Without a TagValue
	// each value that no other rule for the key names has a limit of its own;
	// a rule that names one overrides the others for it altogether, as rules
	// for users do the default. TagKey is required for KeyRequestTag, and both
	// are empty for other keys. Each is valid UTF-8 of at most 255 bytes.
	TagKey, TagValue string

	// Principal is the id of the user, group or service principal that the
	// rule names. It is 0 for KeyService, KeyUserDefault and KeyRequestTag,
	// and only there.
	Principal uint64

	// Period is required with Requests or Tokens. Concurrent has no use for
	// it, and alone may go without.
	Period Period

	// Requests and Tokens are the most that may pass in any interval of one
	// Period.
	Requests, Tokens *int64

	// Concurrent is the most calls that may be under way at once, as this
	// process counts them.
	Concurrent *int64

	// Shadow rules count, and refuse nothing: the verdict says what they
	// alone would have refused. Which of the other rules hold does not
	// depend on them. They count among the most rules that a service may have.
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
	for i := range rules {
		if field, reason := rules[i].fault(); field != "" {
			return &InvalidError{fmt.Sprintf("rate_limits[%d].%s", i, field), reason}
		}
		if rules[i].Key == KeyUserGroup {
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
func (r *Rule) fault() (field, reason string) {
	switch {
	case !r.Key.valid():
		return "key", "missing or unknown"
	case r.Key.named() && r.Principal == 0:
		return "principal", "required for " + r.Key.String()
	case !r.Key.named() && r.Principal != 0:
		return "principal", "not allowed for " + r.Key.String()
	}
	if field, reason := r.tagFault(); field != "" {
		return field, reason
	}
	switch {
	case !r.Period.valid() && (r.Period != 0 || r.Requests != nil || r.Tokens != nil):
		return "renewal_period", "missing or unknown"
	case r.Requests == nil && r.Tokens == nil && r.Concurrent == nil:
		return "requests", "one of requests, tokens and concurrent_requests is required"
	}
	const negative = "must not be negative"
	switch {
	case r.Requests != nil && *r.Requests < 0:
		return "requests", negative
	case r.Tokens != nil && *r.Tokens < 0:
		return "tokens", negative
	case r.Concurrent != nil && *r.Concurrent < 0:
		return "concurrent_requests", negative
	}
	return "", ""
}
