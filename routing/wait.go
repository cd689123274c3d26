package routing

import (
	"context"
	"sync/atomic"
	"time"
)

// waitRule decides which requests wait for a destination to recover.
type waitRule struct {
	limit time.Duration // 0: none does
	most  int64         // at once
	now   atomic.Int64
}

func (w *waitRule) set(o *Options) {
	if o == nil || o.WaitForRecovery <= 0 {
		return
	}
	w.limit, w.most = o.WaitForRecovery, 100
	if o.MaxWaiting > 0 {
		w.most = int64(o.MaxWaiting)
	}
}

// awaitRecovery waits, if all of p cools and it is worth it, until the first
// does not; those that still are out are left out then. It sets now anew and
// returns an error if the caller hung up.
func (r *Router) awaitRecovery(ctx context.Context, p *Plan, w *walk, now *moment) error {
	wait, all := r.recovery(p, now.clock)
	if !all || wait <= 0 || wait > r.waiting.limit {
		return nil
	}
	if !r.leavesTime(ctx, wait, *now, &w.phases) {
		return nil
	}
	others := r.waiting.now.Add(1) - 1
	defer r.waiting.now.Add(-1)
	if others >= r.waiting.most {
		return nil
	}
	if pause(ctx, wait) != nil {
		return hungUp(ctx, Failure{}, nil)
	}
	*now = r.moment()
	w.left, w.allOut = r.stillOut(p, now.clock)
	return nil
}

// stillOut are the destinations of p to do without at now; none if that is all,
// because others have been faster.
func (r *Router) stillOut(p *Plan, now time.Duration) (out uint16, all bool) {
	v := view{router: r, lot: p.lot(), now: now, timed: true}
	for i, at := range p.order[:p.n] {
		if v.out(p.config.at(at).Key) {
			out |= 1 << i
		}
	}
	if out == 1<<p.n-1 {
		return 0, true
	}
	return out, false
}
