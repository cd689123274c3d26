package ratelimit

import "time"

// Health is how a limiter gets on with its store, and how many calls wait.
type Health struct {
	// Away says that Options.Store cannot be asked, since when, and why.
	Away  bool
	Since time.Duration // how long ago, 0 if it is not away
	Err   error         // the latest failure, nil if it is not away

	// Alone counts the calls that were admitted without the store, which may
	// never hear of them, since the start.
	Alone uint64

	// Owed is of how many buckets the store has yet to hear what was used
	// beyond what was reserved. It is told when the next call settles, at
	// most 1,024 are kept, and those that did not fit are Unheard, since the
	// start.
	Owed    int
	Unheard uint64

	// Unreturned counts what was taken and never given back because the store
	// was away, since the start: it leaves the window by itself.
	Unreturned uint64

	// Full counts the calls that were refused because there was no bucket to
	// be had (Verdict.Full), since the start, and Buckets is how many are
	// kept. They need no store.
	Full    uint64
	Buckets int

	// Waiting is how many calls are in Limiter.Wait and were not admitted at
	// once. It needs no store.
	Waiting int
}

// Health returns how l is.
func (l *Limiter) Health() Health {
	h := Health{Waiting: l.memory.queues.len(), Buckets: l.Len(), Full: l.memory.room.refused()}
	if s := l.shared; s != nil {
		h.Away, h.Since, h.Err = s.presence.state(s.now())
		h.Alone = s.alone.Load()
		h.Owed = int(s.owed.buckets.Load())
		h.Unheard = s.owed.unheard.Load()
		h.Unreturned = s.owed.unreturned.Load()
	}
	return h
}
