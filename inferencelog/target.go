package inferencelog

import "context"

// Durability says what has to happen before a row counts as acknowledged.
type Durability string

// The durabilities. The zero value stands for Fast (ruling R8).
const (
	// Fast: a row is in memory until the sink has it. The end of the process loses the rows that wait then.
	Fast Durability = "fast"

	// Journaled: a row is in the journal ([Options].Journal) before anything else is done with it, and stays there until
	// the sink has it. Once it is there it survives SIGKILL, and the loss of power as far as the disk keeps what it
	// promised to fsync. While the journal cannot take it, and where there is none, it is as with Fast.
	Journaled Durability = "journal"
)

// Valid reports whether d is a durability, the zero value included.
func (d Durability) Valid() bool { return d == "" || d == Fast || d == Journaled }

// Target says where the row of a request goes, and how surely.
type Target struct {
	Table      uint64     // the inference table; 0: none
	Usage      uint64     // the table of layout Usage that has a row for the request as well; 0: none
	Durability Durability // of both rows
}

// Log hands a row over for the table with that id, with the durability Fast; see [Logger.LogTo].
func (l *Logger) Log(table uint64, r *Record) bool { return l.LogTo(Target{Table: table}, r) }

// Append is [Logger.LogTo] and waits until the rows are acknowledged: in the journal or, with Fast, in the sink. It
// returns nil then; [ErrLost] when one was counted lost; and the context's error when that ended first: then the rows
// are on their way still.
func (l *Logger) Append(ctx context.Context, to Target, r *Record) error {
	a := newAck()
	if !l.hand(to, r, a) {
		return ErrLost
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
