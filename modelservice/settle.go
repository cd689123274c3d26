package modelservice

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
)

// settle is where every call ends: it answers an error that the caller has not
// been told, gives back or charges what was reserved, and writes the row.
func (r *run) settle(err error) Result {
	e := r.answer(err)
	outcome := r.outcome(e)
	usage := r.used(outcome)
	r.lease.Settle(usage.Total)
	if t := r.trial(); outcome == inferencelog.OutcomeOK && t.usage.Present && !r.service.limits.rules.Empty() {
		r.g.limiter.Observe(uint64(r.node.ID), usage.Output/r.request.parsed.N)
	}
	r.record(outcome, usage)
	return Result{
		RequestID: r.call.RequestID, Service: r.name, Status: r.status, Outcome: outcome,
		Usage: usage, Steps: r.steps, Draw: r.plan.Draw, Err: e,
	}
}

// answer translates what ended the call and tells the caller, unless the answer
// had begun already or nobody is there.
func (r *run) answer(err error) *Error {
	if err == nil || r.complete && !r.gone {
		return nil
	}
	var e *Error
	switch {
	case !r.gone && r.ctx.Err() != nil && errors.As(context.Cause(r.ctx), &e):
		// The host has cancelled the call and said what to tell the caller.
	case r.gone || r.ctx.Err() == context.Canceled && !r.truncated:
		e = &Error{Code: CodeCancelled, Message: "The caller went away.", Err: err}
	case r.ctx.Err() != nil && (!r.truncated || errors.Is(err, context.DeadlineExceeded)):
		// A deadline of the host's: whoever called may be there to be told.
		e = &Error{cancelled: true, Code: CodeDeadlineExceeded, Message: "The request took too long.", Err: err}
	default:
		e = r.translate(err)
	}
	if e.Code == CodeInternal && e.Status == 0 { // ours, not a provider's
		r.g.zap.Error("call failed", zap.String("request_id", r.call.RequestID), zap.Error(err))
	}
	if r.status != 0 { // the answer had begun; its status stands
		if r.request.Stream && r.status < 300 && e.Code != CodeCancelled && !r.truncated {
			r.breakOff(e)
		}
		return e
	}
	if e.Code == CodeCancelled {
		r.status = e.HTTPStatus()
		return e
	}
	r.beginWith(e.HTTPStatus(), e.Header(r.call.RequestID))
	r.hand(e.Body(r.call.API, r.call.RequestID))
	return e
}

// maxRetryAfter is the longest wait that a provider can ask callers for, as it
// is for the router (ruling R29).
const maxRetryAfter = 5 * time.Minute

// translate says in the caller's terms why no destination has answered (ruling
// R28): the last failure decides.
func (r *run) translate(err error) *Error {
	var f *routing.Failure
	if !errors.As(err, &f) {
		return AsError(err)
	}
	row := r.g.router.Row(f.Cause)
	e := &Error{Err: err, Status: row.Answer}
	if e.Status == 0 {
		e.Status = f.Status
	}
	var refused *refusal
	errors.As(err, &refused)
	switch {
	case e.Status == http.StatusTooManyRequests:
		e.Code = CodeResourceExhausted
		e.Message = "The model's provider is rate limiting this service."
		e.RetryAfter = min(max(f.RetryAfter, time.Second), maxRetryAfter)
	case refused != nil && e.Status >= 400 && e.Status < 500:
		e.Code = CodeBadRequest
		e.Message = refused.message
		e.Provider = refused.object
		if e.Message == "" {
			e.Message = fmt.Sprintf("The model's provider refused the request with status %d.", f.Status)
		}
	case e.Status == http.StatusGatewayTimeout:
		e.Code = CodeDeadlineExceeded
		e.Message = fmt.Sprintf("No destination of '%s' answered in time.", r.name)
	case e.Status == http.StatusServiceUnavailable, e.Status == statusOverloaded:
		e.Code = CodeUnavailable
		e.Message = fmt.Sprintf("No destination of '%s' is available.", r.name)
		e.RetryAfter = min(f.RetryAfter, maxRetryAfter)
	case e.Status == http.StatusNotImplemented:
		e.Code = CodeNotImplemented
		e.Message = fmt.Sprintf("No destination of '%s' can do what is asked.", r.name)
	case e.Status == http.StatusInternalServerError:
		e.Code = CodeInternal
		e.Message = fmt.Sprintf("No destination of '%s' answered: the last one failed with status 500.", r.name)
	default:
		e.Code = CodeBadGateway
		e.Message = fmt.Sprintf("No destination of '%s' answered.", r.name)
	}
	if e.Status < 400 || e.Status > 599 {
		e.Status = 0
	}
	return e
}

func (r *run) outcome(e *Error) inferencelog.Outcome {
	switch {
	case r.complete && !r.gone:
		return inferencelog.OutcomeOK
	case r.barred: // whether or not somebody was there to be told
		return inferencelog.OutcomeRefused
	case r.truncated && !r.gone: // told so, even if the caller hung up after that
		return inferencelog.OutcomeTruncated
	case r.gone || e != nil && (e.Code == CodeCancelled || e.cancelled):
		return inferencelog.OutcomeCancelled
	case !r.admitted || e != nil && e.refused:
		return inferencelog.OutcomeRefused
	}
	return inferencelog.OutcomeFailed
}

// used is what the call is charged (ruling R4): what the provider reports, a
// zero included. Without a report an answer, or the part of one that came, is
// taken to be a token for every four bytes of text (spec §5.4). A caller who
// hangs up on a request that a provider may have been working on pays for its
// input at least. A call that failed has used nothing.
func (r *run) used(outcome inferencelog.Outcome) Usage {
	t := r.trial()
	switch {
	case t == nil || outcome == inferencelog.OutcomeFailed || outcome == inferencelog.OutcomeRefused:
		return Usage{}
	case t.usage.Present && !t.usage.Partial:
		return Usage{t.usage.Input, t.usage.Output, t.usage.Total, inferencelog.UsageProvider}
	case t.destination == nil && !r.mayHaveBegun():
		return Usage{}
	}
	u := Usage{Input: (r.request.parsed.TextBytes + 1) / 4, Output: (t.text + 1) / 4, Source: inferencelog.UsageEstimate}
	if t.usage.Partial {
		u.Input, u.Output = t.usage.Input, max(u.Output, t.usage.Output)
	}
	u.Total = u.Input + min(u.Output, math.MaxInt64-u.Input)
	return u
}

// mayHaveBegun reports whether the last attempt may have reached its provider.
func (r *run) mayHaveBegun() bool {
	n := len(r.steps)
	return n > 0 && r.steps[n-1].Class == routing.ClassUncertain
}
