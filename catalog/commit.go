package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-memdb"
)

// turn makes attempts at a commit while nobody else writes, one after the other
// as long as they come late.
func (c *Catalog) turn(ctx context.Context, try func() (version uint64, late bool, err error)) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	select {
	case <-c.writer:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { c.writer <- struct{}{} }()
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
	version = c.Snapshot().version
	txn := c.db.Txn(true)
	defer txn.Abort() // does nothing after Commit
	txn.TrackChanges()
	tx := &Tx{
		Snapshot: Snapshot{txn: txn, index: c.Snapshot().index.editable(), version: version, kinds: c.kinds},
		at:       c.now().UTC(), nextID: c.nextID, before: map[ID]*securableRow{}, hadIt: map[Grant]bool{},
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
	if commit.Changes, err = tx.changes(); err != nil {
		return 0, false, err
	}
	if len(commit.Changes) == 0 && commit.NextID == c.nextID {
		return version, false, nil // ids that were given out count as a change
	}
	return c.land(ctx, commit, txn, tx.index)
}

// land makes a commit durable and then visible, as the newest state.
func (c *Catalog) land(ctx context.Context, commit Commit, txn *memdb.Txn, x *index) (version uint64, late bool, err error) {
	if err := c.store.Append(ctx, commit.Version-1, commit); err != nil {
		if errors.Is(err, ErrConflict) {
			return 0, true, nil
		}
		return 0, false, fmt.Errorf("catalog: append commit %d: %w", commit.Version, err)
	}
	txn.Commit()
	c.nextID = commit.NextID
	c.publish(x, commit.Version)
	return commit.Version, false, nil
}

// changes turns what a transaction has done into stored form. It leaves out
// rows that are again as they were.
func (tx *Tx) changes() ([]Change, error) {
	var all []Change
	note := func(before, after any) error {
		change, err := tx.change(before, after)
		if err == nil && change.Kind != "" {
			all = append(all, change)
		}
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(tx.before)) {
		var before, after any
		if row := tx.before[id]; row != nil {
			before = row
		}
		if row := tx.securable(id); row != nil {
			after = row
		}
		if err := note(before, after); err != nil {
			return nil, err
		}
	}
	for _, g := range slices.SortedFunc(maps.Keys(tx.hadIt), Grant.order) {
		var before, after any
		if tx.hadIt[g] {
			before = &grantRow{g}
		}
		if tx.Granted(g) {
			after = &grantRow{g}
		}
		if err := note(before, after); err != nil {
			return nil, err
		}
	}
	for _, change := range tx.txn.Changes() {
		if err := note(change.Before, change.After); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// change is one row as a transaction found it and left it, in stored form; nil
// is none. The zero Change is none.
func (tx *Tx) change(before, after any) (Change, error) {
	if after == nil {
		if before == nil {
			return Change{}, nil
		}
		return Change{RowKey: rowKey(before)}, nil
	}
	value, err := encode(after)
	if err != nil {
		return Change{}, err
	}
	if before != nil {
		was, err := encode(before)
		if err != nil || bytes.Equal(was, value) {
			return Change{}, err
		}
	}
	key := rowKey(after)
	// What cannot be read back would make a catalog that never opens again.
	if _, err := decode(tx.kinds, key, value); err != nil {
		return Change{}, fmt.Errorf("catalog: refusing to store what does not load: %w", err)
	}
	return Change{RowKey: key, Value: value}, nil
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
