package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"iter"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
)

// Load implements [catalog.Store]. Errors: put's, [catalog.ErrClosed], ctx's,
// [ErrDamaged], [ErrUnknownOutcome].
func (s *Store) Load(ctx context.Context, put func(catalog.RowKey, []byte) error) (catalog.Head, error) {
	if _, err := s.state(); err != nil {
		return catalog.Head{}, err
	}
	var h head
	err := s.transact(s.db.View, func(tx *bbolt.Tx) (err error) {
		if h, err = readHead(tx); err != nil {
			return err
		}
		calling := false
		defer func() {
			if calling { // put has panicked
				passOn(recover())
			}
		}()
		rows, kind := uint64(0), catalog.RowKind("")
		cursor := tx.Bucket([]byte(bucketRows)).Cursor()
		for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			key, err := splitRowKey(k, kind)
			if err != nil {
				return err
			}
			kind = key.Kind
			value, err := unseal(bucketRows, k, v)
			if err != nil {
				return err
			}
			calling = true
			err = put(key, value)
			calling = false
			if err != nil {
				return err
			}
			rows++
		}
		if rows != h.rows {
			return damaged("there are %d rows, and should be %d", rows, h.rows)
		}
		return nil
	})
	if err != nil {
		return catalog.Head{}, s.settle(err)
	}
	return h.Head, nil
}

// Watch implements [catalog.Store].
func (s *Store) Watch(ctx context.Context, after uint64) iter.Seq2[catalog.Commit, error] {
	return func(yield func(catalog.Commit, error) bool) {
		for {
			more, err := s.state()
			if err == nil {
				err = ctx.Err()
			}
			var next []catalog.Commit
			if err == nil {
				next, err = s.history(after)
			}
			if err != nil {
				yield(catalog.Commit{}, err)
				return
			}
			for _, c := range next {
				if err := ctx.Err(); err != nil {
					yield(catalog.Commit{}, err)
					return
				}
				if !yield(c, nil) {
					return
				}
				after = c.Version
			}
			if len(next) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(catalog.Commit{}, ctx.Err())
				return
			}
		}
	}
}

// batchBytes bounds what a watcher reads at a time, so that it neither holds
// a transaction while it waits for its receiver nor the history in memory.
const batchBytes = 1 << 20

// history returns some of the commits after a version, at least one if there
// are any.
func (s *Store) history(after uint64) ([]catalog.Commit, error) {
	var next []catalog.Commit
	err := s.transact(s.db.View, func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err != nil || after >= h.Version {
			return err
		}
		trimmed, err := readTrimmed(tx)
		if err != nil {
			return err
		}
		if after < trimmed {
			return &catalog.TrimmedError{Through: trimmed}
		}
		cursor := tx.Bucket([]byte(bucketLog)).Cursor()
		k, v := cursor.Seek(logKey(after + 1))
		for size := 0; after+uint64(len(next)) < h.Version && size < batchBytes; k, v = cursor.Next() {
			c, err := decodeCommit(k, v)
			if err != nil {
				return err
			}
			if want := after + uint64(len(next)) + 1; c.Version != want {
				return damaged("version %d is missing from the history", want)
			}
			next = append(next, c)
			size += len(v)
		}
		return nil
	})
	if err != nil {
		return nil, s.settle(err)
	}
	return next, nil
}

// decodeCommit reads an entry of the log.
// nextIDOf reads one number of a commit, which stands near its beginning, and
// leaves the rest alone: it can be as long as all rows there are.
func nextIDOf(key, value []byte) (uint64, error) {
	text, err := unseal(bucketLog, key, value)
	if err != nil {
		return 0, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for wanted := false; ; {
		token, err := d.Token()
		if err != nil {
			return 0, damaged("log %x: %v", key, err)
		}
		number, is := token.(json.Number)
		if wanted && is {
			return strconv.ParseUint(number.String(), 10, 64)
		}
		wanted = token == "next_id"
	}
}

func decodeCommit(key, value []byte) (catalog.Commit, error) {
	text, err := unseal(bucketLog, key, value)
	if err != nil {
		return catalog.Commit{}, err
	}
	var c catalog.Commit
	if err := json.Unmarshal(text, &c); err != nil {
		return catalog.Commit{}, damaged("log %x: %v", key, err)
	}
	if len(key) != 8 || c.Version != binary.BigEndian.Uint64(key) {
		return catalog.Commit{}, damaged("log %x holds version %d", key, c.Version)
	}
	return c, nil
}
