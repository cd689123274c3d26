package inferencelog

import (
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"

	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// How much is read back from the journal at once.
const (
	chunkRows  = 256
	chunkBytes = 4 << 20
)

// stuckRounds is how often nothing of a portion could be stored before the row is looked for that is in the way. A sink
// that is away is not asked row by row sooner.
const stuckRounds = 3

// drain is the goroutine that brings rows from the journal to the sink, those of an earlier process first. A row stays
// in the journal until the sink has it, its table is gone, or the sink rejects it for what is in it; what cannot be
// stored now is left behind and taken up again, so that it is in nobody's way.
func (l *Logger) drain() {
	k := l.journal
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond), backoff.WithMaxInterval(5*time.Second),
		backoff.WithRandomizationFactor(0), backoff.WithMaxElapsedTime(0),
	)
	adopted := uint64(0) // rows up to this number were taken into the books
	var again time.Time  // when to take up what was left behind; zero: nothing was
	stuck, ended := 0, false
	for l.ctx.Err() == nil {
		if !again.IsZero() && !time.Now().Before(again) {
			k.segments.Rewind()
			again = time.Time{}
		}
		last := k.segments.Stats().Last
		frames, err := k.segments.Next(chunkRows, chunkBytes)
		if err != nil {
			l.stands(&l.standing.journal, err)
			l.zap.Warn("inference log journal cannot be read", zap.Error(err))
			l.wait(nil, time.Now().Add(pause.NextBackOff()))
			k.segments.Rewind()
			continue
		}
		if len(frames) == 0 {
			l.reached(last, false)
			if ended && again.IsZero() {
				return
			}
			if ended = l.allKept(); !ended || !again.IsZero() {
				l.wait(k.moved, again)
			}
			continue
		}
		done := l.deliverPortion(l.unpack(frames, &adopted), stuck >= stuckRounds)
		if len(done) > 0 {
			k.segments.Done(done...)
			k.progressed()
		}
		switch {
		case len(done) == len(frames):
			stuck = 0
			pause.Reset()
		case len(done) > 0: // the sink works, so go on with what comes after
			stuck = 0
			if again.IsZero() {
				again = time.Now().Add(pause.NextBackOff())
			}
		default: // it does not
			stuck++
			l.wait(nil, time.Now().Add(pause.NextBackOff()))
			k.segments.Rewind()
			again = time.Time{}
		}
	}
}

// allKept reports whether no row comes to the journal any more. Nothing is in drain's hands then.
func (l *Logger) allKept() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal.heldAt = 0
	return l.closing && l.journal.kept
}

// wait returns at a sign, at the given time unless it is zero, or at the logger's end.
func (l *Logger) wait(sign <-chan struct{}, until time.Time) {
	var elapsed <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-sign:
	case <-elapsed:
	case <-l.ctx.Done():
	}
}

// opened is one frame of a portion.
type opened struct {
	seq     uint64
	rows    int   // of this frame that are not settled yet
	settled uint8 // which of them are: bit 0 the inference table's, bit 1 the usage table's
	record  *Record
}

// part is the rows of a portion that one table has.
type part struct {
	batch
	of   []*opened // whose row each entry is
	side []uint8   // and which of its rows
}

// portion is what was read at once.
type portion struct {
	frames []*opened
	parts  []*part
}

// unpack reads the rows of some frames and notes those of an earlier process in the books. A frame that cannot be read is
// a row lost, for no table that is known.
func (l *Logger) unpack(frames []segments.Frame, adopted *uint64) *portion {
	k := l.journal
	for _, f := range frames {
		l.reached(f.Seq, true)
	}
	c := &portion{}
	at := map[uint64]*part{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range frames {
		o := &opened{seq: f.Seq, settled: k.partly[f.Seq]}
		c.frames = append(c.frames, o)
		to, r, err := decodeRow(f.Data)
		inherited := f.Seq <= k.inherited && f.Seq > *adopted
		*adopted = max(*adopted, f.Seq)
		if err != nil {
			if inherited {
				l.books.accepted++
			} else {
				l.books.pending--
			}
			l.books.by[failed]++
			l.zap.Error("inference log journal has a row that cannot be read", zap.Uint64("number", f.Seq), zap.Error(err))
			continue
		}
		r.prepared = true
		if k.heldAt == 0 {
			k.heldAt = r.EventTime.UnixNano()
		}
		o.record = r
		for i, table := range [...]uint64{to.Table, to.Usage} {
			if table == 0 || o.settled&(1<<i) != 0 {
				continue
			}
			o.rows++
			g, known := l.ledgers[table], true
			if g == nil {
				g, known = l.ledger(table), false
			}
			if inherited {
				l.books.accepted++
				l.books.pending++
			}
			if inherited || !known { // of a table that was dropped meanwhile, only the sum knows
				g.books.accepted++
				g.books.pending++
			}
			p := at[table]
			if p == nil {
				p = &part{batch: batch{ledger: g}}
				at[table] = p
				c.parts = append(c.parts, p)
			}
			p.entries = append(p.entries, entry{record: r})
			p.records = append(p.records, r)
			p.of = append(p.of, o)
			p.side = append(p.side, 1<<i)
		}
	}
	return c
}

// reached notes that the journal was read up to the frame with that number, which was found itself or not. Frames that
// were not are damaged, and their rows lost, for tables that are not known.
func (l *Logger) reached(number uint64, found bool) {
	k := l.journal
	l.mu.Lock()
	defer l.mu.Unlock()
	if number <= k.readTo {
		return
	}
	k.readTo = number
	n := 0
	for n < len(k.owed) && k.owed[n].number <= number {
		if o := k.owed[n]; o.number < number || !found {
			l.books.pending -= int64(o.rows)
			l.books.by[failed] += int64(o.rows)
		}
		n++
	}
	k.owed = k.owed[n:]
}

// deliverPortion stores what can be stored, and returns the numbers of the frames that are settled.
func (l *Logger) deliverPortion(c *portion, split bool) (done []uint64) {
	for _, p := range c.parts {
		d := delivery{l: l, batch: &p.batch, deadline: time.Now().Add(l.retryFor), patient: true, split: split}
		d.deliver(0, len(p.records))
		l.mu.Lock()
		for i := range p.entries {
			if p.entries[i].settled {
				p.of[i].rows--
				p.of[i].settled |= p.side[i]
			}
		}
		if p.books.pending == 0 && p.books.by[noTable] == p.books.accepted && l.ledgers[p.table] == p.ledger {
			l.forget(p.ledger)
		}
		l.mu.Unlock()
	}
	for _, o := range c.frames {
		switch {
		case o.rows == 0:
			done = append(done, o.seq)
			delete(l.journal.partly, o.seq)
		case o.settled != 0:
			l.journal.partly[o.seq] = o.settled
		}
	}
	return done
}

// quarantine puts a row aside that the sink has rejected.
func (k *keeper) quarantine(l *Logger, table uint64, r *Record, why error) {
	if err := k.putAside(table, r, why); err != nil {
		l.zap.Error("inference log row that was rejected is not put aside", zap.Uint64("table", table), zap.String("row", r.ID), zap.Error(err))
	}
}

// progressing returns a channel that is closed at the next progress.
func (k *keeper) progressing() <-chan struct{} {
	k.Journal.mu.Lock()
	defer k.Journal.mu.Unlock()
	return k.progress
}

func (k *keeper) progressed() {
	k.Journal.mu.Lock()
	defer k.Journal.mu.Unlock()
	close(k.progress)
	k.progress = make(chan struct{})
}
