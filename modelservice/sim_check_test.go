package modelservice_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// check compares a story with the oracle.
func (s *simStory) check() {
	admitted := s.admitted()
	for i, c := range s.calls {
		blame := func(format string, args ...any) {
			s.Errorf("call %d: %s\nresult %d %s, returned after %s: %q", i, fmt.Sprintf(format, args...),
				c.res.Status, c.res.Outcome, c.returned.Sub(c.began), clipped(c.out.body.String()))
		}
		for _, fault := range c.out.faults {
			blame("the output was used wrongly: %s", fault)
		}
		switch status := admitted[i]; status {
		case 200:
			s.checkRoute(c, blame)
			s.checkEnd(c, blame)
			s.checkRow(c, blame)
		default: // I23: no attempt, no row unless a limit refused it, no time
			if c.res.Status != status || len(c.arrivals) != 0 || (c.row != nil) != (status != 404) || c.returned != c.began {
				blame("want %d; %d arrivals, row %v", status, len(c.arrivals), c.row)
			}
			if (status == 429) != (c.out.header.Get("Retry-After") != "") {
				blame("Retry-After %q", c.out.header.Get("Retry-After"))
			}
		}
		s.checkOrder(c, admitted[i], blame)
	}
}

// clipped is the end of a text, where the news are.
func clipped(s string) string { return s[max(len(s)-300, 0):] }

// admitted says what admission comes to for each call: 200, 404 for who has no
// rights, 403 under a limit of 0, else 429. All calls begin within one minute,
// and what was admitted stays counted (I15, I17).
func (s *simStory) admitted() []int {
	order := make([]int, len(s.calls))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return s.calls[a].began.Compare(s.calls[b].began) })
	of, all := map[string]int64{}, int64(0)
	status := make([]int, len(s.calls))
	for _, i := range order {
		who := s.calls[i].Who
		switch {
		case who == "mallory":
			status[i] = 404
		case s.Service != nil && *s.Service == 0 || s.User != nil && *s.User == 0:
			status[i] = 403
		case s.Service != nil && all >= *s.Service || s.User != nil && of[who] >= *s.User:
			status[i] = 429
		default:
			status[i] = 200
			all++
			of[who]++
		}
	}
	return status
}

// destination is the number of the model of an attempt.
func destinationOf(a routingtest.Arrival) int {
	n := -1
	fmt.Sscanf(a.Model, "m%d", &n)
	return n
}

// verdicts are what the attempts of a call come to.
func (c *simCalled) verdicts() []simVerdict {
	var list []simVerdict
	for _, a := range c.arrivals {
		list = append(list, simAttempt(a.Reply, c.ask(a.Model), c.began, a.At))
	}
	return list
}

// gone is when the caller hung up, or long after.
func (c *simCalled) gone() time.Time {
	if c.HangUp == 0 {
		return c.began.Add(24 * time.Hour)
	}
	return c.began.Add(time.Duration(c.HangUp))
}

// checkRoute checks where a call went, when, with what: one primary, then the
// fallbacks in order, each once, each begun when the one before it failed (I1,
// I2, I3, I6).
func (s *simStory) checkRoute(c *simCalled, blame func(string, ...any)) {
	if len(c.arrivals) == 0 {
		blame("nothing was tried")
		return
	}
	begin, last, primaries := c.began, -1, 0
	verdicts := c.verdicts()
	for i, a := range c.arrivals {
		n := destinationOf(a)
		if n <= last {
			blame("attempt %d went to m%d after m%d", i, n, last)
		}
		if n < len(s.Weights) {
			if primaries++; primaries > 1 || len(s.Weights) > 1 && s.Weights[n] == 0 {
				blame("attempt %d went to the primary m%d", i, n)
			}
		} else if !s.schedule.Cools && n != len(s.Weights)+i-1 {
			blame("attempt %d went to m%d", i, n)
		}
		if a.At != begin {
			blame("attempt %d began after %s, want %s", i, a.At.Sub(c.began), begin.Sub(c.began))
		}
		if want := strings.Replace(c.body, "main.default."+s.Name, a.Model, 1); string(a.Body) != want {
			blame("attempt %d was sent\n%s\nwant\n%s", i, a.Body, want)
		}
		last, begin = n, verdicts[i].at
		stopped := begin.After(c.gone())
		if more := i < len(c.arrivals)-1; more && (stopped || verdicts[i].end != simMoves) {
			blame("attempt %d is %s, and yet another one followed", i, verdicts[i].end)
		} else if !more && !stopped && !c.out.gone && verdicts[i].end == simMoves {
			s.checkExhausted(c, blame)
		}
	}
}

// checkExhausted checks that a call ended for want of destinations: those that
// were left out had been told to cool, or had failed five times.
func (s *simStory) checkExhausted(c *simCalled, blame func(string, ...any)) {
	tried := map[int]bool{}
	for _, a := range c.arrivals {
		tried[destinationOf(a)] = true
	}
	for n := len(s.Weights); n < s.models(); n++ {
		if tried[n] {
			continue
		}
		seen, cooled := 0, false
		for _, other := range s.calls {
			for _, a := range other.arrivals {
				if destinationOf(a) == n && a.At.Before(c.returned) {
					seen++
					cooled = cooled || a.Reply.RetryAfter != ""
				}
			}
		}
		if !s.schedule.Cools || !cooled && seen < 5 {
			blame("m%d was left and not tried", n)
		}
	}
}

// checkEnd checks what the caller got, and when (I2, I4, I5, I8).
func (s *simStory) checkEnd(c *simCalled, blame func(string, ...any)) {
	if len(c.arrivals) == 0 {
		return
	}
	verdicts := c.verdicts()
	v := verdicts[len(verdicts)-1]
	got := c.out.body.String()
	switch gone := c.gone(); {
	case c.out.gone: // the caller's end failed at some byte
		failed := v.end != simOK && v.end != simTruncated
		if c.res.Outcome != inferencelog.OutcomeCancelled && !(failed && c.res.Outcome == inferencelog.OutcomeFailed) {
			blame("the caller's end failed")
		}
		if whole := v.text(v.at); !failed && !strings.HasPrefix(whole, got) && !strings.HasPrefix(got, whole) {
			blame("want a beginning of %q", whole)
		}
		if c.returned.After(v.at) {
			blame("went on after the caller's end had failed, to %s", v.at.Sub(c.began))
		}
		return
	case v.at.After(gone):
		finished := v.finished > 0 && !v.frames[v.finished-1].at.After(gone)
		if c.res.Outcome != inferencelog.OutcomeCancelled && !(finished && c.res.Outcome == inferencelog.OutcomeOK) || c.returned.After(gone) {
			blame("hung up after %s", gone.Sub(c.began))
		}
		if want := v.text(gone); want != "" && got != want && !finished || !strings.HasPrefix(got, want) || want == "" && strings.Contains(got, "Hello") {
			blame("hung up after %s, want %q", gone.Sub(c.began), want)
		}
		if a := c.arrivals[len(c.arrivals)-1]; a.Ended.After(gone) {
			blame("hung up after %s, the attempt ended after %s", gone.Sub(c.began), a.Ended.Sub(c.began))
		}
		return
	case v.end == simOK && c.Stream:
		// What comes behind the last event may be waited for, a little.
		if c.returned.Before(v.at) && !v.slow() || c.returned.After(v.at.Add(time.Second)) {
			blame("want the end after %s", v.at.Sub(c.began))
		}
	case c.returned != v.at:
		blame("want the end after %s", v.at.Sub(c.began))
	}
	switch v.end {
	case simOK:
		if c.res.Outcome != inferencelog.OutcomeOK || c.res.Status != 200 || !v.simComplete(c.API, got) {
			blame("want all of m%d", destinationOf(c.arrivals[len(c.arrivals)-1]))
		}
		reported := modelservice.Usage{
			Input: routingtest.InputTokens, Output: routingtest.OutputTokens, Total: routingtest.InputTokens + routingtest.OutputTokens, Source: inferencelog.UsageProvider,
		}
		if v.closed && got == v.text(v.at) && c.res.Usage != reported {
			blame("usage %+v, want %+v (R4)", c.res.Usage, reported)
		}
	case simTruncated:
		rest, ok := strings.CutPrefix(got, v.text(v.at))
		if !ok || !isErrorEvent(modelservice.API(c.API), rest) || c.res.Outcome != inferencelog.OutcomeTruncated || c.res.Status != 200 {
			blame("want an error behind %q", v.text(v.at))
		}
	default:
		if c.res.Outcome != inferencelog.OutcomeFailed || c.res.Status != v.status || !json.Valid([]byte(got)) || !strings.Contains(got, `"error_code"`) {
			blame("want %d: the last attempt %s after %s", v.status, v.end, v.at.Sub(c.began))
		}
	}
}

// checkRow checks that the row says what happened (I24, R3).
func (s *simStory) checkRow(c *simCalled, blame func(string, ...any)) {
	if c.row == nil {
		blame("no row")
		return
	}
	if c.row.Outcome != c.res.Outcome || c.row.StatusCode != c.res.Status {
		blame("the row says %d %s", c.row.StatusCode, c.row.Outcome)
	}
	if got := c.out.body.String(); string(c.row.Response) != strings.ToValidUTF8(got, "\ufffd") {
		blame("the row holds %q", c.row.Response)
	}
	if len(c.row.Attempts) != len(c.arrivals) || len(c.res.Steps) != len(c.arrivals) {
		blame("%d arrivals, %d steps, in the row %+v", len(c.arrivals), len(c.res.Steps), c.row.Attempts)
		return
	}
	for i, a := range c.row.Attempts {
		early := c.arrivals[i].Reply.Shape == routingtest.Refused || c.arrivals[i].Reply.Shape == routingtest.TLSAbort
		good := i == len(c.row.Attempts)-1 && c.res.Outcome == inferencelog.OutcomeOK
		cancelled := c.res.Outcome == inferencelog.OutcomeCancelled
		if a.Destination != strings.Replace(c.arrivals[i].Model, "m", "d", 1) || a.LatencyMs < 0 ||
			!cancelled && (a.Class == string(routing.ClassNotSent)) != early && !(early && a.Class == string(routing.ClassUncertain)) || (a.Class == "") != good && !cancelled {
			blame("attempt %d of the row is %+v", i, a)
		}
	}
}

// checkOrder checks the order of the steps: rights, limits, plan, attempts (I23).
func (s *simStory) checkOrder(c *simCalled, status int, blame func(string, ...any)) {
	want := []string{"authorized"}
	switch status {
	case 404:
	case 200:
		want = append(want, "admitted", "planned")
		for range c.arrivals {
			want = append(want, "attempted")
		}
	default:
		want = append(want, "admitted")
	}
	if want = append(want, "finished"); !slices.Equal(c.order, want) {
		blame("the trace is %v, want %v", c.order, want)
	}
}
