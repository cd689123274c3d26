package inferencelog

import (
	"context"
	"fmt"
	"time"
)

// closeGrace is how long Close waits, after its time is over, for a write that it has cancelled to come back
// and tell how it ended. A sink that honours its context needs much less.
const closeGrace = 100 * time.Millisecond

// Close takes no more rows, stores those that wait, and ends the background goroutines. It returns the number of
// rows lost over the logger's life, Stats().Lost, which is exact: what is pending after it is in the journal, where the
// next process finds it.
//
// When the context ends first (or Options.CloseTimeout, for a context without a deadline), the rows that are neither stored
// by then nor in the journal are counted lost, and if there are any the error wraps the context's. Only a sink or a disk
// that does not come back in time can make Close count rows lost that are stored later, or by the next process, and keep a
// goroutine alive until then. Close may be called again, also concurrently. The sink is left open, the journal is closed.
func (l *Logger) Close(ctx context.Context) (lost int64, err error) {
	if _, ok := ctx.Deadline(); !ok {
		bounded, cancel := context.WithTimeout(ctx, l.closeTimeout)
		defer cancel()
		ctx = bounded
	}
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	rouse(l.wake)
	if l.journal != nil {
		rouse(l.journal.wake)
		rouse(l.journal.moved)
	}

	select {
	case <-l.done:
		l.cut(nil)
	case <-ctx.Done():
		l.cut(ctx.Err())
		grace := time.NewTimer(closeGrace)
		defer grace.Stop()
		select {
		case <-l.done:
		case <-grace.C:
		}
	}

	l.mu.Lock()
	before := l.books.by[cut]
	n := l.abandon()
	lost = l.books.stats().Lost
	shown := l.change(Closed)
	l.mu.Unlock()
	shown()
	if n > before {
		l.toldLost("closed", 0, n-before, cut)
	}
	if n > 0 {
		err = fmt.Errorf("inferencelog: closed with %d rows not stored: %w", n, context.Cause(l.ctx))
	}
	if l.journal != nil {
		select {
		case <-l.done:
			if failed := l.journal.close(); failed != nil && err == nil {
				err = failed
			}
		default: // a sink or a disk that does not come back: the journal is closed when it does
			go func() { <-l.done; _ = l.journal.close() }()
		}
	}
	return lost, err
}

// abandon counts everything lost that is pending and not in the journal, and returns how much Close has cut off in
// all. The caller holds mu.
func (l *Logger) abandon() int64 {
	for _, line := range l.queue.lines {
		l.settle(line.ledger, line.waiting(), cut)
	}
	l.queue = queue{}
	if l.inHand != nil {
		l.settle(l.inHand.ledger, l.inHand.entries, cut)
	}
	if l.journal != nil {
		l.journal.abandon(l)
	}
	return l.books.by[cut]
}
