package inferencelog

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
			l.deliverFast(&b)
			b.empty()
		}
		l.tellGaps()
		told = l.tellFull(told)
	}
	l.tellGaps()
	l.tellFull(told)
}

// deliverFast stores a batch of fast rows. What cannot be stored now waits on, in its place; a row that alone cannot, while
// others of its batch can, is lost.
func (l *Logger) deliverFast(b *batch) {
	for _, r := range b.records {
		prepare(r, l.now)
	}
	t := b.trouble // of run alone
	d := delivery{l: l, batch: b, split: t != nil && time.Since(t.since) >= l.retryFor}
	if d.split {
		d.patience = minPatience << min(t.splits, 10)
		t.splits++
	}
	d.deliver(0, len(b.records))
	if d.stored > 0 {
		for _, i := range d.alone {
			d.lost("sink failed", i, i+1, failed, d.err)
		}
	}
	l.mu.Lock()
	left := slices.ContainsFunc(b.entries, func(e entry) bool { return !e.settled })
	var gone int64
	switch {
	case !left:
		b.trouble = nil
	case l.ctx.Err() != nil: // Close has run out of time
		gone = l.settle(b.ledger, b.entries, cut)
	default:
		if t == nil {
			t = newTrouble()
		}
		t.until = time.Now().Add(t.pause.NextBackOff())
		b.trouble = t
		l.queue.giveBack(b)
	}
	l.inHand = nil
	l.mu.Unlock()
	if gone > 0 {
		l.toldLost("closed", b.table, gone, cut)
	}
}

// trouble is what is known of a table whose fast rows could not be stored. The goroutine that writes has it alone, but for
// until.
type trouble struct {
	since  time.Time // of the first failure
	until  time.Time // when to try again; guarded by the logger's mutex
	splits int       // how often it was looked for the row that is in the way
	pause  *backoff.ExponentialBackOff
}

func newTrouble() *trouble {
	// No jitter: one goroutine writes at a time, there is nobody to get out of step with.
	return &trouble{since: time.Now(), pause: backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(20*time.Millisecond), backoff.WithMaxInterval(2*time.Second),
		backoff.WithRandomizationFactor(0), backoff.WithMaxElapsedTime(0),
	)}
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
		pause := l.flushEvery
		if l.urgent && l.queue.rows > 0 {
			wait, ok := l.queue.pop(l.batchRows, b, time.Now())
			if ok {
				l.inHand = b
				l.mu.Unlock()
				return true
			}
			// All that waits is in trouble.
			l.urgent = false
			pause = max(min(wait, pause), time.Millisecond)
			if timer != nil {
				timer.Stop()
				timer = nil
			}
		}
		waiting := l.queue.rows > 0 || l.calm()
		l.mu.Unlock()

		if waiting && timer == nil {
			timer = time.NewTimer(pause)
			elapsed = timer.C
		}
		select {
		case <-l.wake:
		case <-elapsed:
			timer, elapsed = nil, nil // it is used up, and the rows may be dropped before they are taken
			l.mu.Lock()
			l.urgent = true
			rows := l.queue.rows
			l.mu.Unlock()
			if rows == 0 {
				return true // a gap
			}
		case <-l.ctx.Done():
		}
	}
}

// delivery is the work of storing one batch. What it can neither store nor find at fault it leaves unsettled.
type delivery struct {
	l        *Logger
	batch    *batch
	patient  bool // the rows are in the journal: a panic of the sink is not taken to be their fault
	split    bool // when a write fails, look for the row that is in the way of the others
	patience int  // how many writes may fail, and none succeed, until no more is looked for

	stored, fails int
	alone         []int // rows that were tried alone, and failed
	err           error // of the last of them
}

// minPatience is how many writes may fail at the first look. A sink that is away is not asked row by row.
const minPatience = 16

// deliver stores the rows from i to j of the batch, or counts them lost, or leaves them. A write that the sink rejects is
// divided, so that a row at fault is alone with its fate, and so is one that fails when the row is looked for.
func (d *delivery) deliver(i, j int) {
	l, b := d.l, d.batch
	if d.split && d.stored == 0 && d.fails >= d.patience {
		return
	}
	err := l.write(b.table, b.records[i:j:j], b)
	// A sink that does not answer is not asked row by row; one that answers is.
	divisible := j-i > 1 && !errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil:
		d.stored += j - i
		d.book(i, j, stored)
	case errors.Is(err, ErrNoTable):
		d.lost("no such table", i, j, noTable, err)
	case l.ctx.Err() != nil:
		// Close has run out of time: who has the batch knows what that means for its rows.
	case d.atFault(err) && j-i > 1, divisible && d.split:
		d.failed(j-i, err)
		mid := i + (j-i)/2
		d.deliver(i, mid)
		d.deliver(mid, j)
	case d.atFault(err):
		d.reduce(i, err)
	default:
		d.failed(j-i, err)
		if j-i == 1 {
			d.alone, d.err = append(d.alone, i), err
		}
	}
}

// failed notes a write that did not succeed, and tells of it.
func (d *delivery) failed(rows int, err error) {
	if d.atFault(err) {
		return
	}
	d.fails++
	d.l.tell(func(t *Trace) {
		if t.Retried != nil {
			t.Retried(d.batch.table, rows, err)
		}
	})
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
		err = d.l.write(d.batch.table, []*Record{&bare}, d.batch)
	}
	switch {
	case err == nil:
		d.stored++
		d.book(i, i+1, stored)
		d.l.zap.Warn("inference log row stored without its payloads", zap.Uint64("table", d.batch.table), zap.String("row", bare.ID), zap.String("error", reason(why)))
	case errors.Is(err, ErrNoTable):
		d.lost("no such table", i, i+1, noTable, err)
	case d.l.ctx.Err() != nil:
		// As in deliver.
	case d.atFault(err):
		if d.patient {
			d.l.journal.quarantine(d.l, d.batch.table, d.batch.records[i], why)
		}
		d.lost("sink rejected", i, i+1, rejected, why)
	default:
		d.failed(1, err)
		d.alone, d.err = append(d.alone, i), err
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
	d.l.zap.Warn("inference log rows lost", zap.String("why", why), zap.Uint64("table", d.batch.table), zap.Int("rows", j-i), zap.String("error", reason(err)))
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
