package ratelimit

import (
	"context"
	"sync/atomic"
	"time"
)

// shared is the part of a limiter that counts together with others. Every call
// is counted in memory too: for want of room there no call need be sent away to
// the store, and while the store is away memory is what is left.
type shared struct {
	memory      *Memory
	store       guarded
	whenAway    WhenAway
	share       int64 // percent
	chargeAfter bool

	presence presence
	owed     owed
	alone    atomic.Uint64 // calls admitted without the store
}

func newShared(m *Memory, opts *Options) *shared {
	s := &shared{
		memory:      m,
		store:       guarded{opts.Store, opts.storeTimeout()},
		whenAway:    opts.WhenAway,
		share:       opts.share(),
		chargeAfter: opts.chargeAfter(),
	}
	s.presence.log = opts.logger()
	return s
}

// asksStore reports whether the store has a say in asks.
func asksStore(asks []Ask) bool {
	for i := range asks {
		if asks[i].Bucket.Dimension != Concurrent {
			return true
		}
	}
	return false
}

// admit takes from memory, then from the store. The store has a say in asks.
func (s *shared) admit(ctx context.Context, asks []Ask, lease *Lease) Verdict {
	if !s.presence.due(s.now()) {
		return s.admitAlone(asks, lease)
	}
	if lease == nil {
		return s.spend(ctx, asks)
	}
	held, extra := lease, (*Lease)(nil)
	if lease.Open() {
		extra = new(Lease) // so that it can be undone by itself
		held = extra
	}
	own := s.memory.admit(asks, held)
	if !own.OK {
		return own
	}
	r, v, heard := s.take(ctx, asks)
	if !heard {
		held.undo()
		return s.admitAlone(asks, lease)
	}
	v.Shadow = worse(own.Shadow, v.Shadow)
	if !v.OK {
		held.undo()
		return v
	}
	r.extra, r.before = extra, lease.remote
	lease.remote = r
	return v
}

// spend is admit for a call without a lease: as memory could not take it back,
// memory comes last.
func (s *shared) spend(ctx context.Context, asks []Ask) Verdict {
	if own := s.memory.peek(asks); !own.OK {
		return own
	}
	r, v, heard := s.take(ctx, asks)
	if !heard {
		return s.admitAlone(asks, nil)
	}
	if !v.OK {
		return v
	}
	own := s.memory.admit(asks, nil)
	own.Shadow = worse(own.Shadow, v.Shadow)
	if !own.OK {
		r.close(0, true)
	}
	return own
}

// take has the store take. It is not heard if it must not be asked now, or
// fails.
func (s *shared) take(ctx context.Context, asks []Ask) (r *remote, v Verdict, heard bool) {
	if !s.presence.claim(s.now()) {
		return nil, Verdict{}, false
	}
	sent := make([]Ask, 0, len(asks))
	for _, a := range asks {
		if a.Bucket.Dimension == Concurrent {
			continue
		}
		a.After = a.After || s.chargeAfter && a.Bucket.Dimension == Tokens
		sent = append(sent, a)
	}
	taken := make([]Taken, len(sent))
	v, err := s.store.take(ctx, sent, taken)
	if err != nil {
		s.presence.failed(s.now(), err)
		return nil, Verdict{}, false
	}
	s.presence.answered(s.now())
	v = believable(v, asks)
	if !v.OK {
		return nil, v, true
	}
	return &remote{shared: s, taken: believableTaken(sent, taken)}, v, true
}

// settle tells the store of settled and of what is owed, if it can be asked,
// and keeps what must be told later.
func (s *shared) settle(settled []Settled) {
	if len(settled) == 0 && s.owed.buckets.Load() == 0 {
		return
	}
	if !s.presence.claim(s.now()) {
		s.owed.keep(settled)
		return
	}
	settled = s.owed.pick(settled)
	if len(settled) == 0 {
		return
	}
	if err := s.store.settle(settled); err != nil {
		s.presence.failed(s.now(), err)
		s.owed.keep(settled)
		return
	}
	s.presence.answered(s.now())
}

// now returns the time since the start by the limiter's clock. It does not run
// back by more than a late reading is late.
func (s *shared) now() time.Duration {
	t, at := s.memory.clock.read()
	return max(at, time.Duration(t)*tick)
}
