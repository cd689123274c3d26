package inferencelog

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Create makes an empty table in the sink. Its errors are [LogSink.Create]'s.
func (l *Logger) Create(ctx context.Context, t Table) error {
	err := guard(func() error { return l.sink.Create(ctx, t) })
	if err == nil {
		l.mu.Lock()
		delete(l.gone, t.ID) // an id whose first table was never committed
		l.mu.Unlock()
	}
	return err
}

// Tables returns the sink's live tables.
func (l *Logger) Tables(ctx context.Context) (list []Table, err error) {
	err = guard(func() error { list, err = l.sink.Tables(ctx); return err })
	return list, err
}

// Drop removes a table from the sink. It waits for a write that is under way. Once it returns nil or [ErrNoTable], none of
// the table's rows is written any more, and those that were waiting in memory are counted lost; those in the journal
// are when they come up. After another error the table is as it was and its rows still wait. Its other errors are [LogSink.Drop]'s and the context's.
func (l *Logger) Drop(ctx context.Context, id uint64) error {
	select {
	case <-l.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { l.turn <- struct{}{} }()
	err := guard(func() error { return l.sink.Drop(ctx, id) })
	if err != nil && !errors.Is(err, ErrNoTable) {
		return err
	}
	if lost := l.dropped(id); lost > 0 {
		l.toldLost("table dropped", id, lost, noTable)
	}
	return err
}

// dropped settles what waits in memory for a table that is gone.
func (l *Logger) dropped(id uint64) (lost int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.ledger(id)
	lost = l.settle(g, l.queue.remove(id), noTable)
	if l.inHand != nil && l.inHand.table == id {
		l.inHand.dropped = true
		lost += l.settle(g, l.inHand.entries, noTable)
	}
	if l.journal != nil {
		lost += l.journal.drop(l, g)
	}
	l.forget(g)
	l.gone[id] = struct{}{}
	return lost
}

// flushBeforeRead is how long a reader waits for rows that are still on their way to the sink.
const flushBeforeRead = 2 * time.Second

// Rows reads a table, newest first, after a Flush of at most two seconds: the row of a call that has finished is there,
// unless the sink is in trouble.
// Its errors are [ErrNotReadable] when the sink is no [RowReader], the context's, and [RowReader.Rows]'s.
func (l *Logger) Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		reader, ok := l.sink.(RowReader)
		if !ok {
			yield(nil, ErrNotReadable)
			return
		}
		flush, done := context.WithTimeout(ctx, flushBeforeRead)
		err := l.Flush(flush)
		done()
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			yield(nil, err)
			return
		}
		for r, err := range reader.Rows(ctx, id, q) {
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// noSink stands in for a sink that is nil: it has no table, so every row is counted lost.
type noSink struct{}

var errNoSink = errors.New("inferencelog: no sink")

func (noSink) Create(context.Context, Table) error            { return errNoSink }
func (noSink) Drop(context.Context, uint64) error             { return ErrNoTable }
func (noSink) Tables(context.Context) ([]Table, error)        { return nil, nil }
func (noSink) Write(context.Context, uint64, []*Record) error { return ErrNoTable }
func (noSink) Close() error                                   { return nil }
