package routing

import (
	"context"
	"sync"
	"time"
)

// phases are the limits of one request; 0 is none.
type phases struct {
	Timeouts
	began time.Time // of the request; set if there is a total limit
}

func (r *Router) phases(p *Plan) phases {
	ph := phases{Timeouts: r.timeouts}
	if t := p.config.FirstTokenTimeout; t > 0 {
		ph.FirstToken = t
	}
	if !p.Stream {
		ph.FirstToken = 0
	}
	if ph.Total > 0 {
		ph.began = time.Now()
	}
	return ph
}

func (ph *phases) none() bool { return ph.Timeouts == Timeouts{} }

// left is what remains of the total limit, and whether there is one.
func (ph *phases) left() (time.Duration, bool) {
	if ph.Total == 0 {
		return 0, false
	}
	return ph.Total - time.Since(ph.began), true
}

// first returns the limit that an attempt starting now meets first, 0 if none.
// Of two at the same moment it is the wider one.
func (ph *phases) first() (time.Duration, Cause) {
	d, phase := ph.FirstToken, CauseTimeoutFirstToken
	if ph.Attempt > 0 && (d == 0 || ph.Attempt < d) {
		d, phase = ph.Attempt, CauseTimeoutAttempt
	}
	if left, ok := ph.left(); ok && (d == 0 || left <= d) {
		d, phase = max(left, 1), CauseTimeoutTotal
	}
	return d, phase
}

// limits is the one timer of an attempt and what it is running for.
type limits struct {
	cancel context.CancelCauseFunc
	idle   time.Duration

	mu      sync.Mutex
	timer   *time.Timer // nil until first needed
	phase   Cause       // what the timer runs for; "" nothing
	due     time.Time   // when that has passed
	held    bool        // the idle limit stands still
	expired Cause       // the phase that ended the attempt; "" none
	ended   bool        // Try has returned
}

// start puts an attempt under its limits and returns its context.
func (ph *phases) start(ctx context.Context, a *Attempt) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	l := &limits{cancel: cancel, idle: ph.Idle}
	a.limits = l
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, phase := ph.first(); d > 0 {
		l.arm(d, phase)
	}
	return ctx
}

// arm starts the timer. l.mu is held.
func (l *limits) arm(d time.Duration, phase Cause) {
	l.phase, l.due = phase, time.Now().Add(d)
	if l.timer == nil {
		l.timer = time.AfterFunc(d, l.fire)
	} else {
		l.timer.Reset(d)
	}
}

// fire runs when the timer does. The phase may have changed, or its end may
// have moved, since the timer was set.
func (l *limits) fire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.phase == "" {
		return
	}
	if l.held {
		l.timer.Reset(l.idle) // to look again; progress moves the end
		return
	}
	if left := time.Until(l.due); left > 0 {
		l.timer.Reset(left)
		return
	}
	l.expired, l.phase = l.phase, ""
	l.cancel(&Failure{Cause: l.expired, Class: ClassUncertain, Err: context.DeadlineExceeded})
}

func (l *limits) commit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.expired != "" {
		return
	}
	l.phase = ""
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.idle > 0 {
		l.arm(l.idle, CauseTimeoutIdle)
	}
}

// progress only moves the end; fire sees that and sets the timer again.
func (l *limits) progress() {
	l.mu.Lock()
	if l.phase == CauseTimeoutIdle {
		l.due, l.held = time.Now().Add(l.idle), false
	}
	l.mu.Unlock()
}

func (l *limits) hold() {
	l.mu.Lock()
	l.held = l.phase == CauseTimeoutIdle
	l.mu.Unlock()
}

func (l *limits) end() {
	l.mu.Lock()
	l.ended = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.cancel(nil)
}

// expiredPhase is the limit that ended the attempt, "" if none did. It is
// asked after end.
func (a *Attempt) expiredPhase() Cause {
	if a.limits == nil {
		return ""
	}
	a.limits.mu.Lock()
	defer a.limits.mu.Unlock()
	return a.limits.expired
}
