package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

func (m *machine) logRows(t *rapid.T) {
	for range rapid.IntRange(1, 6).Draw(t, "rows") {
		o := m.draw(t)
		before, at := m.log.Stats().LostBy, time.Now()
		o.taken = m.log.LogTo(o.to, o.hand())
		if waited := time.Since(at); waited != 0 {
			t.Fatalf("Log waited %v", waited)
		}
		m.account(t, o, before)
	}
}

// account checks that what was refused, and nothing else, is in the books as refused.
func (m *machine) account(t *rapid.T, o *offer, before inferencelog.Losses) {
	switch {
	case o.taken:
	case m.closed:
		m.refused += o.count()
	default:
		m.barred += o.count()
	}
	if after := m.log.Stats().LostBy; after.Full != m.barred || after.Closed != m.refused+m.nothing {
		t.Fatalf("row taken: %v; lost before %+v, after %+v", o.taken, before, after)
	}
}

func (m *machine) appendRow(t *rapid.T) {
	o := m.draw(t)
	a := &ackOf{id: o.row.ID, result: make(chan error, 1)}
	m.acks = append(m.acks, a)
	before := m.log.Stats().LostBy
	ctx, cancel := context.WithTimeout(m.ctx, time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms"))*time.Millisecond)
	refused := before.Full + before.Closed
	go func() {
		defer cancel()
		a.result <- m.log.Append(ctx, o.to, o.hand())
	}()
	synctest.Wait()
	a.look()
	after := m.log.Stats().LostBy
	o.taken = after.Full+after.Closed == refused
	if !o.taken && (!a.done || !errors.Is(a.err, inferencelog.ErrLost)) {
		t.Fatalf("Append of a row that was refused: %v, %v", a.done, a.err)
	}
	m.account(t, o, before)
}

func (m *machine) logNothing(t *rapid.T) {
	if m.log.Log(1, nil) || m.log.LogTo(inferencelog.Target{}, Plain("nowhere", 0)) {
		t.Fatal("no row, or no table, was taken")
	}
	m.nothing += 2
}

func (m *machine) changeMood(t *rapid.T) {
	m.sink.become(rapid.SampledFrom(moods).Draw(t, "mood"), rapid.IntRange(2, 5).Draw(t, "k"))
}

func (m *machine) recover(*rapid.T) { m.sink.become(well, 2) }

func (m *machine) letTimePass(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 15_000).Draw(t, "ms")) * time.Millisecond)
}

func (m *machine) createTable(t *rapid.T) {
	m.create(t, rapid.SampledFrom([]inferencelog.Layout{inferencelog.Payload, inferencelog.Usage}).Draw(t, "layout"))
}

// create makes a table. Names come again, ids never do.
func (m *machine) create(t *rapid.T, l inferencelog.Layout) {
	if len(m.tables) >= 4 {
		return
	}
	m.nextID++
	table := inferencelog.Table{ID: m.nextID, Name: fmt.Sprint("a.b.", m.nextID%5), Layout: l, CreatedAt: m.began}
	switch err := m.log.Create(m.ctx, table); {
	case err == nil:
		m.tables[table.ID] = l
	case !errors.Is(err, inferencelog.ErrTableExists):
		t.Fatal(err)
	}
}

func (m *machine) dropTable(t *rapid.T) {
	if m.nextID == 0 {
		return
	}
	id := rapid.Uint64Range(1, m.nextID).Draw(t, "table")
	ctx, cancel := context.WithTimeout(m.ctx, 10*time.Second)
	defer cancel()
	_, there := m.tables[id]
	switch err := m.log.Drop(ctx, id); {
	case err == nil && there, errors.Is(err, inferencelog.ErrNoTable) && !there:
		delete(m.tables, id)
		delete(m.lastOf, id)
		m.gone[id] = true
	case !errors.Is(err, context.DeadlineExceeded):
		t.Fatalf("drop of a table that is there %v: %v", there, err)
	}
}

// flush checks that a Flush with time enough and a sink that works settles everything.
func (m *machine) flush(t *rapid.T) {
	ctx, cancel := context.WithTimeout(m.ctx, time.Minute)
	defer cancel()
	m.sink.mu.Lock()
	fine := m.sink.mood == well && !m.away
	m.sink.mu.Unlock()
	before := m.log.Stats()
	err := m.log.Flush(ctx)
	after := m.log.Stats()
	switch {
	case err != nil && !errors.Is(err, context.DeadlineExceeded) && !m.closed:
		t.Fatal(err)
	case fine && !m.closed && err != nil:
		t.Fatalf("Flush with a sink that works: %v; %+v", err, after)
	case err == nil && !m.closed && (after.Pending != 0 || after.Accepted != before.Accepted):
		t.Fatalf("after Flush: %+v", after)
	}
}

func (m *machine) health(t *rapid.T) {
	h := m.log.Health()
	trouble := m.away || m.full || m.sink.met(moods[1:]...)
	switch {
	case m.closed != (h.State == inferencelog.Closed),
		!m.closed && !trouble && h.State != inferencelog.Working,
		h.State == inferencelog.Working && h.Err != "",
		h.Since.Before(m.began), h.Since.After(time.Now()), h.Oldest < 0,
		h.Journal.Rows < 0, h.Journal.Rows > m.log.Stats().Accepted, h.Journal.Damaged != 0 && !m.away:
		t.Fatalf("closed %v, trouble %v: %+v", m.closed, trouble, h)
	}
}

// loseJournal removes the journal's folder: what happens to rows that it alone has, nobody promises.
func (m *machine) loseJournal(t *rapid.T) {
	if m.journaled && !m.closed && rapid.IntRange(0, 9).Draw(t, "really") == 0 {
		m.away = true
		if err := os.RemoveAll(m.dir); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *machine) closeEarly(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") == 0 {
		m.close(t, time.Duration(rapid.IntRange(1, 12_000).Draw(t, "ms"))*time.Millisecond)
	}
}

// close closes the logger, perhaps again.
func (m *machine) close(t *rapid.T, within time.Duration) {
	ctx, cancel := context.WithTimeout(m.ctx, within)
	defer cancel()
	at, again := time.Now(), m.closed
	m.closed = true
	lost, err := m.log.Close(ctx)
	s := m.log.Stats()
	if !again {
		m.atClose = s
	}
	m.cut = m.cut || s.LostBy.Cut > 0
	if took := time.Since(at); took > within+time.Second {
		t.Fatalf("Close took %v, and had %v", took, within)
	}
	if lost != s.Lost || s.LostBy.Cut > 0 && err == nil || err != nil && s.LostBy.Cut == 0 && !m.away {
		t.Fatalf("closed with %d lost, %v: %+v", lost, err, s)
	}
	if s.Pending != 0 && !m.journaled {
		t.Fatalf("after Close: %+v", s)
	}
}

// end leaves no goroutine behind, whatever has become of the history.
func (m *machine) end() {
	m.sink.become(well, 2)
	over, cancel := context.WithCancel(m.ctx)
	cancel()
	_, _ = m.log.Close(over)
	synctest.Wait()
	_ = m.sink.Close()
}
