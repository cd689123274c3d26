package sqlitelog

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/modelward/modelward/inferencelog"
)

// explain puts a driver's error into the words of the wall. An error that is the context's doing says so, and one
// that is the data's doing, and would come back with the same data, is a rejection.
func (s *Sink) explain(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, inferencelog.ErrTableExists) || errors.Is(err, inferencelog.ErrNoTable) || errors.Is(err, inferencelog.ErrRejected) {
		return err
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
