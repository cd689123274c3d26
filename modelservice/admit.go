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
	l := &r.service.limits
	if l.rules.Empty() {
		return nil
	}
	caller, _ := r.snapshot.Principal(r.call.Caller)
	var room [ratelimit.MaxAsks]ratelimit.Ask
	asks := l.asks(r.snapshot, caller, r.call.Tags, room[:0])
	if l.tokens {
		ratelimit.ReserveTokens(asks, r.estimate())
	}
	r.limited = true
	verdict := r.take(asks)
	r.barred = !verdict.OK
	tell(r.g.trace.Admitted, r.call, verdict)
	if verdict.OK {
		return nil
	}
	return limitError(verdict, r.snapshot, r.name, r.call.Tags)
}

// take takes what is asked, or waits for it where the gateway does.
func (r *run) take(asks []ratelimit.Ask) ratelimit.Verdict {
	if r.g.patience <= 0 {
		return r.g.limiter.Admit(r.ctx, asks, &r.lease)
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.g.patience)
	defer cancel()
	return r.g.limiter.Wait(ctx, uint64(r.call.Caller), asks, &r.lease)
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
