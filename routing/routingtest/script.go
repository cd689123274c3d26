package routingtest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/modelward/modelward/routing"
)

// An Outcome is what one attempt meets. The zero Outcome answers at once. Of
// several endings named, the first in the order of the fields happens.
type Outcome struct {
	// Wait is the time before anything happens. It ends early, and the attempt
	// fails, when the attempt's context does.
	Wait time.Duration

	// Commit: content reaches the caller before the ending.
	Commit bool

	// Drip is how many more times bytes come, Every apart, before the ending.
	Drip  int
	Every time.Duration

	// Hang: nothing more comes until the attempt is cancelled.
	Hang bool

	// Panic: the attempt panics with this value. Default nil: it does not.
	Panic any

	// Stop: the attempt returns this error, which is no Failure. Default nil.
	Stop error

	// Refuse: the connection is refused, nothing was sent.
	Refuse bool

	// Reset: the connection breaks after the request was sent.
	Reset bool

	// Malformed: a 200 comes that is no answer.
	Malformed bool

	// Status is the provider's HTTP status. 2xx is an answer, anything else a
	// failure, with RetryAfter if that is set. Default 0: an answer, 200.
	Status     int
	RetryAfter time.Duration
}

var (
	errRefused   = errors.New("routingtest: connection refused")
	errReset     = errors.New("routingtest: connection reset")
	errMalformed = errors.New("routingtest: empty answer")
)

// A Call is one attempt as the script saw it.
type Call struct {
	Destination string
	Index       int
	Action      string
	At          time.Time // when it began
	Err         error     // what Try returned; nil is success, and a panic
}

// A Script plays outcomes per destination and records the calls. It is safe
// for concurrent use.
type Script struct {
	outcomes map[string][]Outcome

	mu    sync.Mutex
	used  map[string]int
	calls []Call
}

// NewScript returns a Script of outcomes by destination name. The last of a
// destination repeats; a destination without any answers. The map is not
// copied and must not change.
func NewScript(outcomes map[string][]Outcome) *Script {
	return &Script{outcomes: outcomes, used: make(map[string]int)}
}

// Try plays the next outcome of a's destination. It is a [routing.Try].
func (s *Script) Try(ctx context.Context, a *routing.Attempt) error {
	o, i := s.begin(a)
	err := o.play(ctx, a)
	s.mu.Lock()
	s.calls[i].Err = err
	s.mu.Unlock()
	return err
}

// Calls returns the calls so far, in the order they began.
func (s *Script) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Names returns the destinations of the calls so far, in order.
func (s *Script) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, len(s.calls))
	for i, c := range s.calls {
		names[i] = c.Destination
	}
	return names
}

func (s *Script) begin(a *routing.Attempt) (Outcome, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := a.Destination.Name
	n := s.used[name]
	s.used[name] = n + 1
	s.calls = append(s.calls, Call{Destination: name, Index: a.Index, Action: a.Action, At: time.Now()})
	var o Outcome
	if list := s.outcomes[name]; len(list) > 0 {
		o = list[min(n, len(list)-1)]
	}
	return o, len(s.calls) - 1
}

func (o Outcome) play(ctx context.Context, a *routing.Attempt) error {
	if err := wait(ctx, o.Wait); err != nil {
		return err
	}
	if o.Commit && !a.Commit() {
		return cut(ctx)
	}
	for range o.Drip {
		if err := wait(ctx, o.Every); err != nil {
			return err
		}
		a.Progress()
	}
	switch {
	case o.Hang:
		<-ctx.Done()
		return cut(ctx)
	case o.Panic != nil:
		panic(o.Panic)
	case o.Stop != nil:
		return o.Stop
	case o.Refuse:
		return &routing.Failure{Cause: routing.CauseRefused, Err: errRefused}
	case o.Reset:
		return &routing.Failure{Cause: routing.CauseReset, Err: errReset}
	case o.Malformed:
		return &routing.Failure{Cause: routing.CauseMalformed, Status: 200, Err: errMalformed}
	}
	a.Status = o.Status
	if a.Status == 0 {
		a.Status = 200
	}
	if cause := routing.CauseOfStatus(a.Status); cause != "" {
		return &routing.Failure{Cause: cause, Status: a.Status, RetryAfter: o.RetryAfter}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return cut(ctx)
	}
}

// cut is what a network client says whose context ended: it knows only that.
func cut(ctx context.Context) error {
	return &routing.Failure{Cause: routing.CauseReset, Err: ctx.Err()}
}
