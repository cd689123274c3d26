package inferencelog

import "time"

// State says how the logger stands.
type State string

// The states, from good to bad. The worst of what applies is shown.
const (
	// Working: what is handed over is stored.
	Working State = "working"

	// JournalAway: the journal cannot be written or is full; rows meant for it are as with Fast.
	JournalAway State = "journal_away"

	// SinkFailing: the sink does not take rows; they wait, and new ones are refused when too many do.
	SinkFailing State = "sink_failing"

	// Closed: the logger is closed.
	Closed State = "closed"
)

// Health is a logger's state at one instant.
type Health struct {
	State State
	Since time.Time // when it became so
	Err   string    // the last failure, empty when it is working

	// Oldest is how long the oldest row that is not stored yet has been waiting, of those of this process; 0 when none is.
	Oldest time.Duration

	Journal JournalHealth
}

// JournalHealth is what the journal holds.
type JournalHealth struct {
	Rows     int64 // rows that the sink has not taken yet
	Bytes    int64 // on disk
	Segments int   // files
}
