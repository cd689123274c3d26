package modelservice

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// wait waits for room until the gateway's patience ends. The catalog goes on
// meanwhile, and what counts in the end are the rights, the limits and the
// service as they are then: if they ask for something else than was waited for,
// that is given back, and it is decided anew with what is left of the patience.
func (r *run) wait(first []ratelimit.Ask) (ratelimit.Verdict, error) {
	until := time.Now().Add(r.g.patience)
	asks := slices.Clone(first) // so that those of calls that need not wait stay on the stack
	for {
		verdict, stale := r.waitFor(asks, until)
		now := r.g.catalog.Snapshot()
		if now.Version() == r.snapshot.Version() || !verdict.OK && r.ctx.Err() != nil {
			return verdict, nil
		}
		r.snapshot = now
		if err := r.authorize(); err != nil {
			r.lease.Release()
			// It is now as if the call had come too late to see the service.
			r.service, r.node, r.name = nil, catalog.Node{}, catalog.FullName{}
			r.admitted, r.limited = false, false
			return verdict, err
		}
		wanted := r.asks(nil)
		if sameAsks(wanted, asks) && (verdict.OK || !stale) {
			return verdict, nil
		}
		r.lease.Release()
		r.reserve(wanted)
		asks = wanted
	}
}

// waitFor waits for what is asked. It ends early, and is stale, when something
// else would be asked now.
func (r *run) waitFor(asks []ratelimit.Ask, until time.Time) (verdict ratelimit.Verdict, stale bool) {
	ctx, cancel := context.WithDeadline(r.ctx, until)
	defer cancel()
	var watch sync.WaitGroup
	watch.Go(func() {
		if stale = r.watch(ctx, asks); stale {
			cancel()
		}
	})
	verdict = r.g.limiter.Wait(ctx, uint64(r.call.Caller), asks, &r.lease)
	cancel()
	watch.Wait()
	return verdict, stale
}

// watchEvery is how often a call that waits looks at what has changed. To look
// costs nothing as long as nothing has, while each watch of the catalog would
// get a copy of each commit.
const watchEvery = time.Second

// watch looks whether a call would ask for something else than it waits for,
// until ctx ends or it does. The rest of r is not touched meanwhile.
func (r *run) watch(ctx context.Context, asks []ratelimit.Ask) (stale bool) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	seen := r.snapshot.Version()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
		now := r.g.catalog.Snapshot()
		if now.Version() != seen && !r.stillAsks(now, asks) {
			return true
		}
		seen = now.Version()
	}
}

// stillAsks reports whether in s the call may be made and is asked the same.
func (r *run) stillAsks(s *catalog.Snapshot, asks []ratelimit.Ask) bool {
	id, _ := s.Lookup(TypeModelService, r.name)
	service, ok := s.Compiled(id).(*compiled)
	if !ok || !r.g.authz.Check(s, r.call.Caller, catalog.Execute, id).Allowed {
		return false
	}
	caller, _ := s.Principal(r.call.Caller)
	return sameAsks(service.limits.asks(s, caller, r.call.Tags, nil), asks)
}

// sameAsks compares asks, but for their amounts: a call that has waited for its
// turn is not sent back for a new estimate.
func sameAsks(a, b []ratelimit.Ask) bool {
	return slices.EqualFunc(a, b, func(x, y ratelimit.Ask) bool {
		x.Amount, y.Amount = 0, 0
		return x == y
	})
}
