package inferencelog

import "slices"

// Stats are a logger's books, or those of one of its tables, at one instant. At every instant
//
//	Accepted = Stored + Pending + Lost
//
// Each figure but Pending only grows.
type Stats struct {
	// Accepted counts the rows that were offered, refused ones included: every row is accounted for. Rows that the
	// journal has kept from an earlier process count from the moment they are taken up again.
	Accepted int64

	// Stored counts the rows that the sink has taken.
	Stored int64

	// Pending is the number of rows that wait, in memory or in the journal, those being written included.
	Pending int64

	// Lost counts the rows that never will be stored: the sum of LostBy.
	Lost int64

	// LostBy says why.
	LostBy Losses

	// Gaps counts the gap records that were written. They are rows of the sink and of no request, and in no other figure.
	Gaps int64
}

// Losses counts lost rows by their cause.
type Losses struct {
	Full     int64 // refused: as many rows or bytes waited as may
	Closed   int64 // refused: the logger was closed (or the record was nil)
	NoTable  int64 // the table was dropped, or never was
	Rejected int64 // the sink will never store it, not even without its payloads
	Failed   int64 // the sink does not store it, and does store others of its table; or it was in a part of the journal that is damaged
	Cut      int64 // Close ran out of time
}

func (l Losses) total() int64 { return l.Full + l.Closed + l.NoTable + l.Rejected + l.Failed + l.Cut }

// fate is what became of a row.
type fate int

const (
	stored fate = iota
	full
	closed
	noTable
	rejected
	failed
	cut
	fates int = iota
)

var causes = [fates]string{"stored", "full", "closed", "no_table", "rejected", "failed", "cut"}

// books are the figures behind Stats.
type books struct {
	accepted, pending int64
	by                [fates]int64
	gaps              int64
}

func (b *books) stats() Stats {
	s := Stats{
		Accepted: b.accepted, Stored: b.by[stored], Pending: b.pending, Gaps: b.gaps,
		LostBy: Losses{Full: b.by[full], Closed: b.by[closed], NoTable: b.by[noTable], Rejected: b.by[rejected], Failed: b.by[failed], Cut: b.by[cut]},
	}
	s.Lost = s.LostBy.total()
	return s
}

// ledger is what is known of one table.
type ledger struct {
	table   uint64
	books   books
	gap     gap
	trouble *trouble // its fast rows could not be stored
	telling *Record  // the gap record that is being written; those lost since are in gap
}

// ledger returns the one of a table. The caller holds mu.
func (l *Logger) ledger(table uint64) *ledger {
	if l.recent[0] != nil && l.recent[0].table == table {
		return l.recent[0]
	}
	if l.recent[1] != nil && l.recent[1].table == table {
		return l.recent[1]
	}
	g, ok := l.ledgers[table]
	if !ok {
		g = &ledger{table: table}
		if _, gone := l.gone[table]; gone {
			return g
		}
		l.ledgers[table] = g
	}
	l.recent[0], l.recent[1] = g, l.recent[0]
	return g
}

// forget takes a ledger out, of a table that is gone. The caller holds mu.
func (l *Logger) forget(g *ledger) {
	g.gap = gap{}
	delete(l.ledgers, g.table)
	l.recent = [2]*ledger{}
	l.gaps = slices.DeleteFunc(l.gaps, func(due *ledger) bool { return due == g })
}

// Stats returns the books. All figures are of the same instant.
func (l *Logger) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.books.stats()
}

// TableStats returns the books of one table since the logger was made. It returns false when no row was ever offered for
// it, or it was dropped: a dropped table counts in Stats alone.
func (l *Logger) TableStats(id uint64) (Stats, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, ok := l.ledgers[id]
	if !ok {
		return Stats{}, false
	}
	return g.books.stats(), true
}
