package sqlitelog

import (
	"context"
	"database/sql"
	"iter"

	"github.com/modelward/modelward/inferencelog"
)

// Rows yields the rows of a table as they were when the sequence began. Until it ends the -wal file cannot begin anew,
// so that whoever takes long over it does better with pages: Limit and After.
func (s *Sink) Rows(ctx context.Context, id uint64, q inferencelog.Query) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		if err := s.read(ctx, id, q, func(r *inferencelog.Record) bool { return yield(r, nil) }); err != nil {
			yield(nil, s.explain(ctx, err))
		}
	}
}

// read calls each with every row asked for, until it returns false.
func (s *Sink) read(ctx context.Context, id uint64, q inferencelog.Query, each func(*inferencelog.Record) bool) error {
	if s.closed.Load() {
		return inferencelog.ErrClosed
	}
	// One transaction, so that the table that was looked up is the table that is read.
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, layout, err := lookUp(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := q.Validate(layout); err != nil {
		return err
	}
	columns := chosen(layout, q.Columns)
	ask := question{table: id}
	ask.conditions(&q)
	if q.After != nil {
		if err := ask.after(ctx, tx, *q.After, q.Oldest); err != nil {
			return err
		}
	}
	text := ask.text(columns, &q)
	rows, err := tx.QueryContext(ctx, text, ask.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scan(rows, columns, each)
}

// scan makes records of rows.
func scan(rows *sql.Rows, columns []column, each func(*inferencelog.Record) bool) error {
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r := &inferencelog.Record{}
		for i := range columns {
			if err := columns[i].restore(r, values[i]); err != nil {
				return err
			}
		}
		if !each(r) {
			return nil
		}
	}
	return rows.Err()
}

// chosen returns the columns named, or all.
func chosen(l inferencelog.Layout, names []string) []column {
	all := columnsOf(l)
	if len(names) == 0 {
		return all
	}
	columns := make([]column, 0, len(names))
	for _, name := range names {
		for _, c := range all {
			if c.Name == name {
				columns = append(columns, c)
			}
		}
	}
	return columns
}
