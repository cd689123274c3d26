package boltstore

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"
)

// Trim implements [catalog.Store]. The pages of what it forgets are used again
// by later commits. It works in transactions of bounded size, between which
// appends have their turn. Errors: those of [Store.Append] but for
// [catalog.ErrConflict].
func (s *Store) Trim(ctx context.Context, through uint64) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err := s.trimSome(through); done || err != nil {
			return err
		}
	}
}

// What one transaction of Trim forgets at most, whichever comes first.
const (
	trimCommits = 1000
	trimBytes   = 4 << 20
)

// trimSome forgets the oldest commits, and reports whether all through the
// given version are forgotten.
func (s *Store) trimSome(through uint64) (done bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.state(); err != nil {
		return false, err
	}
	var was, is uint64
	err = s.transact(s.db.View, func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err == nil && through > h.Version {
			err = fmt.Errorf("boltstore: cannot trim through version %d of %d", through, h.Version)
		}
		if err == nil {
			was, err = readTrimmed(tx)
		}
		return err
	})
	if err != nil || was >= through {
		return true, s.settle(err)
	}
	committing := false
	err = s.transact(s.db.Update, func(tx *bbolt.Tx) error {
		log, bytes := tx.Bucket([]byte(bucketLog)), 0
		for is = was; is < through && is-was < trimCommits && bytes < trimBytes; is++ {
			key := logKey(is + 1)
			value := log.Get(key)
			if value == nil {
				return damaged("version %d is missing from the history", is+1)
			}
			bytes += len(value)
			if err := log.Delete(key); err != nil {
				return fmt.Errorf("boltstore: trim version %d: %w", is+1, err)
			}
		}
		committing = true
		return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyTrimmed), seal([]byte(keyTrimmed), logKey(is)))
	})
	if err != nil && committing {
		err = s.verdict(fmt.Sprintf("trim through version %d", is), err, func(tx *bbolt.Tx) (bool, error) {
			now, err := readTrimmed(tx)
			return now == was, err
		})
	}
	return is == through, s.settle(err)
}
