package inferencelog

import "errors"

var (
	// ErrTableExists: a table with that id, or a live table of that name, is already there. Nothing was changed.
	ErrTableExists = errors.New("inferencelog: table already exists")

	// ErrNoTable: no table has that id: it was never created, or it was dropped.
	ErrNoTable = errors.New("inferencelog: no such table")

	// ErrInvalidTable: the table has no id, no name, or a name that no sink can hold (see [Table.Validate]).
	ErrInvalidTable = errors.New("inferencelog: invalid table")

	// ErrNoColumn: a column was asked for that is not in [Columns].
	ErrNoColumn = errors.New("inferencelog: no such column")

	// ErrNotReadable: the sink takes rows but cannot give them back (see [RowReader]).
	ErrNotReadable = errors.New("inferencelog: sink cannot be read")

	// ErrRejected: the sink will never store this batch, however often it is asked, because of
	// what is in it. A sink wraps it around such errors so that the logger looks for the
	// offending row at once instead of waiting for the sink to get better.
	ErrRejected = errors.New("inferencelog: batch rejected")

	// ErrLost: the row was counted lost; [Stats].LostBy says why.
	ErrLost = errors.New("inferencelog: row lost")

	// ErrClosed: the sink was closed.
	ErrClosed = errors.New("inferencelog: closed")
)
