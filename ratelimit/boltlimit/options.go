package boltlimit

import (
	"time"

	"go.uber.org/zap"
)

// Options tune a [Keeper]. A nil *Options means every default; so does a field
// that is zero.
type Options struct {
	// Every is how long what was taken may wait to be saved, and so the most
	// that a crash forgets. Default: 1 second. Negative is the same.
	Every time.Duration

	// LockTimeout is how long Keep waits for another process to let go of the
	// file. Negative: it does not wait. Default: 1 second.
	LockTimeout time.Duration

	// Now is the clock of ratelimit.Options.Now, and must be given here when
	// it is given there. Default: time.Now.
	Now func() time.Time

	// Zap gets a line when saving begins to fail, and one when it works again.
	// Default: nil, no lines.
	Zap *zap.Logger
}

func (o *Options) every() time.Duration {
	if o == nil || o.Every <= 0 {
		return time.Second
	}
	return o.Every
}

func (o *Options) lockTimeout() time.Duration {
	switch {
	case o == nil || o.LockTimeout == 0:
		return time.Second
	case o.LockTimeout < 0:
		return time.Nanosecond // bbolt takes zero for ever
	}
	return o.LockTimeout
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
