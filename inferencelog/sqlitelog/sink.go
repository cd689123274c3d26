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

// Sink keeps inference tables in one file. It is an [inferencelog.LogSink] and an [inferencelog.RowReader], safe
// for concurrent use. Make one with [Open].
type Sink struct {
	writer *sql.DB // one connection, of whoever has the turn
	reader *sql.DB // a few, which cannot write
	lister *sql.DB // one, likewise, for the list of tables: slow readers of rows hold up nobody who asks for that
	closed atomic.Bool

	turn    chan struct{}        // full while somebody writes: a lock that one can give up waiting for
	inserts map[uint64]*inserter // of whoever has the turn

	pruner pruner
}

var (
	_ inferencelog.LogSink   = (*Sink)(nil)
	_ inferencelog.RowReader = (*Sink)(nil)
)

// Open opens the file at path, and makes it, readable by its owner only, when it is not there. The folder must be.
// A file of an earlier version of this package is brought up to date first, which is done whole or not at all; one of a
// later version is refused. A database in memory cannot be opened: it would not be one database for all connections.
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
	s := &Sink{turn: make(chan struct{}, 1), inserts: make(map[uint64]*inserter), pruner: newPruner(opts)}
	if s.writer, err = sql.Open("sqlite", source(path, opts, false)); err != nil {
		return nil, fmt.Errorf("sqlitelog: %w", err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = sql.Open("sqlite", source(path, opts, true)); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitelog: %w", err), s.writer.Close())
	}
	if s.lister, err = sql.Open("sqlite", source(path, opts, true)); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitelog: %w", err), s.reader.Close(), s.writer.Close())
	}
	s.lister.SetMaxOpenConns(1)
	s.reader.SetMaxOpenConns(opts.readers())
	s.reader.SetMaxIdleConns(opts.readers())
	if err := s.transaction(context.Background(), prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlitelog: %s: %w", path, err), s.Close())
	}
	return s, nil
}

// walLimit is what is left of the -wal file, at most, once no reader needs more of it.
const walLimit = 64 << 20

// source is the driver's address of the file. The pragmas apply to each connection.
func source(path string, opts *Options, readOnly bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(opts.busyTimeout().Milliseconds(), 10)+")")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous("+opts.synchronous()+")")
		q.Add("_pragma", "journal_size_limit("+strconv.Itoa(walLimit)+")")
		q.Add("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Close closes the file. What is being written is given up or finished, as if the process had ended just then or a
// moment later.
func (s *Sink) Close() error {
	s.closed.Store(true)
	if err := errors.Join(s.lister.Close(), s.reader.Close(), s.writer.Close()); err != nil {
		return fmt.Errorf("sqlitelog: %w", err)
	}
	return nil
}

// take waits for the turn to write. Who has it gives it back with give.
func (s *Sink) take(ctx context.Context) error {
	if s.closed.Load() {
		return inferencelog.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Sink) give() { <-s.turn }

// transact runs f in a write transaction, in its turn: all of it, or nothing when f fails.
func (s *Sink) transact(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	err := s.take(ctx)
	if err == nil {
		err = s.transaction(ctx, f)
		s.give()
	}
	return s.explain(ctx, err)
}

// transaction is transact for who has the turn.
func (s *Sink) transaction(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		// That there is nothing to roll back any more, because SQLite or the context has done it, is no news.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
