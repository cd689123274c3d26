package inferencelog

// Stats are a logger's books at one instant. At every instant
//
//	Accepted = Stored + Pending + Lost
//
// Each figure but Pending only grows.
type Stats struct {
	// Accepted counts the rows that Log was called with, refused ones included: every row offered is accounted for.
	Accepted int64

	// Stored counts the rows that the sink has taken.
	Stored int64

	// Pending is the number of rows that wait, the batch being written included.
	Pending int64

	// Lost counts the rows that never will be stored: the sum of LostBy.
	Lost int64

	// LostBy says why.
	LostBy Losses
}

// Losses counts lost rows by their cause.
type Losses struct {
	Full    int64 // refused by Log: as many rows or bytes waited as may
	Closed  int64 // refused by Log: the logger was closed (or the record was nil)
	NoTable int64 // the table was dropped, or never was
	Failed  int64 // the sink would not store it
	Cut     int64 // Close ran out of time
}

func (l Losses) total() int64 { return l.Full + l.Closed + l.NoTable + l.Failed + l.Cut }

// Stats returns the books. All figures are of the same instant.
func (l *Logger) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{
		Accepted: l.accepted,
		Stored:   l.stored,
		Pending:  l.pending,
		Lost:     l.lost.total(),
		LostBy:   l.lost,
	}
}
