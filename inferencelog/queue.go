package inferencelog

import "time"

// entry is one row that waits.
type entry struct {
	record  *Record
	load    *load
	mark    *mark // what a Flush waits by; nil for rows that come from the journal
	ack     *ack  // who waits for this row; nil: nobody
	at      int64 // when its request came, in nanoseconds since 1970; the record itself changes meanwhile
	settled bool
}

// line is the rows of one table that wait, oldest first.
type line struct {
	*ledger
	entries []entry
	taken   int // how many at the front are gone already
}

// take hands the first n rows to f and forgets them. Its cost is spread evenly over the rows.
func (l *line) take(n int, f func([]entry)) {
	f(l.entries[l.taken : l.taken+n])
	l.taken += n
	if rest := len(l.entries) - l.taken; l.taken >= rest {
		copy(l.entries, l.entries[l.taken:])
		clear(l.entries[rest:])
		l.entries, l.taken = l.entries[:rest], 0
	}
}

func (l *line) waiting() []entry { return l.entries[l.taken:] }

// queue is the lines of all tables. Tables take turns, a batch each, so that a busy one does not starve the others.
type queue struct {
	rows  int
	lines map[uint64]*line
	order []*line // whose turn it is, next first
	last  *line   // the line pushed to last, to save a look-up
	spare *line   // an empty line, to save an allocation
}

func (q *queue) push(g *ledger, e entry) {
	l := q.last
	if l == nil || l.ledger != g {
		l = q.line(g)
		q.last = l
	}
	l.entries = append(l.entries, e)
	q.rows++
}

func (q *queue) line(g *ledger) *line {
	if l, ok := q.lines[g.table]; ok {
		return l
	}
	l := q.spare
	q.spare = nil
	if l == nil {
		l = &line{}
	}
	l.ledger = g
	if q.lines == nil {
		q.lines = make(map[uint64]*line)
	}
	q.lines[g.table] = l
	q.order = append(q.order, l)
	return l
}

// pop moves up to n rows of the next table into b, of those that are not in trouble until later than now. It returns
// false when there is none, and how long the first of those in trouble has to wait.
func (q *queue) pop(n int, b *batch, now time.Time) (wait time.Duration, ok bool) {
	at := -1
	for i, l := range q.order {
		if l.trouble == nil || !l.trouble.until.After(now) {
			at = i
			break
		}
		if left := l.trouble.until.Sub(now); wait == 0 || left < wait {
			wait = left
		}
	}
	if at < 0 {
		return wait, false
	}
	l := q.order[at]
	q.order = append(q.order[:at], q.order[at+1:]...)
	n = min(n, len(l.waiting()))
	l.take(n, func(rows []entry) { b.fill(l.ledger, rows) })
	q.rows -= n
	if len(l.waiting()) > 0 {
		q.order = append(q.order, l)
	} else {
		q.retire(l)
	}
	return 0, true
}

// giveBack puts what is not settled of a batch back where it came from: before the rows of its table that wait.
func (q *queue) giveBack(b *batch) {
	if b.dropped {
		return
	}
	l := q.line(b.ledger)
	var entries []entry
	for _, e := range b.entries {
		if !e.settled {
			entries = append(entries, e)
		}
	}
	q.rows += len(entries)
	l.entries, l.taken = append(entries, l.waiting()...), 0
}

// remove takes a whole table out of the queue and returns its rows.
func (q *queue) remove(table uint64) []entry {
	l, ok := q.lines[table]
	if !ok {
		return nil
	}
	kept := q.order[:0]
	for _, o := range q.order {
		if o != l {
			kept = append(kept, o)
		}
	}
	clear(q.order[len(kept):])
	q.order = kept
	entries := l.waiting()
	l.entries, l.taken = nil, 0
	q.rows -= len(entries)
	q.retire(l)
	return entries
}

func (q *queue) retire(l *line) {
	delete(q.lines, l.table)
	if q.last == l {
		q.last = nil
	}
	if q.spare == nil {
		q.spare = l
	}
}

// oldest is when the request came whose row waits longest in one of the lines; 0 when none waits.
func (q *queue) oldest() (at int64) {
	for _, l := range q.order {
		at = earlier(at, l.waiting()[0].at)
	}
	return at
}

// batch is rows of one table on their way to the sink. Its entries are guarded by the logger's mutex;
// its records belong to the goroutine that has it in hand.
type batch struct {
	*ledger
	dropped bool // the table is gone; guarded by the logger's mutex
	entries []entry
	records []*Record
}

func (b *batch) fill(g *ledger, entries []entry) {
	b.ledger, b.dropped = g, false
	b.entries = append(b.entries[:0], entries...)
	b.records = b.records[:0]
	for _, e := range entries {
		b.records = append(b.records, e.record)
	}
}

func (b *batch) empty() {
	clear(b.entries)
	clear(b.records)
	b.entries, b.records = b.entries[:0], b.records[:0]
}
