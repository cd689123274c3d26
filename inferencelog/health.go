package inferencelog

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"go.uber.org/zap"
)

// State says how the logger stands.
type State string

// The states, from good to bad. The worst of what applies is shown.
const (
	// Working: what is handed over is stored.
	Working State = "working"

	// JournalAway: the journal cannot be written, or read back, or is full; rows meant for it are as with Fast.
	JournalAway State = "journal_away"

	// SinkFailing: the sink does not take rows; they wait, and new ones are refused when too many do.
	SinkFailing State = "sink_failing"

	// Closed: the logger is closed.
	Closed State = "closed"
)

// Health is a logger's state at one instant.
type Health struct {
	State State
	Since time.Time // when it became so
	Err   string    // the last failure, empty when it is working

	// Oldest is how long the oldest row that is not stored yet has been waiting, of those of this process, or a little
	// longer: it counts from the arrival of its request, or from when it was read back from the journal. 0 when none is.
	Oldest time.Duration

	Journal JournalHealth
}

// JournalHealth is what the journal holds.
type JournalHealth struct {
	Rows     int64 // rows that the sink has not taken yet
	Bytes    int64 // on disk
	Segments int   // files
	Damaged  int64 // bytes that could not be read when the journal was opened
}

// standing is what Health is made of. It is guarded by the logger's mutex.
type standing struct {
	state   State // as it was told last; "" is Working
	since   time.Time
	sink    string // why the last write to the sink failed; empty: it did not
	journal string // likewise, of the journal
	reading string // likewise, of reading the journal back

	writing, appending int64 // since when the sink and the journal are being written; 0: they are not
}

// Health returns how the logger stands.
func (l *Logger) Health() Health {
	var journal JournalHealth
	if l.journal != nil {
		journal = l.journal.health()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.health(journal)
}

// health is Health with what the journal says, which is not asked under mu. The caller holds mu.
func (l *Logger) health(journal JournalHealth) Health {
	h := Health{State: l.standing.state, Since: l.standing.since, Journal: journal, Err: l.standing.sink}
	if h.State == "" {
		h.State = Working
	}
	h.Err = cmp.Or(h.Err, l.standing.journal, l.standing.reading)
	for _, slow := range [...]struct {
		since int64
		state State
		err   string
	}{{l.standing.appending, JournalAway, "the journal does not come back"}, {l.standing.writing, SinkFailing, "the sink does not come back"}} {
		if slow.since == 0 || h.State == Closed {
			continue
		}
		if since := time.Unix(0, slow.since).Add(l.writeTimeout); l.now().After(since) {
			h.State, h.Err = slow.state, slow.err
			if l.standing.state != slow.state {
				h.Since = since
			}
		}
	}
	oldest := l.queue.oldest()
	if l.inHand != nil && len(l.inHand.entries) > 0 {
		oldest = earlier(oldest, l.inHand.entries[0].at)
	}
	if l.journal != nil {
		oldest = earlier(oldest, l.journal.oldest())
	}
	if oldest != 0 {
		h.Oldest = max(0, l.now().Sub(time.Unix(0, oldest)))
	}
	return h
}

// earlier is the lesser of two times that are not 0.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// longestReason bounds what is kept of an error's text.
const longestReason = 256

// begins and ends note since when something is being written: which is standing.writing or standing.appending.
func (l *Logger) begins(which *int64) {
	l.mu.Lock()
	*which = l.now().UnixNano()
	l.mu.Unlock()
}

func (l *Logger) ends(which *int64) {
	l.mu.Lock()
	*which = 0
	l.mu.Unlock()
}

// stands notes how the sink or the journal answered: which is standing.sink or standing.journal.
func (l *Logger) stands(which *string, err error) {
	l.mu.Lock()
	if err == nil && *which == "" {
		l.mu.Unlock()
		return
	}
	if *which = ""; err != nil && fault(err) {
		*which = reason(err)
	}
	state := Working
	if l.standing.journal != "" || l.standing.reading != "" {
		state = JournalAway
	}
	if l.standing.sink != "" {
		state = SinkFailing
	}
	shown := l.change(state)
	l.mu.Unlock()
	shown()
}

// reason is the text of an error, without what a sink may have added that is longer than a reason.
func reason(err error) string {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), longestReason)], "")
}

// fault reports whether an error is the fault of who returned it: not that of the rows, and not a table that is gone.
func fault(err error) bool { return !errors.Is(err, ErrNoTable) && !errors.Is(err, ErrRejected) }

// change notes another state and returns what is to be called, without mu, to tell of it. The caller holds mu.
func (l *Logger) change(to State) func() {
	was := l.health(JournalHealth{})
	if was.State == to || was.State == Closed {
		return func() {}
	}
	l.standing.state, l.standing.since = to, l.now()
	is := l.health(JournalHealth{})
	return func() {
		if is.State != Closed {
			l.zap.Info("inference log", zap.String("state", string(is.State)), zap.String("was", string(was.State)), zap.String("error", is.Err))
		}
		l.tell(func(t *Trace) {
			if t.Changed != nil {
				t.Changed(was, is)
			}
		})
	}
}
