package inferencelog

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"

	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// keptRow is the row of one request on its way into the journal, for up to two tables.
type keptRow struct {
	record  *Record
	load    *load
	ledgers [2]*ledger // the inference table's and the usage table's; nil where there is none, or no longer
	mark    *mark
	ack     *ack
	at      int64 // as in entry
}

// keeper is the logger's side of a journal. What has no comment is guarded by the logger's mutex.
type keeper struct {
	*Journal
	inherited uint64        // rows up to this number are an earlier process's
	wake      chan struct{} // holds one token when keep should look again
	moved     chan struct{} // likewise drain
	hurry     chan struct{} // likewise, also when it pauses because the sink is away

	waiting  []keptRow             // oldest first
	inHand   []keptRow             // being written; nil once Close has counted them
	writing  []keptRow             // the same, keep's own
	kept     bool                  // keep has ended
	undone   map[uint64][2]*ledger // whose rows the frames in the books hold, nil where they are settled
	readTo   uint64                // every frame up to this number was read, or is damaged
	heldAt   int64                 // when the request of the oldest row in drain's hands came; 0: there is none
	progress chan struct{}         // closed and made anew when frames were settled
}

func newKeeper(j *Journal) *keeper {
	stats := j.segments.Stats()
	return &keeper{
		Journal: j, inherited: stats.Last,
		undone: make(map[uint64][2]*ledger),
		wake:   make(chan struct{}, 1), moved: make(chan struct{}, 1), hurry: make(chan struct{}, 1), progress: make(chan struct{}),
	}
}

// What is written to the journal at once: a group shares one fsync.
const (
	groupRows  = 1024
	groupBytes = 4 << 20 // and never more than a quarter of what the journal may take
)

// keep is the goroutine that brings rows into the journal. When it cannot, they go the way of fast rows, and it is
// tried again after a pause: a row that may reach the sink does not wait for a disk.
func (l *Logger) keep() {
	k := l.journal
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond), backoff.WithMaxInterval(5*time.Second),
		backoff.WithRandomizationFactor(0), backoff.WithMaxElapsedTime(0),
	)
	var away time.Time // the journal is not asked until then
	var frames [][]byte
	var buf []byte
	for {
		rows := l.nextGroup()
		if rows == nil {
			break
		}
		for i := range rows {
			prepare(rows[i].record, l.now)
		}
		begun := time.Now()
		if begun.Before(away) {
			l.divert(rows)
			continue
		}
		frames, buf = encodeGroup(frames[:0], buf[:0], rows)
		l.begins(&l.standing.appending)
		last, err := k.segments.Append(frames)
		l.ends(&l.standing.appending)
		if errors.Is(err, segments.ErrTooLarge) { // a row that is larger than the journal may ever be
			l.divert(rows)
			continue
		}
		if err == nil { // before anybody hears of anything: the rows can be read back already
			l.acknowledge(rows, last)
		}
		l.stands(&l.standing.journal, err)
		if err != nil {
			away = time.Now().Add(pause.NextBackOff())
			l.zap.Warn("inference log journal is away", zap.Error(err))
			l.divert(rows)
			continue
		}
		pause.Reset()
		size := len(buf)
		l.tell(func(t *Trace) {
			if t.Journaled != nil {
				t.Journaled(len(rows), size, time.Since(begun))
			}
		})
		if cap(buf) > 2*groupBytes {
			buf = nil
		}
	}
	l.mu.Lock()
	k.kept = true
	l.mu.Unlock()
	rouse(l.wake)
	rouse(k.moved)
}

// nextGroup waits for rows and takes some in hand. It returns nil when there will be none.
func (l *Logger) nextGroup() []keptRow {
	k := l.journal
	for {
		l.mu.Lock()
		if l.ctx.Err() != nil {
			l.mu.Unlock()
			return nil
		}
		if n := k.group(); n > 0 {
			k.inHand = append(k.inHand[:0], k.waiting[:n]...)
			k.writing = append(k.writing[:0], k.waiting[:n]...)
			clear(k.waiting[:n])
			k.waiting = k.waiting[n:]
			l.mu.Unlock()
			return k.writing
		}
		closing := l.closing
		l.mu.Unlock()
		if closing {
			return nil
		}
		select {
		case <-k.wake:
		case <-l.ctx.Done():
		}
	}
}

// group says how many of the rows that wait are written next. The caller holds mu.
func (k *keeper) group() int {
	var size int64
	for i := range k.waiting {
		if size += k.waiting[i].load.weight; i > 0 && (i >= groupRows || size > k.groupBytes) {
			return i
		}
	}
	return len(k.waiting)
}

// acknowledge notes that rows are in the journal, the last of them with that number.
func (l *Logger) acknowledge(rows []keptRow, last uint64) {
	k := l.journal
	l.mu.Lock()
	for i := range rows[:len(k.inHand)] { // none when Close has counted them already
		n := rows[i].rows()
		l.leave(rows[i].load, n)
		l.reach(rows[i].mark, int64(n))
		rows[i].ack.settle(n, stored)
		if number := last - uint64(len(rows)-1-i); number > k.readTo {
			k.undone[number] = rows[i].ledgers
		}
	}
	clear(k.inHand)
	k.inHand = k.inHand[:0]
	clear(rows)
	l.mu.Unlock()
	rouse(k.moved)
}

// divert sends rows that the journal has not taken the way of fast rows.
func (l *Logger) divert(rows []keptRow) {
	k := l.journal
	l.mu.Lock()
	for _, r := range rows[:len(k.inHand)] {
		for _, g := range r.ledgers {
			if g != nil {
				l.queue.push(g, entry{record: r.record, load: r.load, mark: r.mark, ack: r.ack, at: r.at})
			}
		}
	}
	clear(k.inHand)
	k.inHand = k.inHand[:0]
	clear(rows)
	l.mu.Unlock()
	rouse(l.wake)
}

func (r *keptRow) rows() (n int) {
	for _, g := range r.ledgers {
		if g != nil {
			n++
		}
	}
	return n
}

// settleKept takes rows off the books that are not in the journal: of all tables, or of one. The caller holds mu.
func (l *Logger) settleKept(rows []keptRow, of *ledger, as fate) (n int64) {
	for i := range rows {
		r := &rows[i]
		for t, g := range r.ledgers {
			if g == nil || of != nil && g.table != of.table {
				continue
			}
			n += l.settle(g, []entry{{record: r.record, load: r.load, mark: r.mark, ack: r.ack}}, as)
			r.ledgers[t] = nil
		}
	}
	return n
}

// drop counts the rows of a table lost that wait for the journal. Those in hand are counted by who takes them out of
// it again. The caller holds mu.
func (k *keeper) drop(l *Logger, g *ledger) (n int64) {
	n = l.settleKept(k.waiting, g, noTable)
	k.waiting = slices.DeleteFunc(k.waiting, func(r keptRow) bool { return r.rows() == 0 })
	return n
}

// abandon counts the rows lost that are not in the journal. The caller holds mu.
func (k *keeper) abandon(l *Logger) {
	l.settleKept(k.waiting, nil, cut)
	l.settleKept(k.inHand, nil, cut)
	k.waiting, k.inHand = nil, nil
}

// oldest is that of the rows that wait here. The caller holds mu.
func (k *keeper) oldest() (at int64) {
	for _, rows := range [...][]keptRow{k.waiting, k.inHand} {
		if len(rows) > 0 {
			at = earlier(at, rows[0].at)
		}
	}
	return earlier(at, k.heldAt)
}

// flush returns when the sink has every row that is in the journal now.
func (k *keeper) flush(ctx context.Context, over <-chan struct{}) error {
	target := k.segments.Stats().Last
	for {
		progress := k.progressing()
		if s := k.segments.Stats(); s.Frames == 0 || s.First > target {
			return nil
		}
		rouse(k.hurry)
		select {
		case <-progress:
		case <-over:
			return ErrClosed // what is left is the next process's
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (k *keeper) health() JournalHealth {
	s := k.segments.Stats()
	return JournalHealth{Rows: int64(s.Frames), Bytes: s.Bytes, Segments: s.Segments, Damaged: s.DamagedBytes}
}

// close closes the journal; more than once does no harm.
func (k *keeper) close() error {
	if err := k.Journal.Close(); err != nil && !errors.Is(err, segments.ErrClosed) {
		return err
	}
	return nil
}
