package modelservice

import (
	"net/http"
	"strconv"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// limitHeader says in the headers that the API's clients know how the caller
// stands as the answer begins: of requests and of tokens the bucket that will
// refuse first. What the call has reserved is used until it ends.
func (r *run) limitHeader(h http.Header) {
	_, standings := r.g.limiter.Peek(r.ctx, r.asks(nil), nil)
	for _, d := range []struct {
		dimension ratelimit.Dimension
		word      string
	}{{ratelimit.Requests, "requests"}, {ratelimit.Tokens, "tokens"}} {
		s, ok := tightest(standings, d.dimension)
		if !ok {
			continue
		}
		limit, remaining := strconv.FormatInt(max(s.Ask.Limit, 0), 10), strconv.FormatInt(max(s.Remaining, 0), 10)
		if reset := r.reset(s); r.call.API == Messages {
			// The second that begins last before it is empty would be too early.
			at := r.g.now().Add(reset + time.Second - 1).UTC().Truncate(time.Second)
			h.Set("Anthropic-Ratelimit-"+d.word+"-Limit", limit)
			h.Set("Anthropic-Ratelimit-"+d.word+"-Remaining", remaining)
			h.Set("Anthropic-Ratelimit-"+d.word+"-Reset", at.Format(time.RFC3339))
		} else {
			h.Set("X-Ratelimit-Limit-"+d.word, limit)
			h.Set("X-Ratelimit-Remaining-"+d.word, remaining)
			h.Set("X-Ratelimit-Reset-"+d.word, wholeMillis(reset).String())
		}
	}
}

// tightest returns the standing with the least remaining. Groups count as one
// of them: the loosest, as they block only together (ruling R7).
func tightest(all []ratelimit.Standing, d ratelimit.Dimension) (least ratelimit.Standing, ok bool) {
	groups := map[uint64]ratelimit.Standing{}
	keep := func(s ratelimit.Standing) {
		if !ok || s.Remaining < least.Remaining {
			least, ok = s, true
		}
	}
	for _, s := range all {
		switch b := &s.Ask.Bucket; {
		case b.Dimension != d || s.Ask.Shadow:
		case !s.Ask.Shared:
			keep(s)
		default:
			if of, known := groups[b.Principal]; !known || s.Remaining < of.Remaining {
				groups[b.Principal] = s
			}
		}
	}
	var loosest *ratelimit.Standing
	for _, s := range groups {
		if loosest == nil || s.Remaining > loosest.Remaining ||
			s.Remaining == loosest.Remaining && s.Ask.Bucket.Principal < loosest.Ask.Bucket.Principal {
			loosest = &s
		}
	}
	if loosest != nil {
		keep(*loosest)
	}
	return least, ok
}

// reset is how long it takes until a bucket is empty, if nobody uses it.
func (r *run) reset(s ratelimit.Standing) time.Duration {
	if s.Used <= 0 {
		return 0
	}
	if own, _ := r.g.limiter.Usage(s.Ask.Bucket, s.Ask.Limit); own >= s.Used {
		all := s.Ask // which fits when nothing else is there
		all.Amount, all.Shared = all.Limit, false
		verdict, _ := r.g.limiter.Peek(r.ctx, []ratelimit.Ask{all}, nil)
		if verdict.RetryAfter > 0 {
			return verdict.RetryAfter
		}
	}
	// What others have used may be as new as can be, and so may what is
	// charged afterwards: it has left after a period and a slot.
	return s.Ask.Bucket.Period.Duration() * 61 / 60
}

// wholeMillis rounds up, so that the number is no longer than need be.
func wholeMillis(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
