package routing

import (
	"math"
	"strings"
	"time"
)

// ParseRetryAfter reads a Retry-After header in both forms of RFC 9110 §10.2.3:
// whole seconds, or a date, which is compared with now. The answer is never
// negative: a date that has passed is 0. Seconds too large for a Duration are
// the longest Duration. ok is false for anything else. The value is not capped;
// the Router caps what it obeys (Options.MaxRetryAfter).
func ParseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.Trim(value, " \t")
	if value == "" {
		return 0, false
	}
	if value[0] >= '0' && value[0] <= '9' {
		return parseSeconds(value)
	}
	// The preferred form and the two obsolete ones that a recipient must
	// accept (RFC 9110 §5.6.7).
	for _, layout := range [...]string{
		"Mon, 02 Jan 2006 15:04:05 GMT",
		"Monday, 02-Jan-06 15:04:05 GMT",
		time.ANSIC,
	} {
		if date, err := time.Parse(layout, value); err == nil {
			return max(date.Sub(now), 0), true
		}
	}
	return 0, false
}

func parseSeconds(digits string) (time.Duration, bool) {
	const most = math.MaxInt64 / int64(time.Second)
	var n int64
	for i := range len(digits) {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int64(c-'0'), most+1)
	}
	if n > most {
		return math.MaxInt64, true
	}
	return time.Duration(n) * time.Second, true
}
