package sqlitelog

import (
	"context"
	"database/sql"

	"github.com/modelward/modelward/inferencelog"
)

// Writer is the connection that writes.
func (s *Sink) Writer() *sql.DB { return s.writer }

// Used returns the bytes of the file that MaxBytes counts.
func (s *Sink) Used() (int64, error) { return used(context.Background(), s.reader) }

// Plan returns how SQLite would answer a query, one line a step.
func (s *Sink) Plan(ctx context.Context, id uint64, q inferencelog.Query) ([]string, error) {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	ask := question{table: id}
	ask.conditions(&q)
	if q.After != nil {
		if err := ask.after(ctx, tx, *q.After, q.Oldest); err != nil {
			return nil, err
		}
	}
	text := ask.text(columnsOf(inferencelog.Payload), &q)
	rows, err := tx.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, ask.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var step string
		if err := rows.Scan(new(any), new(any), new(any), &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}
