package catalog

import (
	"context"
	"errors"
)

// alone takes both tokens when all that was pending is kept or has failed: what
// is visible then is the newest there is here, and stays so.
func (c *Catalog) alone(ctx context.Context) error {
	select {
	case <-c.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	// Nothing new is put into the line, and those in it see to it themselves.
	for last := c.line.end().pending; last != nil && !last.isDone(); last = c.line.end().pending {
		select {
		case <-last.done: // or it has left, and the one before it may be pending
		case <-ctx.Done():
			c.writer <- struct{}{}
			return ctx.Err()
		}
	}
	select {
	case <-c.keeper:
		return nil
	case <-ctx.Done():
		c.writer <- struct{}{}
		return ctx.Err()
	}
}

// together ends alone.
func (c *Catalog) together() {
	c.keeper <- struct{}{}
	c.writer <- struct{}{}
}

// turn makes attempts at a commit while nothing else happens, one after the
// other as long as they come late.
func (c *Catalog) turn(ctx context.Context, try func() (version uint64, late bool, err error)) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := c.alone(ctx); err != nil {
		return 0, err
	}
	defer c.together()
	for {
		if c.closed.Load() {
			return 0, ErrClosed
		}
		version, late, err := try()
		if !late {
			return version, err
		}
		if err := c.follow(ctx); err != nil {
			return 0, err
		}
	}
}

// try makes one attempt at an update on the state as it is known here. It
// reports late when the store has moved on and the attempt must be repeated.
func (c *Catalog) try(ctx context.Context, actor string, change func(*Tx) error) (version uint64, late bool, err error) {
	now := c.Snapshot()
	p, err := c.run(now, true, actor, change)
	if err != nil {
		return 0, false, err
	}
	if p == nil {
		return now.version, false, nil
	}
	return c.land(ctx, p)
}

// land makes a commit durable and then visible, as the newest state.
func (c *Catalog) land(ctx context.Context, p *pending) (version uint64, late bool, err error) {
	if err := c.store.Append(ctx, p.commit.Version-1, p.commit); err != nil {
		if errors.Is(err, ErrConflict) {
			return 0, true, nil
		}
		return 0, false, refused([]*pending{p}, err)
	}
	c.publish(p.then)
	c.line.restart(p.then)
	return p.commit.Version, false, nil
}
