package boltstore

import (
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
)

// Append implements [catalog.Store]. Errors: [catalog.ErrConflict],
// [catalog.ErrClosed], ctx's, [ErrUnknownOutcome], [ErrDamaged], and those of
// the file system, after which the commit is not there.
func (s *Store) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	return s.AppendAll(ctx, prev, []catalog.Commit{c})
}

// AppendAll implements [catalog.Batcher], in one transaction. Its errors are those
// of [Store.Append].
func (s *Store) AppendAll(ctx context.Context, prev uint64, cs []catalog.Commit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	texts := make([][]byte, len(cs))
	for i, c := range cs {
		var err error
		if texts[i], err = json.Marshal(c); err != nil {
			return fmt.Errorf("boltstore: encode commit %d: %w", c.Version, err)
		}
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.state(); err != nil {
		return err
	}
	committing := false
	err := s.transact(s.db.Update, func(tx *bbolt.Tx) error {
		if err := put(tx, prev, cs, texts); err != nil {
			return err
		}
		committing = true
		return nil
	})
	if err != nil && committing {
		err = s.verdict(fmt.Sprintf("append %d commits after version %d", len(cs), prev), err, func(tx *bbolt.Tx) (bool, error) {
			h, err := readHead(tx)
			return h.Version == prev, err
		})
	}
	if err != nil {
		return s.settle(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		close(s.more)
		s.more = make(chan struct{})
	}
	return nil
}

// put makes the changes of some appends in a transaction.
func put(tx *bbolt.Tx, prev uint64, cs []catalog.Commit, texts [][]byte) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	if h.Version != prev {
		return catalog.ErrConflict
	}
	rows, log := tx.Bucket([]byte(bucketRows)), tx.Bucket([]byte(bucketLog))
	log.FillPercent = 1 // keys only grow, so pages need no room
	for i, c := range cs {
		if c.Version != h.Version+1 {
			return fmt.Errorf("boltstore: commit %d cannot follow version %d", c.Version, h.Version)
		}
		h.Version, h.NextID = c.Version, c.NextID
		for _, change := range c.Changes {
			if err := h.put(rows, change); err != nil {
				return fmt.Errorf("boltstore: row %s %.100q: %w", change.Kind, change.Key, err)
			}
		}
		key := logKey(c.Version)
		if err := log.Put(key, seal(key, texts[i])); err != nil {
			return fmt.Errorf("boltstore: log %d: %w", c.Version, err)
		}
	}
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyHead), seal([]byte(keyHead), h.bytes()))
}

// put makes one change of a row, and counts the rows.
func (h *head) put(rows *bbolt.Bucket, change catalog.Change) error {
	key := rowKey(change.RowKey)
	was := rows.Get(key) != nil
	if change.Value == nil {
		if !was {
			return nil
		}
		h.rows--
		return rows.Delete(key)
	}
	if !was {
		h.rows++
	}
	return rows.Put(key, seal(key, change.Value))
}

// verdict finds out what a failed write has left. When the file still is as it
// was, the page that makes a transaction count was not written, and nothing of
// it is there. Otherwise it was written and perhaps not synced: nobody can tell
// what a crash would leave of it.
func (s *Store) verdict(what string, cause error, asItWas func(*bbolt.Tx) (bool, error)) error {
	same := false
	err := s.transact(s.db.View, func(tx *bbolt.Tx) (err error) {
		same, err = asItWas(tx)
		return err
	})
	if err == nil && same {
		return fmt.Errorf("boltstore: %s: %w", what, cause)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnknownOutcome, what, cause)
}
