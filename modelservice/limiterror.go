package modelservice

import (
	"fmt"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// limitError puts a refusal into the words of spec §5.5. Of tags it says only
// what the caller has said.
func limitError(v ratelimit.Verdict, s *catalog.Snapshot, service catalog.FullName, tags map[string]string) *Error {
	e := &Error{refused: true, RetryAfter: v.RetryAfter}
	switch {
	case v.Disabled:
		e.Code, e.RetryAfter = CodePermissionDenied, 0 // waiting does not help
		e.Message = "PERMISSION_DENIED: The endpoint is disabled due to a rate limit set to 0."
	case v.Full:
		e.Code = CodeResourceExhausted
		e.Message = "Too many rate limits are in use at once."
	case v.Away:
		// Not 429: nobody has used too much, and it is ours to set right.
		e.Code = CodeUnavailable
		e.Message = "The rate limits cannot be checked at the moment."
	default:
		e.Code = CodeRequestLimitExceeded
		e.Message = fmt.Sprintf("REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for '%s'. %s exceeded for %s",
			service, limitName(v.Blocked.Bucket), limitWhom(v.Blocked.Bucket, s, tags))
	}
	return e
}

func limitName(b ratelimit.Bucket) string {
	unit, short := "Requests", "RP"
	switch b.Dimension {
	case ratelimit.Concurrent:
		return "Concurrent requests limit"
	case ratelimit.Tokens:
		unit, short = "Tokens", "TP"
	}
	period, letter := "minute", "M"
	if b.Period == ratelimit.Hour {
		period, letter = "hour", "H"
	}
	return fmt.Sprintf("%s-per-%s (%s%s) rate limit", unit, period, short, letter)
}

// maxTagWords is how much of a tag is said back, in bytes: that of the caller
// can be as long as a header.
const maxTagWords = 255

func limitWhom(b ratelimit.Bucket, s *catalog.Snapshot, tags map[string]string) string {
	switch b.Key {
	case ratelimit.KeyUserDefault, ratelimit.KeyUser, ratelimit.KeyServicePrincipal:
		return "user"
	case ratelimit.KeyUserGroup:
		return fmt.Sprintf("group '%s'", principalName(s, catalog.PrincipalID(b.Principal)))
	case ratelimit.KeyRequestTag:
		key, value := requestTags(tags).find(b.Principal)
		if len(value) > maxTagWords {
			value = strings.ToValidUTF8(value[:maxTagWords], "") + "…"
		}
		return fmt.Sprintf("request tag '%s=%s'", key, value)
	}
	return "endpoint"
}
