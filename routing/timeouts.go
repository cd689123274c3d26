package routing

import "time"

// Timeouts are the limits of ruling R32. Each works alone. 0 is the default, a
// negative value is no limit.
type Timeouts struct {
	// FirstToken bounds the time from the start of an attempt of a stream to
	// Commit. A Config's FirstTokenTimeout replaces it. Default 0: 30 s.
	FirstToken time.Duration

	// Idle bounds the time from Commit to the first Progress and between two
	// calls of Progress. Default 0: 60 s.
	Idle time.Duration

	// Attempt bounds the time from the start of an attempt to Commit, or to the
	// end of the attempt. Default 0: 120 s.
	Attempt time.Duration

	// Total bounds the time from the start of the request to Commit, or to its
	// end, over all attempts and waits. Default 0: 300 s.
	Total time.Duration
}

// timeouts are the limits with the defaults put in, and 0 for no limit.
func (o *Options) timeouts() Timeouts {
	var t Timeouts
	if o != nil {
		t = o.Timeouts
	}
	return Timeouts{
		FirstToken: limit(t.FirstToken, 30*time.Second),
		Idle:       limit(t.Idle, 60*time.Second),
		Attempt:    limit(t.Attempt, 120*time.Second),
		Total:      limit(t.Total, 300*time.Second),
	}
}

func limit(d, unset time.Duration) time.Duration {
	if d == 0 {
		return unset
	}
	return max(d, 0)
}
