package inferencelog

import "strconv"

// lines makes lines of JSON from batches, and knows what has become of them when a write failed. It is not safe for
// concurrent use; its zero value is ready.
type lines struct {
	torn bool                // the last line that got out has no end
	out  map[lineID]struct{} // rows of failed batches whose lines got out
	buf  []byte
	ends []int // where each line of buf ends
	ids  []lineID
	own  map[lineID]struct{} // the same, where a row may come twice
}

// lineID is a row's identity among all tables.
type lineID struct {
	table uint64
	row   string
}

// maxIdleBuffer bounds what is kept between writes after a batch of large rows.
const maxIdleBuffer = 8 << 20

// encode returns the lines of a batch, without the rows that got out already and those that are in seen, which may be nil;
// if it is not, a row that is twice in the batch has one line. They begin with a line break when there is a torn line to end. They stay the receiver's,
// until its next use.
func (l *lines) encode(t Table, batch []*Record, seen *recentRows) []byte {
	if cap(l.buf) > maxIdleBuffer {
		l.buf = nil
	}
	l.buf, l.ends, l.ids = l.buf[:0], l.ends[:0], l.ids[:0]
	if l.own == nil && seen != nil {
		l.own = make(map[lineID]struct{})
	}
	clear(l.own)
	if l.torn {
		l.buf = append(l.buf, '\n')
	}
	for _, r := range batch {
		id := lineID{t.ID, r.ID}
		if _, there := l.out[id]; there || seen.has(id) {
			continue
		}
		if seen != nil {
			if _, twice := l.own[id]; twice {
				continue
			}
			l.own[id] = struct{}{}
		}
		l.buf = append(l.buf, `{"table":`...)
		l.buf = appendJSONText(l.buf, t.Name)
		l.buf = append(l.buf, `,"table_id":"`...)
		l.buf = strconv.AppendUint(l.buf, t.ID, 10)
		l.buf = append(l.buf, '"', ',')
		l.buf = appendColumns(l.buf, r, t.Layout)
		l.buf = append(l.buf, '}', '\n')
		l.ends = append(l.ends, len(l.buf))
		l.ids = append(l.ids, id)
	}
	return l.buf
}

// failed remembers which of the lines got out when no more than n bytes of them did.
func (l *lines) failed(n int) {
	n = min(n, len(l.buf))
	if n <= 0 {
		return
	}
	if l.out == nil {
		l.out = make(map[lineID]struct{})
	}
	for i, end := range l.ends {
		if end-1 <= n { // but for the line break, which comes with the next write
			l.out[l.ids[i]] = struct{}{}
		}
	}
	l.torn = l.buf[n-1] != '\n'
}

// settled forgets the rows of a batch that is out as a whole.
func (l *lines) settled(id uint64, batch []*Record) {
	if len(l.buf) > 0 {
		l.torn = false
	}
	if len(l.out) == 0 {
		return
	}
	for _, r := range batch {
		delete(l.out, lineID{id, r.ID})
	}
}

// forget forgets the rows of a table.
func (l *lines) forget(id uint64) {
	for row := range l.out {
		if row.table == id {
			delete(l.out, row)
		}
	}
}
