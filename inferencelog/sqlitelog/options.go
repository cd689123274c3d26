package sqlitelog

import "time"

// Options are the optional things of a [Sink]. Nil means every default.
type Options struct {
	// FullSync makes every batch survive a power cut, at the price of a disk flush a batch.
	// Default: false; a power cut may cost the last batches, never the file.
	FullSync bool

	// BusyTimeout is how long to wait for another process's lock on the file. Default: 5 s; negative is the same.
	BusyTimeout time.Duration

	// Readers is the greatest number of concurrent reads; more wait. Default: 4; negative is the same.
	Readers int
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
	return o.BusyTimeout
}

func (o *Options) readers() int {
	if o == nil || o.Readers <= 0 {
		return 4
	}
	return o.Readers
}
