package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// attempt makes one attempt at an update while others make theirs. It reports
// again when that must be repeated.
func (c *Catalog) attempt(ctx context.Context, actor string, change func(*Tx) error) (version uint64, again bool, err error) {
	p, began, err := c.prepare(ctx, actor, change)
	if p == nil {
		return c.learned(ctx, began, err)
	}
	c.await(ctx, p)
	if p.late {
		return 0, true, nil
	}
	if p.err != nil {
		return 0, false, p.err
	}
	return p.then.version, false, nil
}

// prepare runs a change where the line ends, and puts what it did into the line.
func (c *Catalog) prepare(ctx context.Context, actor string, change func(*Tx) error) (p *pending, began start, err error) {
	select {
	case <-c.writer:
	case <-ctx.Done():
		return nil, start{}, ctx.Err()
	}
	defer func() { c.writer <- struct{}{} }()
	for {
		if c.closed.Load() {
			return nil, start{}, ErrClosed
		}
		began = c.line.end()
		if p, err = c.run(began.Snapshot, false, actor, change); p == nil {
			return nil, began, err
		}
		if err := ctx.Err(); err != nil {
			return nil, start{}, err
		}
		p.ctx = ctx
		if c.line.join(began, p) {
			return p, began, nil
		}
	}
}

// learned is the outcome of a change that has found nothing to do, or an error. It
// counts once all that the change began with is kept.
func (c *Catalog) learned(ctx context.Context, began start, found error) (version uint64, again bool, err error) {
	if began.pending != nil && !errors.Is(found, errNotAlone) {
		select {
		case <-began.pending.done:
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
		if !began.pending.kept() {
			return 0, true, nil
		}
	}
	if found != nil {
		return 0, false, found
	}
	return began.version, false, nil
}

// await waits until it is known what became of p. Whoever waits takes what is in
// the line to the store when nobody else does.
func (c *Catalog) await(ctx context.Context, p *pending) {
	left, keeper := ctx.Done(), c.keeper
	var before chan struct{} // closed when it is known what became of the one before p
	for {
		select {
		case <-p.done:
			return
		case <-left:
			if c.line.leave(p) {
				return
			}
			left = nil // the store has it
		case <-keeper:
			if ahead := c.keep(ctx, p); ahead != nil {
				keeper, before = nil, ahead.done // whose turn it is, not p's
			}
		case <-before:
			keeper, before = c.keeper, nil
		}
	}
}

// errLeft is for updates whose store has panicked, or ended the goroutine.
var errLeft = fmt.Errorf("%w: the store did not return", ErrUnknownOutcome)

// keep is called with the keeper's token, by who waits for p, and returns it. It
// takes to the store what it can at once, with p, or returns who is to do so before.
func (c *Catalog) keep(ctx context.Context, p *pending) (ahead *pending) {
	defer func() { c.keeper <- struct{}{} }()
	taken, ahead := c.line.take(p)
	if len(taken) == 0 {
		return ahead // or p is done; those who wait for the others see to them
	}
	if len(taken) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = all(taken) // for none of them alone to end
		defer cancel()
	}
	err := errLeft
	defer func() { c.conclude(taken, err) }()
	if len(taken) == 1 {
		err = c.store.Append(ctx, taken[0].commit.Version-1, taken[0].commit)
	} else {
		err = c.appendAll(ctx, taken)
	}
	if len(taken) > 1 && errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, ErrUnknownOutcome) {
		c.line.giveBack(taken)
		taken, err = nil, nil
	} else if errors.Is(err, ErrConflict) {
		if failed := c.follow(ctx); failed != nil {
			err = failed
		}
	} else if err != nil {
		err = refused(taken, err)
	}
	return nil
}

// all returns a context that ends when all of those have ended whose updates were
// taken.
func all(taken []*pending) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(taken[0].ctx))
	left := new(atomic.Int64)
	left.Store(int64(len(taken)))
	var stops []func() bool
	for _, p := range taken {
		stops = append(stops, context.AfterFunc(p.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

func refused(taken []*pending, err error) error {
	first, last := taken[0].commit.Version, taken[len(taken)-1].commit.Version
	if first == last {
		return fmt.Errorf("catalog: append commit %d: %w", first, err)
	}
	return fmt.Errorf("catalog: append commits %d to %d: %w", first, last, err)
}

func (c *Catalog) appendAll(ctx context.Context, taken []*pending) error {
	commits := make([]Commit, len(taken))
	for i, p := range taken {
		commits[i] = p.commit
	}
	return c.store.(Batcher).AppendAll(ctx, commits[0].Version-1, commits)
}

// conclude makes what was taken visible, if the store has it, and tells those who
// wait for it what became of it. With the keeper's token.
func (c *Catalog) conclude(taken []*pending, err error) {
	if err != nil {
		c.line.restart(c.Snapshot())
	}
	for _, p := range taken {
		switch {
		case err == nil:
			c.publish(p.then)
			c.line.kept(p)
		case errors.Is(err, ErrConflict):
			p.late = true
		default:
			p.err = err
			if errors.Is(err, context.Canceled) && p.ctx != nil && p.ctx.Err() != nil {
				p.err = fmt.Errorf("%w: %w", p.ctx.Err(), err) // his own, which may be a deadline
			}
		}
		p.began = start{}
		close(p.done)
	}
}
