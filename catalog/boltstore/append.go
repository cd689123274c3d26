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
	if err := ctx.Err(); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("boltstore: encode commit %d: %w", c.Version, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.state(); err != nil {
		return err
	}
	committing := false
	err = s.transact(s.db.Update, func(tx *bbolt.Tx) error {
		if err := put(tx, prev, c, text); err != nil {
			return err
		}
		committing = true
		return nil
	})
	if err != nil && committing {
		err = s.verdict(fmt.Sprintf("append commit %d", c.Version), err, func(tx *bbolt.Tx) (bool, error) {
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

// put makes the changes of an append in a transaction.
func put(tx *bbolt.Tx, prev uint64, c catalog.Commit, text []byte) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	if h.Version != prev {
		return catalog.ErrConflict
	}
	if c.Version != prev+1 {
		return fmt.Errorf("boltstore: commit %d cannot follow version %d", c.Version, prev)
	}
	h.Version, h.NextID = c.Version, c.NextID
	rows := tx.Bucket([]byte(bucketRows))
	for _, change := range c.Changes {
		key := rowKey(change.RowKey)
		was := rows.Get(key) != nil
		if change.Value == nil {
			if was {
				h.rows--
				err = rows.Delete(key)
			}
		} else {
			if !was {
				h.rows++
			}
			err = rows.Put(key, seal(key, change.Value))
		}
		if err != nil {
			return fmt.Errorf("boltstore: row %s %.100q: %w", change.Kind, change.Key, err)
		}
	}
	log := tx.Bucket([]byte(bucketLog))
	log.FillPercent = 1 // keys only grow, so pages need no room
	key := logKey(c.Version)
	if err := log.Put(key, seal(key, text)); err != nil {
		return fmt.Errorf("boltstore: log %d: %w", c.Version, err)
	}
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyHead), seal([]byte(keyHead), h.bytes()))
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
