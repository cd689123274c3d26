package boltlimit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/ratelimit"
)

// saver brings what a memory counts into a file. One goroutine at a time uses
// it.
type saver struct {
	file   *file
	memory *ratelimit.Memory
	now    func() time.Time

	head    head
	whole   bool   // everything is to be written anew
	waiting []row  // what the file does not have yet, in the order of keys; no counts for a row to delete
	swept   []byte // the key up to which old rows are gone
}

// sweepRows is how many rows a save looks at for old ones to delete, besides two
// for each new one, so that it gets round.
const sweepRows = 1000

// save writes what has changed since the last save that worked.
func (s *saver) save() error {
	now := s.now()
	if s.head.back(now) > 0 {
		s.whole = true // what was written before would seem to come from the future
	}
	s.collect()
	if !s.whole && len(s.waiting) == 0 {
		return nil
	}
	next := head{saved: max(now.UnixMicro(), 1), rows: s.head.rows}
	swept := s.swept
	err := s.file.transact(s.file.db.Update, func(tx *bbolt.Tx) (err error) {
		if s.whole {
			next.rows = 0
			if err := anew(tx); err != nil {
				return err
			}
		}
		counts := tx.Bucket([]byte(bucketCounts))
		if err := s.put(counts, &next.rows); err != nil {
			return err
		}
		added := max(next.rows-s.head.rows, 0)
		if swept, err = sweep(counts, s.swept, sweepRows+2*added, now, &next.rows); err != nil {
			return err
		}
		return putMeta(tx, keyHead, next.bytes())
	})
	if err != nil {
		s.whole = s.whole || errors.Is(err, ErrDamaged) // the memory knows better
		return fmt.Errorf("boltlimit: save: %w", err)
	}
	s.head, s.swept, s.whole, s.waiting = next, swept, false, nil
	return nil
}

// confirm writes the last save once more. A file whose newest root page is
// damaged looks as it did one write before, which is then the same.
func (s *saver) confirm() error {
	err := s.file.transact(s.file.db.Update, func(tx *bbolt.Tx) error { return putMeta(tx, keyHead, s.head.bytes()) })
	if err != nil {
		return fmt.Errorf("boltlimit: save: %w", err)
	}
	return nil
}

// collect adds to what is waiting what has changed, or everything.
func (s *saver) collect() {
	if s.whole {
		for range s.memory.Export(true) { // is in what follows
		}
		s.waiting = nil
	}
	known := len(s.waiting)
	var b ratelimit.Bucket
	for c := range s.memory.Export(!s.whole) {
		if c.Bucket != b {
			b = c.Bucket
			s.waiting = append(s.waiting, row{key: keyOf(b)})
		}
		s.waiting[len(s.waiting)-1].add(c)
	}
	s.order(known)
}

// order sorts what is waiting, and drops what is older of a bucket that is
// there twice: once among the known ones, and once behind them.
func (s *saver) order(known int) {
	if len(s.waiting) == known {
		return
	}
	slices.SortStableFunc(s.waiting, func(a, b row) int { return bytes.Compare(a.key[:], b.key[:]) })
	kept := s.waiting[:0]
	for i, r := range s.waiting {
		if i+1 == len(s.waiting) || s.waiting[i+1].key != r.key {
			kept = append(kept, r)
		}
	}
	s.waiting = kept
}

// anew empties the rows.
func anew(tx *bbolt.Tx) error {
	if err := tx.DeleteBucket([]byte(bucketCounts)); err != nil {
		return err
	}
	_, err := tx.CreateBucket([]byte(bucketCounts))
	return err
}

// put writes what is waiting, in the order of keys, which bbolt is fastest at.
func (s *saver) put(counts *bbolt.Bucket, rows *int64) error {
	for i := range s.waiting {
		r := &s.waiting[i]
		was := !s.whole && counts.Get(r.key[:]) != nil
		switch {
		case len(r.counts) > 0:
			if !was {
				*rows++
			}
			if err := counts.Put(r.key[:], r.sealed()); err != nil {
				return err
			}
		case was:
			*rows--
			if err := counts.Delete(r.key[:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweep deletes rows in which nothing counts any more, among the next ones
// after a key, and returns the last key it has looked at, or nil when it was
// the last of all.
func sweep(counts *bbolt.Bucket, after []byte, looks int64, now time.Time, rows *int64) ([]byte, error) {
	var old [][]byte
	cursor := counts.Cursor()
	k, v := cursor.Seek(after)
	var last []byte
	for range looks {
		if k == nil {
			last = nil
			break
		}
		r, err := readRow(k, v)
		if err != nil {
			return nil, err
		}
		last = bytes.Clone(k)
		if r.expired(now) {
			old = append(old, last)
		}
		k, v = cursor.Next()
	}
	for _, k := range old {
		*rows--
		if err := counts.Delete(k); err != nil {
			return nil, err
		}
	}
	return last, nil
}
