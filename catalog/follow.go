package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-memdb"
)

// follow applies the next commit that the store has and this catalog has not.
// It is called with the keeper's token, when there is such a commit. What waits
// for the store has begun without it and must run again.
func (c *Catalog) follow(ctx context.Context) error {
	now := c.Snapshot()
	version := now.version
	for commit, err := range c.store.Watch(ctx, version) {
		if err == nil && commit.Version != version+1 {
			err = fmt.Errorf("commit %d follows version %d", commit.Version, version)
		}
		if err != nil {
			return fmt.Errorf("catalog: follow: %w", err)
		}
		db := now.db.Snapshot()
		txn := db.Txn(true)
		defer txn.Abort() // does nothing after Commit
		index := now.index.editable()
		if err := apply(txn, index, c.kinds, commit); err != nil {
			return fmt.Errorf("catalog: apply commit %d: %w", commit.Version, err)
		}
		txn.Commit()
		c.publish(c.seal(db, index, commit.Version, max(now.nextID, commit.NextID)))
		c.line.restart(c.Snapshot())
		return nil // one is enough to try again; Append asks for more if needed
	}
	return errors.New("catalog: follow: store ended the history early")
}

// apply brings the rows of a commit to their new state. A commit holds the net
// effect of an update, in which a name can have passed from one row to
// another, so all old states leave the indexes before a new one enters.
func apply(txn *memdb.Txn, x *index, kinds *Kinds, commit Commit) error {
	for _, change := range commit.Changes {
		key, err := change.bare()
		if err != nil {
			return err
		}
		if _, err := remove(txn, x, key); err != nil {
			return err
		}
	}
	for _, change := range commit.Changes {
		if change.Value == nil {
			continue
		}
		row, err := decode(kinds, change.RowKey, change.Value)
		if err != nil {
			return err
		}
		if _, err := insert(txn, x, row); err != nil {
			return err
		}
	}
	return nil
}

// visible waits until snapshots show the given version, which is in the store.
// When nobody here is about to show it, because another process made the
// commit or because Append failed without knowing, visible applies it.
func (c *Catalog) visible(ctx context.Context, version uint64) error {
	for {
		now := c.current.Load()
		if now.snapshot.version >= version {
			return nil
		}
		select {
		case <-now.replaced:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.keeper:
			if err := c.catchUp(ctx, version); err != nil {
				return err
			}
		}
	}
}

// catchUp is called with the keeper's token, and returns it.
func (c *Catalog) catchUp(ctx context.Context, version uint64) error {
	defer func() { c.keeper <- struct{}{} }()
	for c.Snapshot().version < version {
		if c.closed.Load() {
			return ErrClosed
		}
		if err := c.follow(ctx); err != nil {
			return err
		}
	}
	return nil
}
