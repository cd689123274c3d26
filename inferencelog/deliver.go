package inferencelog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"
)

// run is the background goroutine: it takes a batch and delivers it, until the logger is closed and nothing waits.
func (l *Logger) run() {
	defer close(l.done)
	var b batch
	var told int64
	for l.next(&b) {
		for _, r := range b.records {
			prepare(r, l.now)
		}
		l.deliver(&b, 0, len(b.records), time.Now().Add(l.retryFor))
		l.mu.Lock()
		l.settle(b.entries, &l.lost.Cut) // what delivery left, because Close ran out of time
		l.inHand = nil
		l.bytes -= b.bytes
		full := l.lost.Full
		l.mu.Unlock()
		b.empty()
		if full > told {
			l.zap.Warn("inference log is full", zap.Int64("lost", full-told))
			told = full
		}
	}
}

// next waits for a batch that is due, and takes it in hand. It returns false when there will be none.
func (l *Logger) next(b *batch) bool {
	var timer *time.Timer
	var elapsed <-chan time.Time
	for {
		l.mu.Lock()
		if l.due() || l.closing {
			l.urgent = true
		}
		if l.queue.rows == 0 {
			l.urgent = false
		}
		if l.ctx.Err() != nil || l.queue.rows == 0 && l.closing {
			l.mu.Unlock()
			return false
		}
		if l.urgent {
			l.queue.pop(l.batchRows, b)
			l.inHand = b
			l.mu.Unlock()
			return true
		}
		waiting := l.queue.rows > 0
		l.mu.Unlock()

		if waiting && timer == nil {
			timer = time.NewTimer(l.flushEvery)
			defer timer.Stop()
			elapsed = timer.C
		}
		select {
		case <-l.wake:
		case <-elapsed:
			l.mu.Lock()
			l.urgent = true
			l.mu.Unlock()
		case <-l.ctx.Done():
		}
	}
}

// deliver stores the rows from i to j of the batch, or counts them lost. A write that fails is repeated until the deadline;
// one that still fails, or that the sink rejects outright, is split, so that a row at fault is lost alone.
func (l *Logger) deliver(b *batch, i, j int, deadline time.Time) {
	err := l.persist(b, i, j, deadline)
	switch {
	case err == nil:
		l.book(b, i, j, &l.stored)
	case errors.Is(err, ErrNoTable):
		l.book(b, i, j, &l.lost.NoTable)
		l.report("no such table", b.table, j-i, err)
	case l.ctx.Err() != nil:
		// Close has run out of time: the rows are counted lost when the batch is put down.
	case j-i > 1 && !errors.Is(err, context.DeadlineExceeded):
		// A sink that does not answer is not asked row by row; one that answers is.
		mid := i + (j-i)/2
		l.deliver(b, i, mid, deadline)
		l.deliver(b, mid, j, deadline)
	default:
		l.book(b, i, j, &l.lost.Failed)
		l.report("sink failed", b.table, j-i, err)
	}
}

// book settles the rows from i to j.
func (l *Logger) book(b *batch, i, j int, as *int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(b.entries[i:j], as)
}

func (l *Logger) report(why string, table uint64, rows int, err error) {
	l.zap.Warn("inference log rows lost", zap.String("why", why), zap.Uint64("table", table), zap.Int("rows", rows), zap.Error(err))
}

// persist writes the rows from i to j, again and again until the deadline. After it there is one try.
func (l *Logger) persist(b *batch, i, j int, deadline time.Time) error {
	left := time.Until(deadline)
	if left <= 0 {
		return l.write(b, i, j)
	}
	// No jitter: one goroutine writes, there is nobody to get out of step with.
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(20*time.Millisecond),
		backoff.WithMaxInterval(2*time.Second),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(left),
	)
	return backoff.Retry(func() error {
		err := l.write(b, i, j)
		if errors.Is(err, ErrNoTable) || errors.Is(err, ErrRejected) {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(pause, l.ctx))
}

// write asks the sink once. It takes its turn, so that no write is under way while a table is dropped.
func (l *Logger) write(b *batch, i, j int) error {
	select {
	case <-l.turn:
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
	defer func() { l.turn <- struct{}{} }()
	l.mu.Lock()
	dropped := b.dropped
	l.mu.Unlock()
	if dropped {
		return ErrNoTable
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.writeTimeout)
	defer cancel()
	return guard(func() error { return l.sink.Write(ctx, b.table, b.records[i:j:j]) })
}

// guard turns a panic of the sink into an error, for it would end the process, answers and all.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: sink panicked: %v", ErrRejected, p)
		}
	}()
	return f()
}
