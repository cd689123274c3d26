package routing

import (
	"context"
	"sync"
	"time"
)

// A moment is one reading of the two clocks: that of latencies and health,
// which Options.Now may replace, and that of the timers.
type moment struct {
	clock time.Duration // since Router.epoch
	real  time.Duration // since Router.started
}

func (r *Router) moment() moment {
	if r.now == nil {
		d := time.Since(r.epoch)
		return moment{d, d}
	}
	return moment{r.clock(), time.Since(r.started)}
}

// An ending is why the context of an attempt ended.
type ending uint8

const (
	endNot    ending = iota // it has not
	endOver                 // the attempt is over, or superseded
	endLimit                // its limit has passed
	endCaller               // the caller's context ended first
)

// limits is the context of one attempt and the limit that runs for it. It is
// part of the Attempt, and costs nothing more until somebody asks for Done:
// then there is a channel, a timer, and a place among the children of the
// caller's context. Until then the limit is a moment to compare with.
type limits struct {
	parent context.Context
	router *Router // nil: of an Attempt that no Router made
	state  state

	// Small things stand together: the limits are most of what a request
	// allocates. mu guards what follows.
	phase   phase  // whose limit runs
	strict  bool   // Commit does not come after the end of the context
	held    bool   // the idle limit stands still
	claimed bool   // health waits to hear of the attempt, see Attempt.settles
	ending  ending // of the context
	mu      sync.Mutex
	due     time.Duration // when the limit has passed, on the real clock
	watcher *watcher      // nil until somebody asks for Done
}

// A watcher is what a context costs that somebody waits for.
type watcher struct {
	context.Context // its end is Done
	cut             context.CancelFunc
	timer           *time.Timer // nil while there was no limit
}

// timed reports whether a timer looks after the limit. l.mu is held.
func (l *limits) timed() bool { return l.watcher != nil && l.watcher.timer != nil }

// start sets the limit of an attempt that begins at real. Nobody else knows l
// yet.
func (l *limits) start(ctx context.Context, r *Router, ph *phases, real time.Duration) {
	l.parent, l.router, l.strict = ctx, r, ph.stream
	if d, which := ph.first(real); d > 0 {
		l.phase, l.due = which, later(real, d)
	}
}

// lock lets one goroutine at a time change l, and lets it see that the attempt
// is over if it is.
func (l *limits) lock() {
	l.mu.Lock()
	if l.state.Or(touched)&finished != 0 && l.ending == endNot {
		l.ending = endOver
	}
}

func (l *limits) real() time.Duration { return time.Since(l.router.started) }

// Deadline implements context.Context. It is the caller's: a limit of the
// Router may yet move.
func (l *limits) Deadline() (time.Time, bool) { return l.parent.Deadline() }

// Value implements context.Context.
func (l *limits) Value(key any) any { return l.parent.Value(key) }

// Err implements context.Context: context.DeadlineExceeded if a limit passed,
// context.Canceled if the attempt is over or superseded, and what the caller's
// context says if that ended first.
func (l *limits) Err() error {
	l.lock()
	defer l.mu.Unlock()
	if l.ending == endNot {
		if l.parent.Err() != nil {
			l.end(endCaller)
		} else if !l.timed() && l.passed(l.real()) {
			l.end(endLimit)
		}
	}
	switch l.ending {
	case endNot:
		return nil
	case endOver:
		return context.Canceled
	case endLimit:
		return context.DeadlineExceeded
	default:
		return l.parent.Err()
	}
}

// Done implements context.Context.
func (l *limits) Done() <-chan struct{} {
	l.lock()
	defer l.mu.Unlock()
	return l.watch().Done()
}

// AfterFunc has the form that package context looks for, so that a context made
// from this one needs no goroutine to learn of its end.
func (l *limits) AfterFunc(f func()) (stop func() bool) {
	l.lock()
	defer l.mu.Unlock()
	return context.AfterFunc(l.watch(), f)
}

// watch returns the context whose end is Done. It is the caller's child, and
// nobody sees it: Err and Value are not its own. l.mu is held.
func (l *limits) watch() context.Context {
	if l.watcher == nil {
		l.watcher = new(watcher)
		l.watcher.Context, l.watcher.cut = context.WithCancel(l.parent)
		if l.ending != endNot {
			l.watcher.cut()
		} else if l.phase != phaseNone {
			l.arm(l.due - l.real())
		}
	}
	return l.watcher
}

// arm sets the timer. l.mu is held.
func (l *limits) arm(d time.Duration) {
	if l.watcher.timer == nil {
		l.watcher.timer = time.AfterFunc(d, l.ring)
	} else {
		l.watcher.timer.Reset(d)
	}
}

// ring runs when the timer does. The phase may have changed, or its end may
// have moved, since the timer was set.
func (l *limits) ring() {
	l.lock()
	defer l.mu.Unlock()
	if l.ending != endNot || l.phase == phaseNone {
		return
	}
	switch now := l.real(); {
	case l.passed(now):
		l.end(endLimit)
	case l.held:
		l.watcher.timer.Reset(l.router.timeouts.Idle) // to look again; progress moves the end
	default:
		l.watcher.timer.Reset(l.due - now)
	}
}

// passed reports whether the limit has passed at real. l.mu is held.
func (l *limits) passed(real time.Duration) bool {
	return l.phase != phaseNone && !l.held && l.due <= real
}

// end ends the context, if it goes on yet. l.mu is held.
func (l *limits) end(why ending) {
	if l.ending != endNot {
		return
	}
	l.ending = why
	if l.watcher != nil {
		l.watcher.cut()
	}
	if l.timed() {
		l.watcher.timer.Stop()
	}
}

// commit makes the attempt the committed one, ends the limits before content and
// begins the idle limit. It returns false, and does nothing, if the attempt is
// committed or over, or a strict limit has passed.
func (l *limits) commit() bool {
	l.lock()
	defer l.mu.Unlock()
	if l.state.Load()&(committed|finished) != 0 {
		return false
	}
	if l.router == nil {
		l.state.Or(committed)
		return true
	}
	real := l.real()
	if l.strict && l.passed(real) {
		l.end(endLimit)
	}
	if l.strict && l.ending == endLimit {
		l.state.Or(late)
		return false
	}
	l.state.Or(committed)
	if l.ending != endNot {
		return true
	}
	d := l.router.timeouts.Idle
	if d == 0 {
		l.phase = phaseNone // a timer that is set finds nothing to do
		return true
	}
	due := later(real, d)
	sooner := !l.timed() || due < l.due
	l.phase, l.due = phaseIdle, due
	if l.watcher != nil && sooner {
		l.arm(d)
	}
	return true
}

// late reports whether Commit came too late, for an attempt that is over.
func (l *limits) late() bool { return l.state.Load()&late != 0 }

// progress only moves the end; ring sees that and sets the timer again.
func (l *limits) progress() {
	l.lock()
	if l.phase == phaseIdle && l.ending == endNot {
		l.due, l.held = later(l.real(), l.router.timeouts.Idle), false
	}
	l.mu.Unlock()
}

func (l *limits) hold() {
	l.lock()
	if l.phase == phaseIdle && l.ending == endNot {
		l.held = true
	}
	l.mu.Unlock()
}

// stop ends the context for another reason than a limit, unless a limit has
// passed as well.
func (l *limits) stop() {
	l.lock()
	defer l.mu.Unlock()
	if l.passed(l.real()) {
		l.end(endLimit)
	}
	l.end(endOver)
}

// finish ends the context when Try has returned, at real, and returns the limit
// that had passed by then, "" if none. Commit says no from here on.
func (l *limits) finish(real time.Duration) Cause {
	if l.state.CompareAndSwap(0, finished) {
		// Nobody looked, and whoever does now changes nothing.
		if l.passed(real) {
			return l.phase.cause()
		}
		return ""
	}
	l.lock()
	defer l.mu.Unlock()
	l.state.Or(finished)
	if l.passed(real) {
		l.end(endLimit)
	}
	l.end(endOver)
	if l.ending == endLimit {
		return l.phase.cause()
	}
	return ""
}
