package boltlimit

import (
	"iter"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/ratelimit"
)

// load reads all rows.
func (s *saver) load() ([]row, error) {
	var rows []row
	err := s.file.transact(s.file.db.View, func(tx *bbolt.Tx) (err error) {
		if s.head, err = readHead(tx); err != nil {
			return err
		}
		cursor := tx.Bucket([]byte(bucketCounts)).Cursor()
		for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
			r, err := readRow(k, v)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		if int64(len(rows)) != s.head.rows {
			return damaged("there are %d rows, and should be %d", len(rows), s.head.rows)
		}
		return nil
	})
	return rows, err
}

// counted yields what rows say. When the clock was set back since the file was
// written, no time has passed since.
func (s *saver) counted(rows []row) iter.Seq[ratelimit.Count] {
	back := s.head.back(s.now())
	return func(yield func(ratelimit.Count) bool) {
		for _, r := range rows {
			b := r.key.bucket()
			for _, c := range r.counts {
				at := begin(b.Period, c.slot).Add(-back)
				if !yield(ratelimit.Count{Bucket: b, At: at, Amount: c.amount}) {
					return
				}
			}
		}
	}
}
