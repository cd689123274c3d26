package inferencelog

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Table is an inference table. Its identity is the id; the name is for people.
// An id stands for one table for ever: a later table of the same name has another one and receives nothing of the first's.
type Table struct {
	ID        uint64
	Name      string // as catalog.schema.table
	CreatedAt time.Time
}

// Validate returns an error that wraps [ErrInvalidTable] when the id is 0, or the name is empty,
// holds a NUL, or is not valid UTF-8. Every other name is data and needs no quoting by the caller.
func (t Table) Validate() error {
	switch {
	case t.ID == 0:
		return fmt.Errorf("%w: id 0", ErrInvalidTable)
	case t.Name == "":
		return fmt.Errorf("%w: no name", ErrInvalidTable)
	case strings.ContainsRune(t.Name, 0), strings.ToValidUTF8(t.Name, "") != t.Name:
		return fmt.Errorf("%w: name %q", ErrInvalidTable, t.Name)
	}
	return nil
}

// LogSink keeps inference tables. It is safe for concurrent use.
// The laws that every sink keeps are in the package inferencelogtest.
type LogSink interface {
	// Create makes an empty table. It returns [ErrTableExists] when the id, or a live table of that name, is
	// there, and [ErrInvalidTable]. After an error nothing has changed.
	Create(ctx context.Context, t Table) error

	// Drop removes a table and its rows. It returns [ErrNoTable] when there is none.
	Drop(ctx context.Context, id uint64) error

	// Tables returns the live tables in the order of their ids.
	Tables(ctx context.Context) ([]Table, error)

	// Write stores the batch, in its order, all or nothing. A row whose ID is already in the table is left as it is, so
	// that a batch may be written again. It returns [ErrNoTable] when the table was dropped, and wraps
	// [ErrRejected] when the batch itself is at fault.
	// The sink may keep the records but changes none; the slice is the caller's.
	Write(ctx context.Context, id uint64, batch []*Record) error

	// Close releases what the sink holds. Every later call fails, with [ErrClosed] or an error of the sink's own.
	Close() error
}

// RowReader is a sink that can be read.
type RowReader interface {
	// Rows yields the rows of a table, newest first by event time, and the later written first among equals.
	// The records are the caller's own. The first error ends the sequence: [ErrNoTable], [ErrNoColumn],
	// the context's, or the sink's own.
	Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error]
}

// Query says which rows to read and what of them. Its zero value asks for everything.
type Query struct {
	// Columns names the columns to fill in, as [Columns] has them; the others stay null. Default: none named, all of them.
	Columns []string

	// Limit is the greatest number of rows to yield. Default: 0, no limit; negative is the same.
	Limit int64

	// From and To bound the event time: From ≤ event time < To. Default: the zero time, no bound.
	From, To time.Time
}

// Validate returns an error that wraps [ErrNoColumn] when a column is not one of [Columns].
func (q Query) Validate() error {
	for _, name := range q.Columns {
		if _, ok := columnAt[name]; !ok {
			return fmt.Errorf("%w: %q", ErrNoColumn, name)
		}
	}
	return nil
}
