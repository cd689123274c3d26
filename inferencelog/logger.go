package inferencelog

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Logger is the bounded, non-blocking front of a sink. It keeps books of every row it was offered (see [Stats]).
// How surely a row is kept is said with each ([Target]): Fast, in memory until the sink has it (ruling R8), or Journaled.
// A Logger is safe for concurrent use. It runs one goroutine, and two more with a journal, which [Logger.Close] ends.
type Logger struct {
	sink   LogSink
	zap    *zap.Logger
	now    func() time.Time
	redact func(Target, *Record)
	trace  Trace

	maxRows      int64
	maxBytes     int64
	batchRows    int
	flushEvery   time.Duration
	writeTimeout time.Duration
	retryFor     time.Duration
	closeTimeout time.Duration

	wake    chan struct{}           // holds one token when the goroutine that writes should look again
	turn    chan struct{}           // holds one token; who has it may write to the sink or drop a table
	done    chan struct{}           // closed when all goroutines have ended
	ctx     context.Context         // what the goroutines work under; not a caller's
	cut     context.CancelCauseFunc // ends ctx
	journal *keeper                 // nil: there is none
	began   int64                   // when the logger was made, in nanoseconds since 1970

	mu       sync.Mutex // guards what follows; held for a few dozen nanoseconds, never while the sink or a disk works
	closing  bool
	urgent   bool // write what waits without waiting for more
	queue    queue
	inHand   *batch  // what is being written
	marks    []*mark // the last one counts the rows accepted since the last Flush, the others those before
	waiting  int64   // rows in memory
	bytes    int64   // their weight
	spare    *load   // those to be used again
	books    books
	ledgers  map[uint64]*ledger
	gone     map[uint64]struct{} // tables that were dropped: what still comes for them is in no books but the sum
	recent   [2]*ledger          // those asked for last
	gaps     []*ledger           // those with a gap to tell
	standing standing
}

// New returns a logger that writes to sink, and starts it. The sink stays the caller's: Close leaves it open.
func New(sink LogSink, opts *Options) *Logger {
	if sink == nil {
		sink = noSink{}
	}
	ctx, cut := context.WithCancelCause(context.Background())
	l := &Logger{
		sink:         sink,
		zap:          opts.zap(),
		now:          opts.now(),
		redact:       opts.redact(),
		trace:        opts.trace(),
		maxRows:      opts.maxRows(),
		maxBytes:     opts.maxBytes(),
		batchRows:    opts.batchRows(),
		flushEvery:   opts.flushEvery(),
		writeTimeout: opts.writeTimeout(),
		retryFor:     opts.retryFor(),
		closeTimeout: opts.closeTimeout(),
		wake:         make(chan struct{}, 1),
		turn:         make(chan struct{}, 1),
		done:         make(chan struct{}),
		ctx:          ctx,
		cut:          cut,
		marks:        []*mark{newMark()},
		ledgers:      make(map[uint64]*ledger),
		gone:         make(map[uint64]struct{}),
	}
	l.standing.since = l.now()
	l.began = l.standing.since.UnixNano()
	l.turn <- struct{}{}
	var running sync.WaitGroup
	running.Go(l.run)
	if j := opts.journal(); j != nil && j.taken.Swap(true) {
		l.zap.Error("inference log goes without a journal: another logger has it")
	} else if j != nil {
		l.journal = newKeeper(j)
		running.Go(l.keep)
		running.Go(l.drain)
	}
	go func() {
		running.Wait()
		close(l.done)
	}()
	return l
}

// Journaled reports whether there is a journal: without one a row with the durability [Journaled] is as with [Fast].
func (l *Logger) Journaled() bool { return l.journal != nil }

// LogTo hands over the row of a request, for the inference table, the usage table, or both. It never waits for the sink
// or the journal; it returns false, and counts the rows lost, when too much is waiting already or the logger is closed.
// True says that they are queued, and nothing about their being acknowledged; see [Logger.Append].
// After true the record, its slices and its maps are the logger's, and no payload has been copied.
//
// What needs work is done later, in the background: a payload longer than [MaxPayload] is left out and one that is not
// valid UTF-8 is mended, each with a code in LoggingErrorCodes. Only the hash of a payload that is left out is made here,
// because the payload does not wait; that takes about a millisecond a megabyte, unless the record has it already.
func (l *Logger) LogTo(to Target, r *Record) bool { return l.hand(to, r, nil) }

// hand is LogTo, and tells the ack, if there is one, when the rows are acknowledged or lost.
func (l *Logger) hand(to Target, r *Record, a *ack) bool {
	rows := to.rows()
	if r == nil || rows == 0 {
		return l.refuse()
	}
	if l.redact != nil {
		l.redacted(to, r)
	}
	letGo(r)
	size := weigh(r) + (rows-1)*rowWeight
	l.mu.Lock()
	l.books.accepted += rows
	var ledgers [2]*ledger
	for i, table := range [...]uint64{to.Table, to.Usage} {
		if table != 0 {
			ledgers[i] = l.ledger(table)
			ledgers[i].books.accepted++
		}
	}
	if why := l.barred(rows, size); why != stored {
		l.books.by[why] += rows
		for _, g := range ledgers {
			if g != nil {
				g.books.by[why]++
				if why == full {
					l.lose(g, 1, full)
				}
			}
		}
		l.mu.Unlock()
		l.lostNow(ledgers, why)
		return false
	}
	if r.EventTime.IsZero() {
		r.EventTime = l.now()
	}
	if a != nil {
		a.rows = int(rows)
	}
	w := l.take(rows, size)
	l.books.pending += rows
	at := max(r.EventTime.UnixNano(), l.began)
	m := l.marks[len(l.marks)-1]
	m.rows += rows
	wake := l.wake
	if l.journal != nil && to.Durability == Journaled {
		for _, g := range ledgers {
			if g != nil {
				g.books.pending++
			}
		}
		wake = l.journal.wake
		l.journal.waiting = append(l.journal.waiting, keptRow{r, w, ledgers, m, a, at})
	} else {
		for _, g := range ledgers {
			if g != nil {
				g.books.pending++
				l.queue.push(g, entry{record: r, load: w, mark: m, ack: a, at: at})
			}
		}
		if l.queue.rows > int(rows) && !l.due() {
			wake = nil
		}
	}
	l.mu.Unlock()
	if wake != nil {
		rouse(wake)
	}
	return true
}

// barred says why rows cannot be taken: stored when they can. The caller holds mu.
func (l *Logger) barred(rows, size int64) fate {
	switch {
	case l.closing:
		return closed
	case l.waiting+rows > l.maxRows, size > l.maxBytes-l.bytes:
		return full
	}
	return stored
}

// refuse counts a row that is no row.
func (l *Logger) refuse() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.books.accepted++
	l.books.by[closed]++
	return false
}

// due tells whether enough waits for a write to begin at once. The caller holds mu.
func (l *Logger) due() bool {
	return l.queue.rows >= l.batchRows || l.bytes >= l.maxBytes/4
}

// rouse makes a goroutine look again. It never waits.
func rouse(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// rows is how many rows a target asks for.
func (t Target) rows() (n int64) {
	if t.Table != 0 {
		n++
	}
	if t.Usage != 0 {
		n++
	}
	return n
}
