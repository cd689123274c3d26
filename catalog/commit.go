package catalog

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/go-memdb"
)

// run makes an update on a moment, and leaves that as it is. A change that did
// nothing leaves nothing pending.
func (c *Catalog) run(base *Snapshot, alone bool, actor string, change func(*Tx) error) (*pending, error) {
	db := base.db.Snapshot()
	txn := db.Txn(true)
	defer txn.Abort() // does nothing after Commit
	txn.TrackChanges()
	tx := &Tx{
		Snapshot: Snapshot{txn: txn, index: base.index.editable(), version: base.version, kinds: c.kinds},
		at:       c.now().UTC(), nextID: base.nextID, before: map[ID]*securableRow{}, hadIt: map[Grant]bool{},
		actor: actor, alone: alone,
	}
	err := change(tx)
	switch {
	case tx.asked:
		return nil, errNotAlone
	case err != nil:
		return nil, err
	case tx.broken != nil:
		return nil, fmt.Errorf("catalog: %w", tx.broken)
	}
	commit := Commit{Version: base.version + 1, NextID: tx.nextID, At: tx.at, Actor: tx.actor}
	if commit.Changes, err = tx.changes(); err != nil {
		return nil, err
	}
	if len(commit.Changes) == 0 && commit.NextID == base.nextID {
		return nil, nil // ids that were given out count as a change
	}
	if len(txn.Changes()) == 0 {
		tx.index.publish()
		return newPending(commit, &Snapshot{txn: base.txn, db: base.db, index: tx.index, version: commit.Version, kinds: c.kinds, nextID: commit.NextID}), nil
	}
	txn.Commit()
	return newPending(commit, c.seal(db, tx.index, commit.Version, commit.NextID)), nil
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

// seal returns the moment that db and the index over it hold, which nobody
// changes any more.
func (c *Catalog) seal(db *memdb.MemDB, x *index, version, nextID uint64) *Snapshot {
	x.publish()
	return &Snapshot{txn: db.Txn(false), db: db, index: x, version: version, kinds: c.kinds, nextID: nextID}
}

// publish makes a moment visible. It is called with the keeper's token.
func (c *Catalog) publish(s *Snapshot) {
	next := &published{snapshot: s, replaced: make(chan struct{})}
	if old := c.current.Swap(next); old != nil {
		close(old.replaced)
	}
}
