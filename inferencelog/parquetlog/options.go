package parquetlog

import "time"

// Options are the optional things of a [Sink]. Nil means every default.
type Options struct {
	// RollRows is the number of rows after which a file is finished. A batch is never divided, so a file may have up
	// to a batch more. Default: 100,000; negative is the same.
	RollRows int

	// RollBytes is the size, in bytes before compression, after which a file is finished; again a batch is never
	// divided. Default: 64 MiB; negative is the same.
	RollBytes int64

	// RollAge is how long after its first row a file is finished, however few rows it has. It is looked at every
	// quarter of it, and at least once a minute. Default: 15 minutes; negative is the same.
	RollAge time.Duration

	// Sync makes every batch survive a power cut, at the price of a disk flush a batch. Default: false; a batch then
	// survives the end of the process however it comes, and a power cut may cost the last ones.
	Sync bool

	// MaxAge is the age of a table's rows, by event time, beyond which they are removed: a file goes when its newest
	// row has that age. Default: 0, rows are kept for ever; negative is the same.
	MaxAge time.Duration

	// MaxBytes is the size in bytes of a table's finished files beyond which the oldest are removed. Default: 0, no
	// bound; negative is the same.
	MaxBytes int64
}

func (o *Options) rollRows() int {
	if o == nil || o.RollRows <= 0 {
		return 100_000
	}
	return o.RollRows
}

func (o *Options) rollBytes() int64 {
	if o == nil || o.RollBytes <= 0 {
		return 64 << 20
	}
	return o.RollBytes
}

func (o *Options) rollAge() time.Duration {
	if o == nil || o.RollAge <= 0 {
		return 15 * time.Minute
	}
	return o.RollAge
}

// pause is the time between two looks at what is due.
func (o *Options) pause() time.Duration {
	return max(min(o.rollAge()/4, time.Minute), time.Millisecond)
}

func (o *Options) sync() bool { return o != nil && o.Sync }

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
