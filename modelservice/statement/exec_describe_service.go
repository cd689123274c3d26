package statement

import (
	"fmt"
	"strings"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// describeService gives where a service sends to, its limits and its table.
func describeService(s modelservice.Service, extended bool) *Result {
	a := newAnswer(infoColumns()...)
	a.named(s.Name, "Model Service")
	a.info("Comment", s.Comment)
	a.info("Owner", s.Owner)
	a.info("Routing", routing(s.Spec))
	a.destinations("Destination", s.Spec.Destinations, extended)
	a.destinations("Fallback", s.Spec.Fallbacks, extended)
	a.destinations("Unrouted Destination", s.Spec.Unrouted, extended)
	if s.Spec.FirstTokenTimeout > 0 {
		a.info("First Token Timeout", s.Spec.FirstTokenTimeout.String())
	}
	rights := "DEFINER"
	if s.Spec.InvokerRights {
		rights = "INVOKER"
	}
	a.info("Rights", rights)
	for _, l := range s.Spec.RateLimits {
		a.info("Rate Limit", limit(l))
	}
	a.info("Inference Table", inferenceTable(s.Spec.InferenceTable))
	if t := s.Spec.InferenceTable; t != nil {
		a.info("Logging", logging(t.Logging))
	}
	if extended {
		a.made(s.CreatedBy, s.CreatedAt, s.UpdatedBy, s.UpdatedAt)
	}
	return &a.Result
}

// routing says in SQL's manner how the destinations are used.
func routing(s modelservice.Spec) string {
	words := "SINGLE"
	if len(s.Destinations) > 1 {
		words = "TRAFFIC SPLIT"
	}
	if len(s.Fallbacks) > 0 {
		words += ", FALLBACK"
	}
	return words
}

// destinations adds a row for each: its label, its model, and its share. Names
// are written as in a statement, so that no name looks like what is around it.
func (a *answer) destinations(what string, ds []modelservice.Destination, extended bool) {
	for _, d := range ds {
		value := Quote(d.Name) + ": " + QuoteName(strings.Split(d.Model, "."))
		if d.Percentage != nil {
			value += fmt.Sprintf(", %d%%", *d.Percentage)
		}
		if extended {
			value += ", " + string(d.Type)
		}
		if d.Deleted {
			value += ", model dropped"
		}
		a.info(what, value)
	}
}

// limit writes a limit as "USER alice: 10 requests, 500 tokens per MINUTE", or as
// "REQUEST_TAG team=x: 3 concurrent requests, shadow".
func limit(l modelservice.RateLimit) string {
	whose := strings.TrimPrefix(l.Key.String(), "RATE_LIMIT_KEY_")
	if l.Principal != "" {
		whose += " " + QuotePrincipal(l.Principal)
	}
	if l.TagKey != "" {
		whose += " " + Quote(l.TagKey)
	}
	if l.TagValue != "" {
		whose += "=" + Quote(l.TagValue)
	}
	var numbers []string
	if l.Requests != nil {
		numbers = append(numbers, fmt.Sprintf("%d requests", *l.Requests))
	}
	if l.Tokens != nil {
		numbers = append(numbers, fmt.Sprintf("%d tokens", *l.Tokens))
	}
	if n := len(numbers); n > 0 {
		numbers[n-1] += " per " + strings.TrimPrefix(l.Period.String(), "RATE_LIMIT_RENEWAL_PERIOD_")
	}
	if l.Concurrent != nil {
		numbers = append(numbers, fmt.Sprintf("%d concurrent requests", *l.Concurrent))
	}
	if l.Shadow {
		numbers = append(numbers, "shadow")
	}
	return whose + ": " + strings.Join(numbers, ", ")
}

func inferenceTable(t *modelservice.InferenceTable) string {
	if t == nil {
		return ""
	}
	value := QuoteName(append(strings.Split(t.Parent, "."), t.Table))
	switch {
	case t.Deleted:
		value += ", table dropped"
	case t.Disabled:
		value += ", paused"
	}
	if t.Durability == inferencelog.Journaled {
		value += ", journal"
	}
	if t.Payloads != "" {
		value += ", payloads " + string(t.Payloads)
	}
	if t.OmitRefused {
		value += ", without refused calls"
	}
	return value
}

// logging writes the state of logging as "ACTIVE", or as "STOPPED since
// 2026-01-01 10:00:00: Owner 'alice' does not have MODIFY on …".
func logging(l modelservice.Logging) string {
	value := string(l.Status)
	if !l.Since.IsZero() {
		value += " since " + *text(l.Since)
	}
	if l.Reason != "" {
		value += ": " + l.Reason
	}
	return value
}
