package routing

import "time"

// phases are the limits of one request; 0 is none.
type phases struct {
	Timeouts
	began  time.Duration // of the request, on the real clock
	stream bool
}

func (r *Router) phases(p *Plan, began time.Duration) phases {
	ph := phases{Timeouts: r.timeouts, began: began, stream: p.Stream}
	if t := p.config.FirstTokenTimeout; t > 0 {
		ph.FirstToken = t
	}
	if !p.Stream {
		ph.FirstToken = 0
	}
	return ph
}

// left is what remains of the total limit, and whether there is one.
func (ph *phases) left(real time.Duration) (time.Duration, bool) {
	return ph.Total - (real - ph.began), ph.Total > 0
}

// first returns the limit that an attempt starting now meets first, 0 if none.
// Of two at the same moment it is the wider one.
func (ph *phases) first(real time.Duration) (time.Duration, phase) {
	d, which := ph.FirstToken, phaseFirstToken
	if ph.Attempt > 0 && (d == 0 || ph.Attempt < d) {
		d, which = ph.Attempt, phaseAttempt
	}
	if left, ok := ph.left(real); ok && (d == 0 || left <= d) {
		d, which = max(left, 1), phaseTotal
	}
	return d, which
}

// A phase is what a limit is for.
type phase uint8

const (
	phaseNone phase = iota
	phaseFirstToken
	phaseIdle
	phaseAttempt
	phaseTotal
)

// cause is what the end of p's limit is called.
func (p phase) cause() Cause {
	switch p {
	case phaseFirstToken:
		return CauseTimeoutFirstToken
	case phaseIdle:
		return CauseTimeoutIdle
	case phaseAttempt:
		return CauseTimeoutAttempt
	default:
		return CauseTimeoutTotal
	}
}
