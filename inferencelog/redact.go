package inferencelog

import (
	"maps"
	"regexp"
)

// RedactMatches returns a hook for [Options].Redact that puts with in the place of every match of re, in both bodies and
// in the values of tags and headers. The text is put there as it is: a $ in it means nothing. Bodies, tags and headers
// without a match stay as they are; the others are replaced by copies. Matches are looked for in the text of the body: in
// JSON that is with its escapes. A nil re matches everything, so that a mistake keeps too little and not too much.
func RedactMatches(re *regexp.Regexp, with string) func(Target, *Record) {
	if re == nil {
		re = regexp.MustCompile(`(?s)^.*$`)
	}
	return func(_ Target, r *Record) {
		r.Request = redactBody(re, with, r.Request)
		r.Response = redactBody(re, with, r.Response)
		r.RequestTags = redactValues(re, with, r.RequestTags)
		r.RequestHeaders = redactValues(re, with, r.RequestHeaders)
	}
}

func redactBody(re *regexp.Regexp, with string, body []byte) []byte {
	if body == nil || !re.Match(body) {
		return body
	}
	return re.ReplaceAllLiteral(body, []byte(with))
}

func redactValues(re *regexp.Regexp, with string, values map[string]string) map[string]string {
	redacted := values
	copied := false
	for key, value := range values {
		if !re.MatchString(value) {
			continue
		}
		if !copied {
			redacted, copied = maps.Clone(values), true
		}
		redacted[key] = re.ReplaceAllLiteralString(value, with)
	}
	return redacted
}
