package modelservice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/catalog"
	"go.uber.org/zap"
)

// stops are the ends of logging that the catalog does not know of yet, at most
// one for each service and table. A goroutine tells it, off the path of calls,
// and ends when it has nothing left to tell.
type stops struct {
	made    atomic.Uint64 // how many changes of unkept that calls must look at
	closing chan struct{} // closed by Close

	mu      sync.Mutex
	unkept  map[logged]stop
	telling chan struct{} // closed when the goroutine ends; nil: there is none
	closed  bool

	replacing int    // how many restores may have been committed and not yet ended
	since     uint64 // the version of the newest one: what was decided before it is over
}

// logged is the logging of a service to a table.
type logged struct{ service, table catalog.ID }

// stop says why logging has stopped, and after how many resumes.
type stop struct {
	resumes int
	reason  string
}

// How long the catalog may take to keep a stop, and the pauses before the next
// try, which double from the first to the last.
const (
	keepTimeout    = 10 * time.Second
	firstKeepPause = 100 * time.Millisecond
	lastKeepPause  = time.Minute
)

func newStops() *stops {
	return &stops{closing: make(chan struct{}), unkept: map[logged]stop{}}
}

// of returns the stop of a service's logging to a table that the catalog may not
// have yet.
func (q *stops) of(service, table catalog.ID) (stop, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	st, ok := q.unkept[logged{service, table}]
	return st, ok
}

// forget ends what is known of a stop, unless a later one has come.
func (q *stops) forget(l logged, st stop) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unkept[l] == st {
		delete(q.unkept, l)
	}
}

// replace is for a state that may be replaced from now on, until replaced: a stop
// may be one of the state before, and not of the one that the catalog has.
func (q *stops) replace() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.replacing++
}

// replaced ends what replace began, with the version at which the state was
// replaced, or 0. What was decided before that is no part of the one that has
// come, also where it becomes known only now.
func (q *stops) replaced(version uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.replacing--
	if version != 0 {
		q.since = max(q.since, version)
		clear(q.unkept)
		q.made.Add(1)
	}
}

// errReplacing is for a stop that is looked at again when it is known which state
// it is about.
var errReplacing = errors.New("modelservice: the metastore is being restored")

// inReplace reports whether it is not known which state a stop is about.
func (q *stops) inReplace() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.replacing > 0
}

// untold returns a copy of what the catalog is to be told. When that is nothing,
// the goroutine that asks is over, and so it is when it gives up.
func (q *stops) untold(giveUp bool) map[logged]stop {
	q.mu.Lock()
	defer q.mu.Unlock()
	if giveUp || len(q.unkept) == 0 {
		close(q.telling)
		q.telling = nil
		return nil
	}
	return maps.Clone(q.unkept)
}

// stop makes a stop known here at once, and to the catalog soon, unless the state
// that it was decided on was replaced. version is that of this state.
func (m *Metastore) stop(l logged, st stop, version uint64) {
	q := m.stops
	q.mu.Lock()
	defer q.mu.Unlock()
	if version < q.since {
		return
	}
	if was, ok := q.unkept[l]; ok && was.resumes >= st.resumes {
		return
	}
	q.unkept[l] = st
	q.made.Add(1)
	if q.telling == nil && !q.closed {
		q.telling = make(chan struct{})
		go m.tellStops()
	}
}

// tellStops has the catalog keep what has stopped. It tries again as long as that
// fails, which changes nothing for calls: their rows are withheld already.
func (m *Metastore) tellStops() {
	pause := firstKeepPause
	giveUp := false
	for {
		list := m.stops.untold(giveUp)
		if list == nil {
			return
		}
		var failed error
		for l, st := range list {
			if err := m.keepStop(l, st); err != nil {
				failed = err
				continue
			}
			m.stops.forget(l, st)
		}
		if failed == nil {
			continue
		}
		m.zap.Warn("that logging has stopped is not kept yet", zap.Error(failed))
		if errors.Is(failed, catalog.ErrClosed) {
			giveUp = true
			continue
		}
		select {
		case <-m.stops.closing: // that was the last try
			giveUp = true
			continue
		default:
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
			pause = min(2*pause, lastKeepPause)
		case <-m.stops.closing:
			wait.Stop()
		}
	}
}

// keepStop commits that a service's logging has stopped, unless it was resumed or
// the table taken away meanwhile. A panic of the store would end the process: nobody
// is above.
func (m *Metastore) keepStop(l logged, st stop) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("modelservice: the store panicked: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	name := ""
	_, err = m.catalog.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error {
		name = ""
		if m.stops.inReplace() {
			return errReplacing
		}
		is, known := m.stops.of(l.service, l.table)
		sec, _ := tx.Securable(l.service)
		b, ok := sec.Spec.(*bound)
		if !known || is != st || !ok || b.Table == nil || b.Table.ID != l.table || b.Table.Resumes != st.resumes || b.Table.Stopped != nil {
			return nil
		}
		name = tx.FullName(l.service).String()
		b.Table.Stopped = &stopped{Reason: st.reason, At: tx.At()}
		return tx.Change(l.service, catalog.Edit{Spec: b})
	})
	if err == nil && name != "" {
		m.zap.Warn("logging of a model service has stopped", zap.String("service", name), zap.String("reason", st.reason))
	}
	return err
}

// Close waits until the catalog has what was found out while calls were served:
// that the logging of services has stopped, see [Logging]. What could not be kept
// is tried once more, and the error says of how many services the catalog does
// not know it then; it is found out again after a restart, by the next call to
// each. Close ends with ctx's error when that is sooner. It comes before the
// catalog's; until then everything else goes on working.
func (m *Metastore) Close(ctx context.Context) error {
	q := m.stops
	q.mu.Lock()
	if !q.closed {
		close(q.closing)
	}
	q.closed = true
	telling := q.telling
	q.mu.Unlock()
	if telling != nil {
		select {
		case <-telling:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.unkept); n > 0 {
		return fmt.Errorf("modelservice: the catalog does not know that the logging of %d services has stopped", n)
	}
	return nil
}
