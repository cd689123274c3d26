package modelservice

import (
	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// Trace is told what happens to a call, for telemetry. All functions are
// optional, are called on the call's own goroutine, and should be quick. A
// panic in one of them ends the call with an internal error, not the process.
type Trace struct {
	Authorized func(*Call, authz.Decision)    // the service was found and the rights checked; once more after each wait during which the catalog changed
	Admitted   func(*Call, ratelimit.Verdict) // the limits were asked, and waited for; Shadow is what shadow limits say
	Planned    func(*Call, routing.Plan)      // before the first attempt
	Attempted  func(*Call, routing.Step)      // after the last attempt, once per attempt
	Finished   func(*Call, Result)            // after settlement; always called once
}

// Join returns a trace that tells both, t first. Either may be nil.
func (t *Trace) Join(other *Trace) *Trace {
	if t == nil {
		return other
	}
	if other == nil {
		return t
	}
	return &Trace{
		Authorized: join(t.Authorized, other.Authorized),
		Admitted:   join(t.Admitted, other.Admitted),
		Planned:    join(t.Planned, other.Planned),
		Attempted:  join(t.Attempted, other.Attempted),
		Finished:   join(t.Finished, other.Finished),
	}
}

func join[T any](a, b func(*Call, T)) func(*Call, T) {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return func(c *Call, v T) {
		a(c, v)
		b(c, v)
	}
}

func tell[T any](f func(*Call, T), c *Call, v T) {
	if f != nil {
		f(c, v)
	}
}
