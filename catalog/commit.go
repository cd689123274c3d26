package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-memdb"
)

// try makes one attempt at an update on the state as it is known here. It
// reports late when the store has moved on and the attempt must be repeated.
func (c *Catalog) try(ctx context.Context, actor string, change func(*Tx) error) (version uint64, late bool, err error) {
	version = c.Snapshot().version
	txn := c.db.Txn(true)
	defer txn.Abort() // does nothing after Commit
	txn.TrackChanges()
	tx := &Tx{
		Snapshot: Snapshot{txn: txn, index: c.Snapshot().index.editable(), version: version, kinds: c.kinds},
		at:       c.now().UTC(), nextID: c.nextID,
		// A store keeps JSON, which has no room for invalid UTF-8.
		actor: strings.ToValidUTF8(actor, "\uFFFD"),
	}
	if err := change(tx); err != nil {
		return 0, false, err
	}
	if tx.broken != nil {
		return 0, false, fmt.Errorf("catalog: %w", tx.broken)
	}
	commit := Commit{Version: version + 1, NextID: tx.nextID, At: tx.at, Actor: tx.actor}
	if commit.Changes, err = c.changes(txn.Changes()); err != nil {
		return 0, false, err
	}
	if len(commit.Changes) == 0 && commit.NextID == c.nextID {
		return version, false, nil // ids that were given out count as a change
	}
	if err := c.store.Append(ctx, version, commit); err != nil {
		if errors.Is(err, ErrConflict) {
			return 0, true, nil
		}
		return 0, false, fmt.Errorf("catalog: append commit %d: %w", commit.Version, err)
	}
	txn.Commit()
	c.nextID = tx.nextID
	c.publish(tx.index, commit.Version)
	return commit.Version, false, nil
}

// changes turns what a transaction has done into stored form. It leaves out
// rows that are again as they were.
func (c *Catalog) changes(all memdb.Changes) ([]Change, error) {
	var changes []Change
	for _, change := range all {
		if change.Deleted() {
			changes = append(changes, Change{RowKey: rowKey(change.Before)})
			continue
		}
		value, err := encode(change.After)
		if err != nil {
			return nil, err
		}
		if change.Updated() {
			before, err := encode(change.Before)
			if err != nil {
				return nil, err
			}
			if bytes.Equal(before, value) {
				continue
			}
		}
		key := rowKey(change.After)
		// What cannot be read back would make a catalog that never opens again.
		if _, err := decode(c.kinds, key, value); err != nil {
			return nil, fmt.Errorf("catalog: refusing to store what does not load: %w", err)
		}
		changes = append(changes, Change{RowKey: key, Value: value})
	}
	return changes, nil
}

// publish makes what db holds, and the index over it, visible as the given
// version.
func (c *Catalog) publish(x *index, version uint64) {
	x.publish()
	next := &published{
		snapshot: &Snapshot{txn: c.db.Txn(false), index: x, version: version, kinds: c.kinds, nextID: c.nextID},
		replaced: make(chan struct{}),
	}
	if old := c.current.Swap(next); old != nil {
		close(old.replaced)
	}
}
