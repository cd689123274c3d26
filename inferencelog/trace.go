package inferencelog

import "time"

// Trace is told what becomes of rows, for telemetry. All functions are optional. They are called from the background,
// never on the request path but for Lost with the cause "full" or "closed", must be quick and safe for concurrent use, and
// may not call the logger back but for Stats and Health. What they panic with is dropped.
type Trace struct {
	Stored    func(table uint64, rows int, took time.Duration) // the sink has taken a batch
	Journaled func(rows, bytes int, took time.Duration)        // the journal has taken a batch
	Retried   func(table uint64, rows int, err error)          // a write to the sink failed and will be repeated
	Lost      func(table uint64, rows int, cause string)       // rows were counted lost; cause is a field of Losses in lower case
	Changed   func(was, is Health)                             // the state has changed
}
