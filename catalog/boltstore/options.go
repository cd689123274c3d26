package boltstore

import "time"

// Options are the optional parts of [Open]. A nil *Options is valid.
type Options struct {
	// LockTimeout is how long Open waits for another process to let go of
	// the file. Negative: it does not wait. Default: 1 second.
	LockTimeout time.Duration
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
