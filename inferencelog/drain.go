package inferencelog

import (
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"
)

// How much is read back from the journal at once.
const (
	chunkRows  = 256
	chunkBytes = 4 << 20
)

// lookAhead is how many rows a pass reads beyond the first that could not be stored; every eighth pass reads all.
const lookAhead = 64 * chunkRows

// drain is the goroutine that brings rows from the journal to the sink, those of an earlier process first. A row stays
// in the journal until the sink has it, its table is gone, or the sink rejects it for what is in it; what cannot be
// stored now is left behind and taken up again in another pass, so that it is in nobody's way: neither one row in that of
// its table's others, nor one table in that of the others.
func (l *Logger) drain() {
	k := l.journal
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond), backoff.WithMaxInterval(5*time.Second),
		backoff.WithRandomizationFactor(0), backoff.WithMaxElapsedTime(0),
	)
	p := pass{l: l, stuck: make(map[uint64]bool), tries: make(map[uint64]int)}
	ended := false
	for l.ctx.Err() == nil {
		if !p.again.IsZero() && !time.Now().Before(p.again) {
			k.segments.Rewind()
			p.begin()
		}
		frames, err := k.segments.Next(chunkRows, chunkBytes)
		l.stands(&l.standing.reading, err)
		l.damaged(k.segments.Lost())
		if err != nil {
			l.zap.Warn("inference log journal cannot be read", zap.Error(err))
			l.wait(k.hurry, time.Now().Add(pause.NextBackOff()))
			k.segments.Rewind()
			continue
		}
		if len(frames) == 0 || p.ahead > lookAhead && p.number%8 != 0 {
			if ended && p.again.IsZero() {
				return
			}
			if ended = l.allKept(!p.again.IsZero()); !ended || !p.again.IsZero() {
				sign := k.moved
				if p.ahead > lookAhead {
					sign = k.hurry
				}
				if l.wait(sign, p.again) == k.hurry && !p.again.IsZero() {
					p.again = time.Now()
				}
			}
			continue
		}
		done := p.deliver(l.unpack(frames))
		if len(done) > 0 {
			k.segments.Done(done...)
			k.progressed()
		}
		switch {
		case len(done) < len(frames):
			p.ahead += len(frames)
			if p.again.IsZero() {
				p.again = time.Now().Add(pause.NextBackOff())
			}
		case p.again.IsZero():
			pause.Reset()
		}
	}
}

// allKept reports whether no row comes to the journal any more. Nothing is in drain's hands then but what it has left
// behind, if it has.
func (l *Logger) allKept(left bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !left {
		l.journal.heldAt = 0
	}
	return l.closing && l.journal.kept
}

// wait returns at a sign, or when somebody is in a hurry, at the given time unless it is zero, or at the logger's end; and
// which sign it was.
func (l *Logger) wait(sign chan struct{}, until time.Time) chan struct{} {
	var elapsed <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-sign:
		return sign
	case <-l.journal.hurry:
		return l.journal.hurry
	case <-elapsed:
	case <-l.ctx.Done():
	}
	return nil
}

// pass is one reading of what the journal holds.
type pass struct {
	l      *Logger
	number int
	again  time.Time       // when to begin the next one; zero: nothing was left behind
	ahead  int             // rows read since something was
	stuck  map[uint64]bool // tables of which nothing could be stored in this pass
	tries  map[uint64]int  // and in how many passes running, until all of a portion was
}

func (p *pass) begin() {
	p.number++
	p.again, p.ahead = time.Time{}, 0
	clear(p.stuck)
}

// splitAfter is how often nothing of a table's could be stored before the row is looked for that is in the way. A sink
// that is away is not asked row by row sooner.
const splitAfter = 3

// deliver stores what can be stored, and returns the numbers of the frames that are settled.
func (p *pass) deliver(c *portion) (done []uint64) {
	l := p.l
	for _, part := range c.parts {
		table := part.table
		if p.stuck[table] {
			continue
		}
		d := delivery{l: l, batch: &part.batch, patient: true, split: p.tries[table] >= splitAfter}
		d.patience = minPatience << min(max(p.tries[table]-splitAfter, 0), 10)
		d.deliver(0, len(part.records))
		l.mu.Lock()
		settled := 0
		for i := range part.entries {
			if part.entries[i].settled {
				settled++
				part.of[i].ledgers[part.side[i]] = nil
			}
		}
		l.mu.Unlock()
		switch {
		case settled == len(part.entries):
			delete(p.tries, table)
		case settled == 0 && (len(part.entries) > 1 || !d.split): // not one that is alone in the way
			p.stuck[table] = true
			p.tries[table]++
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.journal
	for _, o := range c.frames {
		if o.ledgers == [2]*ledger{} {
			done = append(done, o.number)
			delete(k.undone, o.number)
		} else {
			k.undone[o.number] = o.ledgers
		}
	}
	if len(done) == len(c.frames) && p.again.IsZero() {
		k.heldAt = 0
	}
	return done
}

// damaged counts the rows of frames lost that cannot be read any more.
func (l *Logger) damaged(numbers []uint64) {
	if len(numbers) == 0 {
		return
	}
	k := l.journal
	lost := 0
	l.mu.Lock()
	for _, number := range numbers {
		for _, g := range k.undone[number] {
			if g != nil {
				l.settle(g, []entry{{}}, failed)
				lost++
			}
		}
		delete(k.undone, number)
	}
	l.mu.Unlock()
	k.progressed()
	rouse(l.wake) // there may be a gap to tell
	l.zap.Error("inference log journal is damaged", zap.Int("frames", len(numbers)), zap.Int("rows lost", lost))
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
