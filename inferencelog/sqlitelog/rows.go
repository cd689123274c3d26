package sqlitelog

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// Write stores the batch in one transaction.
func (s *Sink) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := lookUp(ctx, tx, id); err != nil {
			return err
		}
		names := columnNames()
		insert, err := tx.PrepareContext(ctx, "INSERT INTO "+quote(tableName(id))+" ("+columnList(names)+") VALUES (?"+
			strings.Repeat(", ?", len(names)-1)+") ON CONFLICT ("+rowID+") DO NOTHING")
		if err != nil {
			return err
		}
		defer insert.Close()
		values := make([]any, len(names))
		for _, r := range batch {
			for i, name := range names {
				if values[i], err = bound(r.Value(name)); err != nil {
					return err
				}
			}
			if _, err := insert.ExecContext(ctx, values...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rows yields the rows of a table as they were when the sequence began.
func (s *Sink) Rows(ctx context.Context, id uint64, q inferencelog.Query) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		if err := s.read(ctx, id, q, func(r *inferencelog.Record) bool { return yield(r, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// read calls each with every row asked for, until it returns false.
func (s *Sink) read(ctx context.Context, id uint64, q inferencelog.Query, each func(*inferencelog.Record) bool) error {
	if err := q.Validate(inferencelog.Payload); err != nil {
		return err
	}
	if s.closed.Load() {
		return inferencelog.ErrClosed
	}
	// One transaction, so that the table that was looked up is the table that is read.
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(ctx, err)
	}
	defer tx.Rollback()
	if _, err := lookUp(ctx, tx, id); err != nil {
		return s.explain(ctx, err)
	}
	columns := chosen(q.Columns)
	query, args := selectRows(id, columns, q)
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return s.explain(ctx, err)
	}
	defer rows.Close()
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return s.explain(ctx, err)
		}
		r := &inferencelog.Record{}
		for i, c := range columns {
			if err := restore(r, c, values[i]); err != nil {
				return fmt.Errorf("sqlitelog: %w", err)
			}
		}
		if !each(r) {
			return nil
		}
	}
	return s.explain(ctx, rows.Err())
}

// chosen returns the columns named, or all.
func chosen(names []string) []inferencelog.Column {
	all := inferencelog.Columns()
	if len(names) == 0 {
		return all
	}
	list := make([]inferencelog.Column, 0, len(names))
	for _, name := range names {
		for _, c := range all {
			if c.Name == name {
				list = append(list, c)
			}
		}
	}
	return list
}

func selectRows(id uint64, columns []inferencelog.Column, q inferencelog.Query) (query string, args []any) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	query = "SELECT " + qualified(id, names) + " FROM " + quote(tableName(id)) + " WHERE true"
	if !q.From.IsZero() {
		query += " AND event_time >= ?"
		args = append(args, edge(q.From))
	}
	if !q.To.IsZero() {
		query += " AND event_time < ?"
		args = append(args, edge(q.To))
	}
	query += " ORDER BY event_time DESC, rowid DESC"
	if q.Limit > 0 {
		query += " LIMIT ?"
		args = append(args, q.Limit)
	}
	return query, args
}
