package inferencelog

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Logger is the bounded, non-blocking front of a sink. It keeps books of every row it was offered (see [Stats]).
// Its durability is the mode "fast" (ruling R8): rows that wait live in memory, a crash of the process loses them.
// A Logger is safe for concurrent use. It runs one goroutine, which [Logger.Close] ends.
type Logger struct {
	sink LogSink
	zap  *zap.Logger
	now  func() time.Time

	maxRows      int64
	maxBytes     int64
	batchRows    int
	flushEvery   time.Duration
	writeTimeout time.Duration
	retryFor     time.Duration
	closeTimeout time.Duration

	wake chan struct{}           // holds one token when the background goroutine should look again
	turn chan struct{}           // holds one token; who has it may write to the sink or drop a table
	done chan struct{}           // closed when the background goroutine has ended
	ctx  context.Context         // what the background goroutine works under; not a caller's
	cut  context.CancelCauseFunc // ends ctx

	mu                        sync.Mutex // guards what follows; held for a few dozen nanoseconds, never while the sink works
	closing                   bool
	urgent                    bool // write what waits without waiting for more
	queue                     queue
	inHand                    *batch  // what is being written
	marks                     []*mark // the last one counts the rows accepted since the last Flush, the others those before
	bytes                     int64   // the weight of the rows pending
	pending, accepted, stored int64
	lost                      Losses
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
	}
	l.turn <- struct{}{}
	go l.run()
	return l
}

// LogTo hands over the row of a request, for the inference table, the usage table, or both. It never waits for the sink
// or the journal; it returns false, and counts the rows lost that are, when too much is waiting already or the
// logger is closed. True says that all rows are queued.
// After true the record, its slices and its maps are the logger's, and no payload has been copied.
//
// What needs work is done later, in the background: a payload longer than [MaxPayload] is left out and one that is not
// valid UTF-8 is mended, each with a code in LoggingErrorCodes.
func (l *Logger) LogTo(to Target, r *Record) bool { return l.hand(to, r, nil) }

// hand is LogTo, and tells the ack, if there is one, when the rows are acknowledged or lost.
func (l *Logger) hand(to Target, r *Record, a *ack) bool {
	if r == nil {
		return l.refuse()
	}
	ok := true
	for _, table := range [...]uint64{to.Table, to.Usage} {
		if table != 0 {
			ok = l.enqueue(table, r) && ok
		}
	}
	return ok
}

func (l *Logger) enqueue(table uint64, r *Record) bool {
	size := weight(r)
	l.mu.Lock()
	l.accepted++
	if l.closing {
		l.lost.Closed++
		l.mu.Unlock()
		return false
	}
	if l.pending >= l.maxRows || size > l.maxBytes-l.bytes {
		l.lost.Full++
		l.mu.Unlock()
		return false
	}
	if r.EventTime.IsZero() {
		r.EventTime = l.now()
	}
	letGo(r)
	m := l.marks[len(l.marks)-1]
	m.rows++
	l.pending++
	l.bytes += size
	l.queue.push(table, entry{r, m, size})
	wake := l.queue.rows == 1 || l.due()
	l.mu.Unlock()
	if wake {
		l.rouse()
	}
	return true
}

// refuse counts a row that is no row.
func (l *Logger) refuse() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted++
	l.lost.Closed++
	return false
}

// due tells whether enough waits for a write to begin at once. The caller holds mu.
func (l *Logger) due() bool {
	return l.queue.rows >= l.batchRows || l.bytes >= l.maxBytes/4
}

// rouse makes the background goroutine look again. It never waits.
func (l *Logger) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// rowWeight stands for what a row weighs besides the payloads: the record, its strings, its place in the queue.
const rowWeight = 1 << 10

// weight is what a row counts for against MaxBytes. A payload too long to keep counts for nothing.
func weight(r *Record) int64 {
	w := int64(rowWeight)
	if len(r.Request) <= MaxPayload {
		w += int64(len(r.Request))
	}
	if len(r.Response) <= MaxPayload {
		w += int64(len(r.Response))
	}
	return w
}

// letGo drops payloads that are too long to keep, so that they hold no memory while the row waits to be flagged.
func letGo(r *Record) {
	if n := len(r.Request); n > MaxPayload {
		r.RequestSize, r.Request = int64(n), nil
	}
	if n := len(r.Response); n > MaxPayload {
		r.ResponseSize, r.Response = int64(n), nil
	}
}
