package inferencelog

import (
	"context"
	"fmt"
	"time"
)

// closeGrace is how long Close waits, after its time is over, for a write that it has cancelled to come back
// and tell how it ended. A sink that honours its context needs much less.
const closeGrace = 100 * time.Millisecond

// Close takes no more rows, stores those that wait, and ends the background goroutine. It returns the number of
// rows lost over the logger's life, Stats().Lost, which is exact: nothing is pending any more.
//
// When the context ends first (or Options.CloseTimeout, for a context without a deadline), the rows not stored by
// then are counted lost and the error wraps the context's. Only a sink that does not come back when its
// context is cancelled can make Close count rows lost that it stores later, and keep the goroutine alive until then.
// Close may be called again, also concurrently. The sink is left open.
func (l *Logger) Close(ctx context.Context) (lost int64, err error) {
	if _, ok := ctx.Deadline(); !ok {
		bounded, cancel := context.WithTimeout(ctx, l.closeTimeout)
		defer cancel()
		ctx = bounded
	}
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	l.rouse()

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
	defer l.mu.Unlock()
	l.abandon()
	if l.lost.Cut > 0 {
		err = fmt.Errorf("inferencelog: closed with %d rows not stored: %w", l.lost.Cut, context.Cause(l.ctx))
	}
	return l.lost.total(), err
}

// abandon counts everything that is pending lost. The caller holds mu.
func (l *Logger) abandon() {
	for _, line := range l.queue.lines {
		l.settle(line.waiting(), &l.lost.Cut)
	}
	l.queue = queue{}
	if l.inHand != nil {
		l.settle(l.inHand.entries, &l.lost.Cut)
	}
}
