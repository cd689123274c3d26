package routing

import (
	"cmp"
	"context"
	"errors"
	"sync"
)

// A race is the two attempts of a request that is hedged. Whichever is the
// first to Commit, or to end the request without, wins; only the winner's
// outcome and content count.
type race struct {
	router *Router
	ctx    context.Context
	plan   Plan
	try    Try
	phases phases
	left   uint16
	first  *Attempt
	at     int // place of the first in the plan

	mu     sync.Mutex
	winner *Attempt      // nil: undecided
	closed bool          // the first is over: no second begins any more
	over   chan struct{} // closed when the second is over; nil: it never began
	second Attempt
	index  int     // its place in the plan
	made   outcome // what became of it, once over is closed
	step   Step
}

var errExited = errors.New("routing: try ended its goroutine")

func newRace(r *Router, ctx context.Context, p Plan, try Try, w *walk, a *Attempt, i int) *race {
	h := &race{router: r, ctx: ctx, plan: p, try: try, phases: w.phases, left: w.left, first: a, at: i}
	a.race = h
	return h
}

// hedge makes the second attempt, if it is to be made. It runs on the timer's
// goroutine.
func (h *race) hedge() {
	r := h.router
	a := &h.second
	if !h.enter(r.moment()) {
		return
	}
	defer close(h.over)
	var err error = &PanicError{Value: errExited}
	defer func() { h.made = r.finish(h.ctx, a, err, r.moment(), &h.step) }()
	err = a.run(&a.limits, h.try)
}

// enter readies the second attempt, and reports whether there is to be one.
func (h *race) enter(now moment) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.winner != nil || h.ctx.Err() != nil {
		return false
	}
	if left, ok := h.phases.left(now.real); ok && left <= 0 {
		return false
	}
	i, ok := h.next(now)
	if !ok {
		return false
	}
	a := &h.second
	a.Index, a.Action, a.race = 1, HedgeAttempt, h
	a.send(h.plan.config.at(h.plan.order[i]), true)
	h.router.begin(h.ctx, a, &h.phases, now)
	h.index, h.over = i, make(chan struct{})
	return true
}

// next claims a destination and pays for the attempt. h.mu is held.
func (h *race) next(now moment) (int, bool) {
	r := h.router
	for i := h.at + 1; i < int(h.plan.n); i++ {
		d := h.plan.config.at(h.plan.order[i])
		same := d.Key != 0 && d.Key == h.first.to.Key
		if same || h.left&(1<<i) != 0 || !r.marks.claim(d.Key, now.clock, h.plan.lot()) {
			continue
		}
		if r.hedge.budget.spend() {
			return i, true
		}
		r.marks.release(d.Key)
		return 0, false
	}
	return 0, false
}

// commit lets a hand on content, unless another attempt won or a's time is up.
func (h *race) commit(a *Attempt) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.winner != nil || !a.limits.commit() {
		return false
	}
	h.win(a)
	return true
}

// settle says that a is over, and whether what became of it counts; ends says
// that the request ends with it. What the second has failed with takes no
// answer from the first, which is only slow.
func (h *race) settle(a *Attempt, ends, failed bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.winner == nil && ends && (a == h.first || !failed) {
		h.win(a)
	}
	return h.winner == nil || h.winner == a
}

// win ends the context of the other attempt. h.mu is held.
func (h *race) win(a *Attempt) {
	h.winner = a
	switch {
	case a != h.first:
		h.first.limits.stop()
	case h.over != nil:
		h.second.limits.stop()
	}
}

// close waits for the second attempt, and makes sure that none begins. It
// reports whether none ever did.
func (h *race) close() bool {
	h.mu.Lock()
	h.closed = true
	over := h.over
	h.mu.Unlock()
	if over == nil {
		return true
	}
	<-over
	return false
}

// supersede records an attempt that lost, and is no evidence of health.
func (r *Router) supersede(a *Attempt, err error, o *outcome, step *Step) outcome {
	lost := outcome{at: o.at, err: o.err}
	switch step.Cause {
	case CausePanic, CauseCanceled, CauseTimeoutTotal:
		// That is what ended it.
	default:
		lost.err = &Failure{Cause: CauseSuperseded, Status: step.Status, ErrorCode: step.ErrorCode,
			Class: cmp.Or(step.Class, ClassUncertain), Err: cmp.Or(err, context.Canceled)}
		step.Cause, step.Class, step.Err = CauseSuperseded, cmp.Or(step.Class, ClassUncertain), lost.err
	}
	if a.settles() {
		r.marks.release(a.to.Key)
	}
	if a == a.race.first && r.Observes() {
		// It would have taken longer than that. Without it the usual time
		// would shrink by every hedge that won.
		r.observe(a.to.Key, step.Latency)
	}
	return lost
}
