package sqlitelog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// Write stores the batch in one transaction, then deletes a little of what is beyond [Options].MaxAge and MaxBytes.
// It rejects what the file cannot keep: a text that is not valid UTF-8, an event time outside the years 1 to 9999.
func (s *Sink) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	err := s.take(ctx)
	if err == nil {
		err = s.insert(ctx, id, batch)
		s.give()
	}
	if err != nil {
		return s.explain(ctx, err)
	}
	s.pruneAfter(ctx, batch)
	return nil
}

// insert is Write for who has the turn.
func (s *Sink) insert(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	in, err := s.inserter(ctx, id)
	if err != nil {
		return err
	}
	return s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		defer clear(in.values) // the rows are not ours to keep
		insert := tx.StmtContext(ctx, in.insert)
		// The transaction minds the context already; for each row anew it would cost as much as the row.
		free := context.WithoutCancel(ctx)
		for _, r := range batch {
			for i := range in.columns {
				if in.values[i], err = in.columns[i].bind(r); err != nil {
					return err
				}
			}
			if _, err := insert.ExecContext(free, in.values...); err != nil {
				return err
			}
		}
		return nil
	})
}

// inserter is the prepared statement of one table, and room for one row.
type inserter struct {
	insert  *sql.Stmt
	columns []column
	values  []any
}

// maxInserters bounds the statements kept, a few KB each.
const maxInserters = 128

// inserter returns that of a table, prepared before or now. The caller has the turn.
func (s *Sink) inserter(ctx context.Context, id uint64) (*inserter, error) {
	if in := s.inserts[id]; in != nil {
		return in, nil
	}
	_, layout, err := lookUp(ctx, s.writer, id)
	if err != nil {
		return nil, err
	}
	in := &inserter{columns: columnsOf(layout)}
	in.values = make([]any, len(in.columns))
	names, places := make([]string, len(in.columns)), make([]string, len(in.columns))
	for i, c := range in.columns {
		names[i], places[i] = quote(c.Name), c.place()
	}
	in.insert, err = s.writer.PrepareContext(ctx, "INSERT INTO "+quote(tableName(id))+" ("+strings.Join(names, ", ")+") VALUES ("+
		strings.Join(places, ", ")+") ON CONFLICT ("+rowID+") DO NOTHING")
	if err != nil {
		return nil, fmt.Errorf("table %d: %w", id, err)
	}
	if len(s.inserts) >= maxInserters {
		for other := range s.inserts { // any
			s.forget(other)
			break
		}
	}
	s.inserts[id] = in
	return in, nil
}

// forget closes the prepared statement of a table that may not be the same from now on. The caller has the turn.
func (s *Sink) forget(id uint64) {
	if in := s.inserts[id]; in != nil {
		_ = in.insert.Close() // of a statement that is not running: nothing to learn
		delete(s.inserts, id)
	}
}
