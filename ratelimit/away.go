package ratelimit

import (
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// probeEvery is how long a store that failed is left alone before the next
// call tries it.
const probeEvery = time.Second

// presence knows whether the store can be asked. Times are those of the
// limiter's own clock.
type presence struct {
	away atomic.Bool
	next atomic.Int64 // when the next call may try, while away

	mu    sync.Mutex
	since time.Duration
	err   error

	log *zap.Logger
}

func (p *presence) isAway() bool { return p.away.Load() }

// due reports whether a call at now may ask the store.
func (p *presence) due(now time.Duration) bool {
	return !p.away.Load() || int64(now) >= p.next.Load()
}

// claim is due, and has one call a second ask a store that is away.
func (p *presence) claim(now time.Duration) bool {
	if !p.away.Load() {
		return true
	}
	next := p.next.Load()
	return int64(now) >= next && p.next.CompareAndSwap(next, addSaturating(int64(now), int64(probeEvery)))
}

// failed says that the store failed at now.
func (p *presence) failed(now time.Duration, err error) {
	p.mu.Lock()
	gone := !p.away.Load()
	if gone {
		p.since = now
	}
	p.err = err
	p.next.Store(addSaturating(int64(now), int64(probeEvery)))
	p.away.Store(true)
	p.mu.Unlock()
	if gone {
		if line := p.log.Check(zap.WarnLevel, "ratelimit: the store is away"); line != nil {
			line.Write(zap.Error(err))
		}
	}
}

// answered says that the store answered at now.
func (p *presence) answered(now time.Duration) {
	if !p.away.Load() {
		return
	}
	p.mu.Lock()
	back, was := p.away.Load(), now-p.since
	p.away.Store(false)
	p.err = nil
	p.mu.Unlock()
	if back {
		if line := p.log.Check(zap.InfoLevel, "ratelimit: the store is back"); line != nil {
			line.Write(zap.Duration("away", max(was, 0)))
		}
	}
}

// state returns since when and why the store is away; away is false if it is
// not.
func (p *presence) state(now time.Duration) (away bool, since time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.away.Load() {
		return false, 0, nil
	}
	return true, max(now-p.since, 0), p.err
}
