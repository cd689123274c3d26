package routing

import (
	"context"
	"time"
)

// A Hedge sends a request a second time, to the next destination of the plan,
// when the first is slower than usual; the first of the two to Commit answers.
// It buys the slowest answers down, and what is sent twice may be billed twice
// (ruling R3).
//
// Only the first attempt of a request is hedged, and by one attempt only: never
// by one that has the same Key. The attempt that loses has its context ended,
// is neutral for health and leaves a [Step] of CauseSuperseded; what it may
// still do is up to the provider. If one of the two fails the other goes on; if
// both do, so does the plan. A failure for the caller and an error of try's own
// end the request: those of the first attempt at once, those of the second when
// the first has failed too. A panic ends it at once, unless the other has won.
type Hedge struct {
	// After is how long the first attempt may go without Commit. Default 0: as
	// long as 95 of 100 attempts of its destination took to Commit, and no
	// hedge before 20 were seen. Negative: no hedge.
	After time.Duration

	// Percent is how many hedges 100 requests earn, as with RetryBudget.
	// Default 0: 5. Negative: none.
	Percent int

	// Reserve is the number of hedges available at the start. Default 0 or
	// less: none.
	Reserve int
}

// hedgeRule decides whether there is a second attempt, and when.
type hedgeRule struct {
	on     bool
	after  time.Duration // 0: what is usual
	budget budget
}

func newHedgeRule(o *Options) hedgeRule {
	if o == nil || o.Hedge == nil || o.Hedge.After < 0 {
		return hedgeRule{}
	}
	h := o.Hedge
	percent := h.Percent
	if percent == 0 {
		percent = 5
	}
	return hedgeRule{on: true, after: h.After, budget: newBudget(percent, h.Reserve)}
}

// hedgeAfter is how long a may go without Commit before another attempt begins
// beside it, and false if none ever does.
func (r *Router) hedgeAfter(a *Attempt, p *Plan) (time.Duration, bool) {
	if !r.hedge.on || a.Index > 0 || p.n < 2 || r.attempts == 1 {
		return 0, false
	}
	if r.hedge.after > 0 {
		return r.hedge.after, true
	}
	return r.usual(a.to.Key)
}

// hedged makes the first attempt a, of the i-th destination of p, and whatever
// begins beside it. It appends their steps and returns the outcome that counts.
func (r *Router) hedged(ctx context.Context, p *Plan, try Try, w *walk, a *Attempt, i int, now moment, after time.Duration) (outcome, moment) {
	h := newRace(r, ctx, *p, try, w, a, i)
	defer h.close() // also when try ends the goroutine
	actx := r.begin(ctx, a, &h.phases, now)
	timer := time.AfterFunc(after, h.hedge)
	defer timer.Stop()
	err := a.run(actx, try)
	now = r.moment()
	made := r.finish(ctx, a, err, now, w.step())
	if h.close() {
		return made, now
	}
	w.steps = append(w.steps, h.step)
	w.left |= 1 << h.index
	if h.winner == &h.second || h.winner == nil && (h.made.ends || h.made.at.real > made.at.real) {
		made = h.made
	}
	made.failure = nil // neither is tried again
	return made, r.moment()
}
