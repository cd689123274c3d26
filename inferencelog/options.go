package inferencelog

import (
	"time"

	"go.uber.org/zap"
)

// MaxPayload is the greatest length in bytes of a request or response that a row keeps: 10 MiB (spec §6.2).
const MaxPayload = 10 << 20

// Options are the optional things of a [Logger]. Nil means every default; so does a field that is zero or negative.
type Options struct {
	// MaxRows is the greatest number of rows that wait, the batch being written included. Default: 10,000.
	MaxRows int64

	// MaxBytes is the greatest weight of the rows that wait, the batch being written included: their payloads and texts,
	// somewhat rounded up, and a kilobyte a row for the rest. A row that is heavier than this alone is never taken. Default: 64 MiB.
	MaxBytes int64

	// BatchRows is the greatest number of rows in one write to the sink, and how many must wait for a write to
	// begin at once. Default: 256.
	BatchRows int

	// FlushEvery is how long a row waits for others before a write begins without them. Default: 200 ms.
	FlushEvery time.Duration

	// WriteTimeout bounds one write to the sink, through its context. Default: 5 s.
	WriteTimeout time.Duration

	// RetryFor is how long the fast rows of a table that the sink does not take are tried again together before the row
	// is looked for that is in the way of the others. They wait as long as there is room for them, and other tables go on
	// meanwhile. Default: 10 s.
	RetryFor time.Duration

	// CloseTimeout bounds Close when its context has no deadline. Default: 10 s.
	CloseTimeout time.Duration

	// Journal keeps rows whose [Target] says [Journaled]. It is the logger's from here on: [Logger.Close] closes it, and
	// what it holds of an earlier process is stored first. Default: nil, none.
	Journal *Journal

	// Redact may change what is about to be queued, on the request path: it gets the record and where it goes, once a
	// request, and replaces whatever must not be kept. Bodies are shared with the call, so a hook puts others in their
	// place and changes none; the row is flagged when it did. When it panics no body is kept, and the row says so. It
	// must be quick and safe for concurrent use; [RedactMatches] makes one. Default: nil, nothing is redacted.
	Redact func(Target, *Record)

	// Trace is told what becomes of rows. Default: nil, nobody is.
	Trace *Trace

	// Now tells the time for records that come without one. Default: time.Now.
	Now func() time.Time

	// Zap gets a line when rows are lost, never on the request path. Default: nil, no lines.
	Zap *zap.Logger
}

func (o *Options) maxRows() int64 {
	if o == nil || o.MaxRows <= 0 {
		return 10_000
	}
	return o.MaxRows
}

func (o *Options) maxBytes() int64 {
	if o == nil || o.MaxBytes <= 0 {
		return 64 << 20
	}
	return o.MaxBytes
}

func (o *Options) batchRows() int {
	if o == nil || o.BatchRows <= 0 {
		return 256
	}
	return o.BatchRows
}

func (o *Options) flushEvery() time.Duration {
	if o == nil || o.FlushEvery <= 0 {
		return 200 * time.Millisecond
	}
	return o.FlushEvery
}

func (o *Options) writeTimeout() time.Duration {
	if o == nil || o.WriteTimeout <= 0 {
		return 5 * time.Second
	}
	return o.WriteTimeout
}

func (o *Options) retryFor() time.Duration {
	if o == nil || o.RetryFor <= 0 {
		return 10 * time.Second
	}
	return o.RetryFor
}

func (o *Options) closeTimeout() time.Duration {
	if o == nil || o.CloseTimeout <= 0 {
		return 10 * time.Second
	}
	return o.CloseTimeout
}

func (o *Options) now() func() time.Time {
	if o == nil || o.Now == nil {
		return time.Now
	}
	return o.Now
}

func (o *Options) zap() *zap.Logger {
	if o == nil || o.Zap == nil {
		return zap.NewNop()
	}
	return o.Zap
}

func (o *Options) journal() *Journal {
	if o == nil {
		return nil
	}
	return o.Journal
}

func (o *Options) redact() func(Target, *Record) {
	if o == nil {
		return nil
	}
	return o.Redact
}

func (o *Options) trace() Trace {
	if o == nil || o.Trace == nil {
		return Trace{}
	}
	return *o.Trace
}
