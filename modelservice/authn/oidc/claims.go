package oidc

import (
	"slices"
	"time"
)

// Claims are those of a token that was verified: objects, lists, texts, numbers
// (float64), true, false and nil, as encoding/json makes them of JSON. No name is
// there twice, at any depth.
type Claims map[string]any

// Text returns a claim that is a text, and otherwise "".
func (c Claims) Text(name string) string {
	text, _ := c[name].(string)
	return text
}

func readClaims(payload []byte) (Claims, error) {
	var c Claims
	if err := readObject(payload, &c); err != nil {
		return nil, errClaims
	}
	return c, nil
}

// check holds the claims against what is expected, but for the time. It returns
// when they are good.
func (c Claims) check(issuer string, audiences []string, leeway time.Duration) (span, error) {
	if c.Text("iss") != issuer {
		return span{}, errIssuer
	}
	switch aud := c["aud"].(type) {
	case string:
		if !slices.Contains(audiences, aud) {
			return span{}, errAudience
		}
	case []any:
		if !slices.ContainsFunc(aud, func(a any) bool { s, ok := a.(string); return ok && slices.Contains(audiences, s) }) {
			return span{}, errAudience
		}
	default:
		return span{}, errAudience
	}
	until, ok := c.time("exp")
	if !ok {
		return span{}, errClaims
	}
	if until.IsZero() {
		return span{}, errNoExpiry
	}
	good := span{until: until.Add(leeway)}
	for _, name := range []string{"nbf", "iat"} { // nobody issues tokens in the future
		t, ok := c.time(name)
		if !ok {
			return span{}, errClaims
		}
		if !t.IsZero() && t.Add(-leeway).After(good.from) {
			good.from = t.Add(-leeway)
		}
	}
	return good, nil
}

// maxSeconds is a bound for times, 285 million years on, below which the
// arithmetic of package time is exact.
const maxSeconds = 1 << 53

// time returns a claim that is a number of seconds since 1970, of which whole
// ones count. It is the zero time if there is no such claim, and not ok if it is
// something else.
func (c Claims) time(name string) (t time.Time, ok bool) {
	value, there := c[name]
	if !there {
		return time.Time{}, true
	}
	seconds, ok := value.(float64)
	if !ok || seconds < 0 || seconds > maxSeconds {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// A span is when a token is good, with the leeway: from from on, and before
// until.
type span struct{ from, until time.Time }

func (s span) holds(now time.Time) bool { return !now.Before(s.from) && now.Before(s.until) }

func (s span) check(now time.Time) error {
	switch {
	case s.holds(now):
		return nil
	case now.Before(s.from):
		return errEarly
	}
	return ErrExpired
}
