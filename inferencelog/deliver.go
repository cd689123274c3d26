package inferencelog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"
)

// run is the goroutine that writes fast rows, and gap records: it takes a batch and delivers it, until the logger is
// closed and nothing waits.
func (l *Logger) run() {
	var b batch
	var told int64
	for l.next(&b) {
		if len(b.records) > 0 {
			for _, r := range b.records {
				prepare(r, l.now)
			}
			d := delivery{l: l, batch: &b, deadline: time.Now().Add(l.retryFor)}
			d.deliver(0, len(b.records))
			l.mu.Lock()
			left := l.settle(b.ledger, b.entries, cut) // by delivery, because Close ran out of time
			l.inHand = nil
			l.mu.Unlock()
			if left > 0 {
				l.toldLost("closed", b.table, left, cut)
			}
			b.empty()
		}
		l.tellGaps()
		told = l.tellFull(told)
	}
	l.tellGaps()
	l.tellFull(told)
}

// tellFull writes a line for a person when more rows were refused than were told of. It returns how many that are.
func (l *Logger) tellFull(told int64) int64 {
	l.mu.Lock()
	refused := l.books.by[full]
	l.mu.Unlock()
	if refused > told {
		l.zap.Warn("inference log is full", zap.Int64("lost", refused-told))
	}
	return refused
}

// next waits for a batch that is due and takes it in hand, or for a gap that can be told; then the batch is empty. It
// returns false when there will be none.
func (l *Logger) next(b *batch) bool {
	var timer *time.Timer
	var elapsed <-chan time.Time
	for {
		l.mu.Lock()
		if l.due() || l.closing {
			l.urgent = true
		}
		if l.queue.rows == 0 && !l.calm() {
			l.urgent = false
		}
		over := l.closing && l.queue.rows == 0 && (l.journal == nil || l.journal.kept)
		if l.ctx.Err() != nil || over {
			l.mu.Unlock()
			return false
		}
		if l.urgent && l.queue.rows > 0 {
			l.queue.pop(l.batchRows, b)
			l.inHand = b
			l.mu.Unlock()
			return true
		}
		waiting := l.queue.rows > 0 || l.calm()
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
			rows := l.queue.rows
			l.mu.Unlock()
			timer, elapsed = nil, nil // it is used up, and the rows may be dropped before they are taken
			if rows == 0 {
				return true // a gap
			}
		case <-l.ctx.Done():
		}
	}
}

// delivery is the work of storing one batch.
type delivery struct {
	l        *Logger
	batch    *batch
	deadline time.Time // until when a failing write is repeated; after it there is one try, as there is without one
	patient  bool      // the rows are in the journal: what cannot be stored now is left, not lost
	split    bool      // of patient rows: look for the one that is in the way of the others
}

// deliver stores the rows from i to j of the batch, or counts them lost, or leaves them. A write that fails is repeated
// until the deadline; one that still fails, or that the sink rejects outright, is split, so that a row at fault is
// alone with its fate.
func (d *delivery) deliver(i, j int) {
	l, b := d.l, d.batch
	err := d.persist(b.records[i:j:j])
	// A sink that does not answer is not asked row by row; one that answers is.
	divisible := j-i > 1 && !errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil:
		d.book(i, j, stored)
	case errors.Is(err, ErrNoTable):
		d.lost("no such table", i, j, noTable, err)
	case l.ctx.Err() != nil:
		// Close has run out of time: who has the batch knows what that means for its rows.
	case d.atFault(err) && j-i > 1, divisible && (!d.patient || d.split):
		mid := i + (j-i)/2
		d.deliver(i, mid)
		d.deliver(mid, j)
	case d.atFault(err):
		d.reduce(i, err)
	case !d.patient:
		d.lost("sink failed", i, j, failed, err)
	}
}

// atFault reports whether an error is that of the rows: a rejection, or a panic, which a row may bring about. One that is
// in the journal is not given up for a panic.
func (d *delivery) atFault(err error) bool {
	return errors.Is(err, ErrRejected) || !d.patient && errors.Is(err, errPanicked)
}

// reduce stores a row that the sink rejects without what the caller and the provider have put into it.
func (d *delivery) reduce(i int, why error) {
	bare := *d.batch.records[i]
	err := why
	if bare.Request != nil || bare.Response != nil || bare.RequestTags != nil || bare.RequestHeaders != nil {
		bare.Request, bare.Response, bare.RequestTags, bare.RequestHeaders = nil, nil, nil, nil
		bare.flag(PayloadsNotStorable)
		err = d.persist([]*Record{&bare})
	}
	switch {
	case err == nil:
		d.book(i, i+1, stored)
		d.l.zap.Warn("inference log row stored without its payloads", zap.Uint64("table", d.batch.table), zap.String("row", bare.ID), zap.Error(why))
	case errors.Is(err, ErrNoTable):
		d.lost("no such table", i, i+1, noTable, err)
	case d.l.ctx.Err() != nil:
		// As in deliver.
	case errors.Is(err, ErrRejected):
		if d.patient {
			d.l.journal.quarantine(d.l, d.batch.table, d.batch.records[i], why)
		}
		d.lost("sink rejected", i, i+1, rejected, why)
	case !d.patient:
		d.lost("sink failed", i, i+1, failed, err)
	}
}

// book settles the rows from i to j.
func (d *delivery) book(i, j int, as fate) {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	d.l.settle(d.batch.ledger, d.batch.entries[i:j], as)
}

func (d *delivery) lost(why string, i, j int, as fate, err error) {
	d.book(i, j, as)
	d.l.tell(func(t *Trace) {
		if t.Lost != nil {
			t.Lost(d.batch.table, j-i, causes[as])
		}
	})
	d.l.zap.Warn("inference log rows lost", zap.String("why", why), zap.Uint64("table", d.batch.table), zap.Int("rows", j-i), zap.Error(err))
}

// persist writes records, again and again until the deadline. After it there is one try.
func (d *delivery) persist(records []*Record) error {
	l := d.l
	left := time.Until(d.deadline)
	if left <= 0 {
		err := l.write(d.batch.table, records, d.batch)
		if d.patient {
			l.retried(d.batch.table, len(records), err)
		}
		return err
	}
	// No jitter: one goroutine writes at a time, there is nobody to get out of step with.
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(20*time.Millisecond),
		backoff.WithMaxInterval(2*time.Second),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(left),
	)
	return backoff.Retry(func() error {
		err := l.write(d.batch.table, records, d.batch)
		if errors.Is(err, ErrNoTable) || d.atFault(err) {
			return backoff.Permanent(err)
		}
		l.retried(d.batch.table, len(records), err)
		return err
	}, backoff.WithContext(pause, l.ctx))
}

// retried tells of a write that failed and will be repeated.
func (l *Logger) retried(table uint64, rows int, err error) {
	if err == nil {
		return
	}
	l.tell(func(t *Trace) {
		if t.Retried != nil {
			t.Retried(table, rows, err)
		}
	})
}

// write asks the sink once. It takes its turn, so that no write is under way while a table is dropped.
func (l *Logger) write(table uint64, records []*Record, of *batch) error {
	select {
	case <-l.turn:
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
	defer func() { l.turn <- struct{}{} }()
	if of != nil {
		l.mu.Lock()
		dropped := of.dropped
		l.mu.Unlock()
		if dropped {
			return ErrNoTable
		}
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.writeTimeout)
	defer cancel()
	begun := time.Now()
	l.begins(&l.standing.writing)
	err := guard(func() error { return l.sink.Write(ctx, table, records) })
	l.ends(&l.standing.writing)
	l.stands(&l.standing.sink, err)
	if err == nil && of != nil { // not a gap record
		l.tell(func(t *Trace) {
			if t.Stored != nil {
				t.Stored(table, len(records), time.Since(begun))
			}
		})
	}
	return err
}

var errPanicked = errors.New("inferencelog: sink panicked")

// guard turns a panic of the sink into an error, for it would end the process, answers and all.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return f()
}
