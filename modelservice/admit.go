package modelservice

import (
	"context"
	"math"
	"runtime/debug"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// admit asks all limits at once; a refusal has taken nothing from any.
func (r *run) admit() error {
	r.admitted = true
	if r.service.limits.rules.Empty() {
		return nil
	}
	var room [ratelimit.MaxAsks]ratelimit.Ask
	asks := r.asks(room[:0])
	r.reserve(asks)
	r.limited = true
	verdict, err := r.take(asks)
	if err != nil {
		return err
	}
	r.barred = !verdict.OK
	tell(r.g.trace.Admitted, r.call, verdict)
	if verdict.OK {
		return nil
	}
	return limitError(verdict, r.snapshot, r.name, r.call.Tags)
}

// asks appends to into what the limits of the service ask of the call.
func (r *run) asks(into []ratelimit.Ask) []ratelimit.Ask {
	caller, _ := r.snapshot.Principal(r.call.Caller)
	return r.service.limits.asks(r.snapshot, caller, r.call.Tags, into)
}

// take takes what is asked, or waits for it where the gateway does. The error
// is that of a call which may no longer be made after the wait.
func (r *run) take(asks []ratelimit.Ask) (ratelimit.Verdict, error) {
	if r.g.patience <= 0 {
		return r.g.limiter.Admit(r.ctx, asks, &r.lease), nil
	}
	verdict := r.takeTurn(asks)
	if verdict.OK || verdict.Disabled || verdict.Full || verdict.Away || r.ctx.Err() != nil {
		return verdict, nil
	}
	return r.wait(asks)
}

// takeTurn takes what is asked if there is room and nobody waits for it.
func (r *run) takeTurn(asks []ratelimit.Ask) ratelimit.Verdict {
	ended, end := context.WithCancel(r.ctx)
	end()
	return r.g.limiter.Wait(ended, uint64(r.call.Caller), asks, &r.lease)
}

// reserve sets how many tokens are asked for, where that matters: to tell may
// take the host's counter.
func (r *run) reserve(asks []ratelimit.Ask) {
	if !r.g.limiter.ChargesAfter() && weighTokens(asks) {
		ratelimit.ReserveTokens(asks, r.estimate())
	}
}

// weighTokens reports whether it makes a difference to asks how many tokens a
// call uses: one is for tokens, and none refuses whatever is asked.
func weighTokens(asks []ratelimit.Ask) (weigh bool) {
	for i := range asks {
		a := &asks[i]
		if a.Limit <= 0 && !a.Shared && !a.Shadow {
			return false
		}
		weigh = weigh || a.Bucket.Dimension == ratelimit.Tokens
	}
	return weigh
}

// estimate is how many tokens the call is taken to use (ruling R24).
func (r *run) estimate() int64 {
	q := &r.request.parsed
	counted, uncounted := int64(0), q.TextBytes
	if r.g.tokens != nil {
		if n := r.countText(); n >= 0 {
			counted, uncounted = n, 0
		}
	}
	rest := uncounted/4 + (uncounted%4+3)/4
	if !q.NoOutput {
		rest = ratelimit.Estimate(uncounted, q.MaxTokens, q.N, r.g.limiter.Usual(uint64(r.node.ID)))
	}
	return counted + min(rest, math.MaxInt64-counted)
}

// countText asks the host's counter for the tokens of the request's text. It is
// -1 when the counter cannot say.
func (r *run) countText() (n int64) {
	defer func() {
		if p := recover(); p != nil {
			_ = r.g.panicked(p, debug.Stack()) // the call goes on
			n = -1
		}
	}()
	model := r.service.firstModel(r.snapshot)
	n = r.request.parsed.TextTokens
	for text := range r.request.parsed.Text() {
		more, known := r.g.tokens.CountTokens(model, text)
		if !known || more < 0 {
			return -1
		}
		n += min(more, math.MaxInt64-n)
	}
	return n
}

// firstModel is the name of the model that is the first destination.
func (c *compiled) firstModel(s *catalog.Snapshot) string {
	d := c.destinations[c.routing.Destinations[0].Name]
	if _, alive := s.Node(d.Model); !alive {
		return d.ModelName
	}
	return d.modelName(s.FullName(d.Model))
}
