package sqlitelog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/modelward/modelward/inferencelog"
)

// fileVersion is kept in the file's user_version, so that a file of a later shape is refused rather than misread.
const fileVersion = 1

// Sink keeps inference tables in one file. It is an [inferencelog.LogSink] and an [inferencelog.RowReader], safe
// for concurrent use. Make one with [Open].
type Sink struct {
	writer *sql.DB // one connection
	reader *sql.DB // a few, which cannot write
	closed atomic.Bool
}

var (
	_ inferencelog.LogSink   = (*Sink)(nil)
	_ inferencelog.RowReader = (*Sink)(nil)
)

// Open opens the file at path, and makes it, readable by its owner only, when it is not there. The folder must be.
// A database in memory cannot be opened: it would not be one database for all connections.
func Open(path string, opts *Options) (*Sink, error) {
	if path == "" || path == ":memory:" {
		return nil, fmt.Errorf("sqlitelog: %q is not a file", path)
	}
	// SQLite would make the file readable by everybody; its companions take over the file's mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlitelog: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("sqlitelog: %w", err)
	}
	s := &Sink{}
	if s.writer, err = sql.Open("sqlite", source(path, opts, false)); err != nil {
		return nil, fmt.Errorf("sqlitelog: %w", err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = sql.Open("sqlite", source(path, opts, true)); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitelog: %w", err), s.writer.Close())
	}
	s.reader.SetMaxOpenConns(opts.readers())
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitelog: %s: %w", path, err), s.Close())
	}
	return s, nil
}

// source is the driver's address of the file. The pragmas apply to each connection.
func source(path string, opts *Options, readOnly bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(opts.busyTimeout().Milliseconds(), 10)+")")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous("+opts.synchronous()+")")
		q.Add("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// prepare makes the registry, or checks that the one there is ours.
func (s *Sink) prepare() error {
	return s.transact(context.Background(), func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		switch version {
		case fileVersion:
			return nil
		case 0:
			_, err := tx.Exec(registry + "; PRAGMA user_version = " + strconv.Itoa(fileVersion))
			return err
		}
		return fmt.Errorf("file has version %d, this package knows %d", version, fileVersion)
	})
}

// Close closes the file.
func (s *Sink) Close() error {
	s.closed.Store(true)
	if err := errors.Join(s.reader.Close(), s.writer.Close()); err != nil {
		return fmt.Errorf("sqlitelog: %w", err)
	}
	return nil
}

// transact runs f in a write transaction: all of it, or nothing when f fails.
func (s *Sink) transact(ctx context.Context, f func(*sql.Tx) error) error {
	if s.closed.Load() {
		return inferencelog.ErrClosed
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(ctx, err)
	}
	if err = f(tx); err == nil {
		err = tx.Commit()
	} else {
		err = errors.Join(err, rollback(tx))
	}
	return s.explain(ctx, err)
}

// rollback gives up a transaction. That it is over already, because the context is, is no news.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}
