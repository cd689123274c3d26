package sqlitelog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// pruner deletes the rows that [Options].MaxAge and MaxBytes do not allow. It has no goroutine: writes do it, a
// little each. A pass begins a minute after the last one began, or when the file has grown by a 64th of MaxBytes, and goes
// on until nothing is beyond the limits.
type pruner struct {
	maxAge   time.Duration
	maxBytes int64
	tell     func(table uint64, rows int64, err error)
	now      func() time.Time
	grown    atomic.Int64 // bytes written since the last pass began

	mu   sync.Mutex // of the rest; writes only try it
	last time.Time  // when the last pass began
	pass *pass      // nil between passes
}

func newPruner(opts *Options) pruner {
	return pruner{maxAge: opts.maxAge(), maxBytes: opts.maxBytes(), tell: opts.onPrune(), now: opts.now()}
}

// off reports whether there is no limit.
func (p *pruner) off() bool { return p.maxAge == 0 && p.maxBytes == 0 }

// due reports whether a pass should begin. The caller holds mu.
func (p *pruner) due() bool {
	since := p.now().Sub(p.last)
	return since >= time.Minute || since < 0 || p.maxBytes > 0 && p.grown.Load() >= p.maxBytes/64
}

// cutoff is the event time before which rows are too old.
func (p *pruner) cutoff() string {
	if p.maxAge == 0 {
		return ""
	}
	return edge(p.now().Add(-p.maxAge))
}

// Prune deletes all that [Options].MaxAge and MaxBytes do not allow, and returns how many rows that were. Writes do the
// same, a little each; a host calls Prune when there may be no writes for long.
func (s *Sink) Prune(ctx context.Context) (rows int64, err error) {
	p := &s.pruner
	if p.off() {
		return 0, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass = nil
	for {
		n, _, err := s.round(ctx)
		rows += n
		if err != nil || p.pass == nil {
			return rows, err
		}
	}
}

// pruneAfter does a write's share of the pass that is on, or due: it deletes twice what was written, or one round.
// What goes wrong is told, and is no fault of the write.
func (s *Sink) pruneAfter(ctx context.Context, batch []*inferencelog.Record) {
	p := &s.pruner
	if p.off() {
		return
	}
	var written int64
	for _, r := range batch {
		written += rowBytes + int64(len(r.Request)+len(r.Response))
	}
	p.grown.Add(written)
	if !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if p.pass == nil && !p.due() {
		return
	}
	for rows, bytes := 2*int64(len(batch)), 2*written; ctx.Err() == nil; {
		n, freed, err := s.round(ctx)
		if err != nil && ctx.Err() == nil {
			p.tell(0, 0, err)
		}
		if rows, bytes = rows-n, bytes-freed; p.pass == nil || rows <= 0 && bytes <= 0 {
			return
		}
	}
}

// round begins a pass if none is on, and does a part of it. When nothing is left to do, or doing it failed, the pass is
// over. The caller holds mu.
func (s *Sink) round(ctx context.Context) (rows, freed int64, err error) {
	p := &s.pruner
	if p.pass == nil {
		p.last = p.now()
		p.grown.Store(0)
		p.pass = &pass{}
	}
	c := cut{pass: p.pass, before: p.cutoff(), maxBytes: p.maxBytes}
	if err := s.transact(ctx, c.prune); err != nil {
		p.pass = nil
		return 0, 0, err
	}
	if c.total == 0 {
		p.pass = nil
	}
	for id, n := range c.rows {
		p.tell(id, n, nil)
	}
	return c.total, c.freed, nil
}
