package inferencelog

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Table is an inference table. Its identity is the id; the name is for people.
// An id stands for one table for ever: a later table of the same name has another one and receives nothing of the first's.
type Table struct {
	ID        uint64
	Name      string // as catalog.schema.table
	CreatedAt time.Time
	Layout    Layout // default: Payload, under which a sink may list it again
}

// Validate returns an error that wraps [ErrInvalidTable] when the id is 0, the layout is none, or the name is empty,
// holds a NUL, or is not valid UTF-8. Every other name is data and needs no quoting by the caller.
func (t Table) Validate() error {
	switch {
	case t.ID == 0:
		return fmt.Errorf("%w: id 0", ErrInvalidTable)
	case !t.Layout.Valid():
		return fmt.Errorf("%w: layout %q", ErrInvalidTable, string(t.Layout))
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

	// Tables returns the live tables in the order of their ids, with their layouts.
	Tables(ctx context.Context) ([]Table, error)

	// Write stores the batch, in its order, all or nothing; of each record what the table's layout shows. A row whose ID is already in the table is left as it is, so
	// that a batch may be written again. It returns [ErrNoTable] when the table was dropped, and wraps
	// [ErrRejected] when the batch itself is at fault.
	// The sink may keep the records but changes none; the slice is the caller's.
	Write(ctx context.Context, id uint64, batch []*Record) error

	// Close releases what the sink holds. Every later call fails, with [ErrClosed] or an error of the sink's own.
	Close() error
}
