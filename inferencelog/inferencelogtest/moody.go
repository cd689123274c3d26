package inferencelogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// mood is how a [moody] sink takes a write.
type mood string

const (
	well      mood = "well"
	failing   mood = "failing"             // fails at once
	everyKth  mood = "every k-th"          // fails every k-th time
	forgetful mood = "stores and fails"    // stores, and says that it did not
	waiting   mood = "waiting"             // waits until its context is over
	hanging   mood = "hanging"             // waits until its mood is another one, whatever its context says
	late      mood = "late"                // comes back long after its context is over, and has stored
	lateFault mood = "late and for naught" // likewise, and has not
	panicking mood = "panicking"
)

var moods = []mood{well, failing, everyKth, forgetful, waiting, hanging, late, lateFault, panicking}

// lateness is longer than the greatest WriteTimeout that is tried.
const lateness = 7 * time.Second

var errMoody = errors.New("inferencelogtest: the sink is moody")

// What a moody sink rejects in any mood: a row with poison in a body, and a stubborn one also without its bodies.
var (
	poison   = []byte("poison")
	stubborn = "stubborn"
)

// moody is a sink with moods over another one, which it knows to have worked when it says so.
type moody struct {
	inferencelog.LogSink

	mu        sync.Mutex
	mood      mood
	changed   chan struct{} // closed when the mood changes
	nth, k    int
	had       map[mood]bool                              // the moods that a write has met
	landed    map[uint64]map[string]*inferencelog.Record // by table, what the sink within has taken
	uncertain map[uint64]map[string]bool                 // by table, what it has taken while the logger was told otherwise, or too late
}

func newMoody(sink inferencelog.LogSink) *moody {
	return &moody{
		LogSink: sink, mood: well, changed: make(chan struct{}), k: 3,
		had:    make(map[mood]bool),
		landed: make(map[uint64]map[string]*inferencelog.Record), uncertain: make(map[uint64]map[string]bool),
	}
}

func (m *moody) become(next mood, k int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood, m.k = next, k
	close(m.changed)
	m.changed = make(chan struct{})
}

// Write takes a batch as the mood is.
func (m *moody) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	m.mu.Lock()
	is, changed := m.mood, m.changed
	m.nth++
	if is == everyKth && m.nth%m.k != 0 {
		is = well
	}
	m.had[is] = true
	m.mu.Unlock()
	for _, r := range batch {
		if r.RequestID == stubborn || len(r.Request) < inferencelog.MaxPayload && bytes.Contains(r.Request, poison) {
			return fmt.Errorf("%w: row %s is poison", inferencelog.ErrRejected, r.ID)
		}
	}
	switch is {
	case failing, everyKth:
		return errMoody
	case panicking:
		panic("moody")
	case waiting:
		<-ctx.Done()
		return ctx.Err()
	case hanging:
		<-changed
		return m.store(context.WithoutCancel(ctx), id, batch, ctx.Err() != nil)
	case late:
		time.Sleep(lateness)
		return m.store(context.WithoutCancel(ctx), id, batch, true)
	case lateFault:
		time.Sleep(lateness)
		return errMoody
	case forgetful:
		if err := m.store(ctx, id, batch, true); err != nil {
			return err
		}
		return errMoody
	}
	return m.store(ctx, id, batch, false)
}

// store writes to the sink within and notes what it has taken.
func (m *moody) store(ctx context.Context, id uint64, batch []*inferencelog.Record, uncertain bool) error {
	if err := m.LogSink.Write(ctx, id, batch); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.landed[id] == nil {
		m.landed[id], m.uncertain[id] = make(map[string]*inferencelog.Record), make(map[string]bool)
	}
	for _, r := range batch {
		if _, there := m.landed[id][r.ID]; !there {
			m.landed[id][r.ID] = r
		}
		if uncertain {
			m.uncertain[id][r.ID] = true
		}
	}
	return nil
}

// met reports whether a write has met one of the moods.
func (m *moody) met(some ...mood) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range some {
		if m.had[one] {
			return true
		}
	}
	return false
}

// has reports whether the sink within has taken a row.
func (m *moody) has(table uint64, id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.landed[table][id] != nil
}

// count is how many rows of a table the sink within has taken.
func (m *moody) count(table uint64) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.landed[table])
}
