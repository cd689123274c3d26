package query_test

import (
	"fmt"
	"strings"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing/routingtest"
)

// A faultRule is what becomes of a shape by rulings R3 and R28 to R32.
type faultRule struct {
	class  string
	code   string // in the row; "*": whatever the provider said
	status int    // for the caller, when nothing is left
	stays  bool   // it is told to the caller even if something is left
	events int    // this many events were delivered before it
	whole  bool   // it is an answer
}

// rule says what becomes of a case's shape.
func (c faultCase) rule() faultRule {
	malformed := faultRule{class: "uncertain", code: "malformed", status: 502}
	reset := faultRule{class: "uncertain", code: "reset", status: 502}
	silent := faultRule{class: "uncertain", code: "timeout_attempt", status: 504}
	if c.ask.Stream {
		silent.code = "timeout_first_token"
	}
	// An end in the midst of an answer, in good order: no ruling says whether it
	// is the network's fault or the provider's.
	early := faultRule{class: "uncertain", code: "*", status: 502}
	inBand := faultRule{class: "uncertain", code: "*", status: 502}
	refuses := func(class string, status int, told int) faultRule {
		return faultRule{class: class, code: "*", status: told, stays: status == 400 || status == 413 || status == 422}
	}
	opening := routingtest.Opening(c.ask)
	upon := func(r faultRule, more int) faultRule {
		if c.ask.Stream {
			r.events = opening + more
		}
		return r
	}
	switch c.shape {
	case routingtest.Refused:
		return faultRule{class: "not_sent", code: "refused", status: 502}
	case routingtest.TLSAbort:
		return faultRule{class: "not_sent", code: "tls", status: 502}
	case routingtest.ResetBeforeHeaders, routingtest.ResetAfterHeaders, routingtest.CutBroken:
		return reset
	case routingtest.HeaderBomb: // no end of the headers is no HTTP
		return reset
	case routingtest.HeaderStall, routingtest.StallBeforeContent, routingtest.StallAt:
		return silent
	case routingtest.TooManyRequests, routingtest.Unavailable, "529":
		return refuses("refused", 0, c.shapeStatus())
	case routingtest.ServerError:
		return refuses("uncertain", 0, 500)
	case "400", "413", "422":
		return refuses("refused", c.shapeStatus(), c.shapeStatus())
	case "401", "403", "404":
		return refuses("refused", 0, 502)
	case routingtest.Empty, routingtest.HTML, routingtest.BadJSONFirst, routingtest.EOFBeforeContent, routingtest.OversizeFirst,
		routingtest.Gzip, routingtest.EndlessLine, routingtest.EndlessBody:
		return malformed
	case routingtest.CutClean:
		return early
	case routingtest.ErrorFirst:
		return inBand
	case routingtest.EOFAfterContent:
		return upon(early, 1)
	case routingtest.ResetAfterContent:
		return upon(reset, 1)
	case routingtest.StallAfterContent:
		if c.ask.Stream {
			silent.code = "timeout_idle"
		}
		return upon(silent, 1)
	case routingtest.ErrorAfterContent:
		if c.ask.Stream {
			return upon(inBand, 1)
		}
		return malformed
	case routingtest.LongLength:
		return upon(reset, 2)
	case routingtest.ShortLength:
		return upon(early, 1)
	case routingtest.NoEnd:
		if c.ask.Stream && c.ask.API == routingtest.Responses { // its last event is its only terminal mark
			return upon(early, 3)
		}
	}
	return faultRule{whole: true} // what is left out at the end is added, what is twice is there once
}

func (c faultCase) shapeStatus() int {
	n := 0
	fmt.Sscan(string(c.shape), &n)
	return n
}

// expected is what a case must come to.
func (c faultCase) expected() faultView {
	var v faultView
	for i := range c.before {
		v.attempts = append(v.attempts, fmt.Sprintf("d%d refused *", i))
	}
	rule := c.rule()
	own := fmt.Sprintf("d%d %s %s", c.before, rule.class, rule.code)
	next := fmt.Sprintf("d%d", c.before+1)
	switch {
	case rule.whole:
		v.attempts = append(v.attempts, fmt.Sprintf("d%d", c.before))
		v.status, v.outcome, v.usage = 200, inferencelog.OutcomeOK, inferencelog.UsageProvider
		v.delivered = fmt.Sprintf("all of d%d", c.before)
		if c.shape == routingtest.InvalidUTF8 && c.ask.API != routingtest.Embeddings {
			v.delivered += ", which is no UTF-8"
		}
	case rule.events > 0:
		v.attempts = append(v.attempts, own)
		v.status, v.outcome, v.usage = 200, inferencelog.OutcomeTruncated, inferencelog.UsageEstimate
		v.delivered = fmt.Sprintf("%d events of d%d and an error", rule.events, c.before)
	case c.left > 0 && !rule.stays:
		v.attempts = append(v.attempts, own, next)
		v.status, v.outcome, v.usage = 200, inferencelog.OutcomeOK, inferencelog.UsageProvider
		v.delivered = "all of " + next
	default:
		v.attempts = append(v.attempts, own)
		v.status, v.outcome, v.usage, v.delivered = rule.status, inferencelog.OutcomeFailed, "none", "an error"
	}
	return v
}

// matches compares what was seen with what must be; "*" is any error code.
func (v faultView) matches(seen faultView) bool {
	if v.status != seen.status || v.outcome != seen.outcome || v.delivered != seen.delivered || v.usage != seen.usage || len(v.attempts) != len(seen.attempts) {
		return false
	}
	for i, want := range v.attempts {
		if known, ok := strings.CutSuffix(want, "*"); ok {
			if !strings.HasPrefix(seen.attempts[i], known) || seen.attempts[i] == known {
				return false
			}
		} else if want != seen.attempts[i] {
			return false
		}
	}
	return true
}
