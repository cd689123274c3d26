package inferencelog

import "github.com/modelward/modelward/inferencelog/internal/segments"

// portion is what was read back from the journal at once.
type portion struct {
	frames []*opened
	parts  []*part
}

// opened is one frame of a portion.
type opened struct {
	number  uint64
	ledgers [2]*ledger // those of its rows that are not settled: the inference table's and the usage table's
}

// part is the rows of a portion that one table has.
type part struct {
	batch
	of   []*opened // whose row each entry is
	side []int     // and which of its rows
}

// unpack reads the rows of some frames and notes those of an earlier process in the books. A frame that cannot be read
// is put aside: it is of another version, since its checksum is right.
func (l *Logger) unpack(frames []segments.Frame) *portion {
	type row struct {
		to     Target
		record *Record
	}
	rows := make([]row, len(frames))
	for i, f := range frames {
		to, record, err := decodeRow(f.Data)
		if err != nil {
			l.journal.unreadable(l, f)
			continue
		}
		record.prepared = true
		rows[i] = row{to, record}
	}
	c := &portion{}
	at := map[*ledger]*part{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, f := range frames {
		o := &opened{number: f.Seq}
		c.frames = append(c.frames, o)
		if rows[i].record == nil {
			l.unread(o)
			continue
		}
		o.ledgers = l.owed(f.Seq, rows[i].to)
		for side, g := range o.ledgers {
			if g == nil {
				continue
			}
			p := at[g]
			if p == nil {
				p = &part{batch: batch{ledger: g}}
				at[g] = p
				c.parts = append(c.parts, p)
			}
			p.entries = append(p.entries, entry{record: rows[i].record})
			p.records = append(p.records, rows[i].record)
			p.of = append(p.of, o)
			p.side = append(p.side, side)
		}
	}
	return c
}

// owed returns whose rows a frame holds that are not settled. Those of an earlier process are in the books from the
// moment that they are first asked for. The caller holds mu.
func (l *Logger) owed(number uint64, to Target) [2]*ledger {
	k := l.journal
	inherited := number > k.readTo && number <= k.inherited
	k.readTo = max(k.readTo, number)
	if number > k.inherited && k.heldAt == 0 {
		k.heldAt = l.now().UnixNano()
	}
	if ledgers, ok := k.undone[number]; ok {
		return ledgers
	}
	var ledgers [2]*ledger
	for side, table := range [...]uint64{to.Table, to.Usage} {
		if table == 0 {
			continue
		}
		g := l.ledger(table)
		ledgers[side] = g
		if inherited {
			g.books.accepted++
			g.books.pending++
			l.books.accepted++
			l.books.pending++
		}
	}
	k.undone[number] = ledgers
	return ledgers
}

// unread counts the row of a frame that cannot be read: as one, for no table that is known. The caller holds mu.
func (l *Logger) unread(o *opened) {
	k := l.journal
	inherited := o.number > k.readTo && o.number <= k.inherited
	k.readTo = max(k.readTo, o.number)
	if inherited {
		l.books.accepted++
		l.books.by[rejected]++
	}
}
