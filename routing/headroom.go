package routing

import (
	"math"
	"math/bits"
	"time"
)

// A Headroom is what a provider says may still be asked of it.
type Headroom struct {
	Requests Left
	Tokens   Left // of several kinds of tokens, the one that is nearest its end
}

// Left is what is left of one of a provider's own limits.
type Left struct {
	Known     bool          // else all else is 0
	Limit     int64         // the whole; 0: not said
	Remaining int64         // 0 or more
	Reset     time.Duration // until all of Limit is there again, at most 1 h; 0: not said, or it is
}

// maxReset bounds what is believed of a reset: nobody writes a destination off
// for longer.
const maxReset = time.Hour

// HeadroomOf reads the rate limit headers of a provider's answer: those of
// OpenAI, which many others send (x-ratelimit-limit-requests, -remaining- and
// -reset-, and the same of tokens; a reset is "1s", "6m0s" or plain seconds),
// or those of Anthropic (anthropic-ratelimit-requests-limit and so on, also of
// tokens, input-tokens and output-tokens; a reset is an RFC 3339 time, which is
// compared with now). get returns a header's value by its name in lower case,
// "" if there is none; http.Header.Get does. What cannot be read is as if not
// sent, and what was to be reset by now is whole again. ok is false if nothing is
// left of it.
func HeadroomOf(get func(name string) string, now time.Time) (h Headroom, ok bool) {
	h.Requests = left(get("x-ratelimit-limit-requests"), get("x-ratelimit-remaining-requests"), get("x-ratelimit-reset-requests"), now)
	h.Tokens = left(get("x-ratelimit-limit-tokens"), get("x-ratelimit-remaining-tokens"), get("x-ratelimit-reset-tokens"), now)
	if !h.Requests.Known && !h.Tokens.Known {
		h.Requests = left(get("anthropic-ratelimit-requests-limit"), get("anthropic-ratelimit-requests-remaining"), get("anthropic-ratelimit-requests-reset"), now)
		h.Tokens = tighter(tighter(
			left(get("anthropic-ratelimit-tokens-limit"), get("anthropic-ratelimit-tokens-remaining"), get("anthropic-ratelimit-tokens-reset"), now),
			left(get("anthropic-ratelimit-input-tokens-limit"), get("anthropic-ratelimit-input-tokens-remaining"), get("anthropic-ratelimit-input-tokens-reset"), now)),
			left(get("anthropic-ratelimit-output-tokens-limit"), get("anthropic-ratelimit-output-tokens-remaining"), get("anthropic-ratelimit-output-tokens-reset"), now))
	}
	return h, h.Requests.Known || h.Tokens.Known
}

// left reads three headers. What remains is the least that must be there.
func left(limit, remaining, reset string, now time.Time) Left {
	n, ok := parseCount(remaining)
	if !ok {
		return Left{}
	}
	l := Left{Known: true, Remaining: n}
	l.Limit, _ = parseCount(limit)
	if l.Reset, ok = parseReset(reset, now); ok && l.Reset <= 0 {
		return l.whole()
	}
	return l.sane()
}

func parseCount(digits string) (int64, bool) {
	if digits == "" {
		return 0, false
	}
	var n int64
	for i := range len(digits) {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if d := int64(c - '0'); n > (math.MaxInt64-d)/10 {
			n = math.MaxInt64
		} else {
			n = n*10 + d
		}
	}
	return n, true
}

// parseReset returns false for what is none of the forms.
func parseReset(value string, now time.Time) (time.Duration, bool) {
	if value == "" || len(value) > 64 {
		return 0, false
	}
	if seconds, ok := parseCount(value); ok {
		return time.Duration(min(seconds, int64(maxReset/time.Second))) * time.Second, true
	}
	if d, err := time.ParseDuration(value); err == nil {
		return d, true
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at.Sub(now), true
	}
	return 0, false
}

func (h Headroom) sane() Headroom {
	return Headroom{h.Requests.sane(), h.Tokens.sane()}
}

// sane keeps what others say within what can be: of a limit no more is left
// than all.
func (l Left) sane() Left {
	if !l.Known {
		return Left{}
	}
	l.Limit, l.Remaining, l.Reset = max(l.Limit, 0), max(l.Remaining, 0), min(max(l.Reset, 0), maxReset)
	if l.Limit > 0 {
		l.Remaining = min(l.Remaining, l.Limit)
	}
	return l
}

// after is what is left when age has gone by.
func (l Left) after(age time.Duration) Left {
	switch {
	case !l.Known || l.Reset == 0 && age > headroomHolds:
		return Left{}
	case l.Reset == 0:
		return l
	case age < l.Reset:
		l.Reset -= age
		return l
	default:
		return l.whole()
	}
}

// whole is l after its reset.
func (l Left) whole() Left {
	if l.Limit == 0 {
		return Left{} // how much that is nobody said
	}
	return Left{Known: true, Limit: l.Limit, Remaining: l.Limit}
}

// used is the part of the limit that is gone, in 2^-32; ok is false if that is
// not known.
func (l Left) used() (part uint64, ok bool) {
	switch {
	case !l.Known:
		return 0, false
	case l.Remaining == 0:
		return 1 << 32, true
	case l.Limit == 0:
		return 0, false
	}
	gone := uint64(l.Limit - l.Remaining)
	part, _ = bits.Div64(gone>>32, gone<<32, uint64(l.Limit))
	return part, true
}

// tighter is the one of which the greater part is gone; a known one before one
// that is not.
func tighter(a, b Left) Left {
	pa, oka := a.used()
	pb, okb := b.used()
	switch {
	case !a.Known || okb && (!oka || pb > pa):
		return b
	default:
		return a
	}
}
