package sqlitelog

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/modelward/modelward/inferencelog"
)

// said are the errors that are in the words of the wall already.
var said = []error{inferencelog.ErrTableExists, inferencelog.ErrNoTable, inferencelog.ErrNoColumn, inferencelog.ErrRejected, inferencelog.ErrClosed}

// explain puts a driver's error into the words of the wall. An error that is the context's doing says so, and one
// that is the data's doing, and would come back with the same data, is a rejection. A full disk, a lock held too long,
// a file that is read-only or damaged are none of the data's doing.
func (s *Sink) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	for _, of := range said {
		if errors.Is(err, of) {
			return err
		}
	}
	if s.closed.Load() {
		return inferencelog.ErrClosed
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("sqlitelog: %w: %w", ctx.Err(), err)
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff { // the rest is detail
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
			return fmt.Errorf("sqlitelog: %w: %w", inferencelog.ErrRejected, err)
		}
	}
	return fmt.Errorf("sqlitelog: %w", err)
}
