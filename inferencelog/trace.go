package inferencelog

import (
	"time"

	"go.uber.org/zap"
)

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

// tell calls the trace and drops what it panics with.
func (l *Logger) tell(call func(*Trace)) {
	defer func() { _ = recover() }()
	call(&l.trace)
}

// lostNow tells of rows that were refused. It runs on the request path.
func (l *Logger) lostNow(ledgers [2]*ledger, why fate) {
	if l.trace.Lost == nil {
		return
	}
	for _, g := range ledgers {
		if g != nil {
			l.tell(func(t *Trace) { t.Lost(g.table, 1, causes[why]) })
		}
	}
}

// toldLost tells the trace and a person of rows that were lost in the background.
func (l *Logger) toldLost(why string, table uint64, rows int64, as fate) {
	l.tell(func(t *Trace) {
		if t.Lost != nil {
			t.Lost(table, int(rows), causes[as])
		}
	})
	l.zap.Warn("inference log rows lost", zap.String("why", why), zap.Uint64("table", table), zap.Int64("rows", rows))
}
