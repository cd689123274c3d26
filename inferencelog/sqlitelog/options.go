package sqlitelog

import (
	"math"
	"time"
)

// Options are the optional things of a [Sink]. Nil means every default.
type Options struct {
	// FullSync makes every batch survive a power cut, at the price of a disk flush a batch.
	// Default: false; a power cut may cost the last batches, never the file.
	FullSync bool

	// BusyTimeout is how long to wait for another process's lock on the file. Default: 5 s; negative is the same.
	BusyTimeout time.Duration

	// Readers is the greatest number of concurrent reads; more wait. Default: 4; negative is the same.
	Readers int

	// MaxAge is how long rows are kept, by their event time. Default: 0, for ever; negative is the same.
	MaxAge time.Duration

	// MaxBytes is how much of the file may be in use, in bytes: all tables, indexes and the registry, but neither free
	// pages nor the -wal file. When it is more, the oldest rows by event time go, whichever table of layout Payload they
	// are in, and when those tables are empty, the oldest of tables of layout Usage.
	// Default: 0, no limit; negative is the same.
	MaxBytes int64

	// OnPrune is called after rows were deleted for MaxAge or MaxBytes, with the table they were in and their number,
	// and with the error, and no table, when deleting failed; it is tried again later. It must not call
	// the sink. Default: nil, nothing is called.
	OnPrune func(table uint64, rows int64, err error)

	// Now is the clock that MaxAge goes by. Default: time.Now.
	Now func() time.Time
}

func (o *Options) synchronous() string {
	if o != nil && o.FullSync {
		return "FULL"
	}
	return "NORMAL"
}

func (o *Options) busyTimeout() time.Duration {
	if o == nil || o.BusyTimeout <= 0 {
		return 5 * time.Second
	}
	return min(max(o.BusyTimeout, time.Millisecond), maxBusyTimeout)
}

// maxBusyTimeout is the longest that SQLite can count, some 24 days.
const maxBusyTimeout = math.MaxInt32 * time.Millisecond

func (o *Options) readers() int {
	if o == nil || o.Readers <= 0 {
		return 4
	}
	return o.Readers
}

func (o *Options) maxAge() time.Duration {
	if o == nil {
		return 0
	}
	return max(o.MaxAge, 0)
}

func (o *Options) maxBytes() int64 {
	if o == nil {
		return 0
	}
	return max(o.MaxBytes, 0)
}

func (o *Options) onPrune() func(uint64, int64, error) {
	if o == nil || o.OnPrune == nil {
		return func(uint64, int64, error) {}
	}
	return o.OnPrune
}

func (o *Options) now() func() time.Time {
	if o == nil || o.Now == nil {
		return time.Now
	}
	return o.Now
}
