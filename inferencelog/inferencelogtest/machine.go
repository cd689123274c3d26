package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// TestLogger tries a logger over fresh sinks that open returns, with histories that rapid makes up: rows of odd kinds
// with every durability, tables that come and go, a sink that fails, rejects, hangs, panics, comes back late or forgets
// that it has stored, a journal that is full or whose folder goes away, Flush, Close and the end of the process at any
// moment. Time is that of a testing/synctest bubble. After every step
//
//   - accepted = stored + pending + lost, in total and by table, and no figure but pending has shrunk;
//   - what Log refused is what the books say it refused, and nobody waited for the sink.
//
// At the end every row is in the sink at most once and whole, those counted stored are there, each loss has a cause that
// occurred, and a row that Append has acknowledged is in the sink or in the journal, from which the next process
// stores it.
//
// The sinks are kept in memory or in files: open is called within the bubble, and the sink is closed there. What a sink
// that cannot be read has stored is what it says it has.
func TestLogger(t *testing.T, open func(t *testing.T) inferencelog.LogSink) {
	t.Helper()
	folders := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := filepath.Join(folders, fmt.Sprint(n))
		rapid.SyncTest(rt, func(rt *rapid.T) {
			m := newMachine(rt, open(t), dir)
			defer m.end()
			rt.Repeat(map[string]func(*rapid.T){
				"":        m.check,
				"log":     m.logRows,
				"log ":    m.logRows, // half of all steps
				"log  ":   m.logRows,
				"append":  m.appendRow,
				"nothing": m.logNothing,
				"mood":    m.changeMood,
				"well":    m.recover,
				"time":    m.letTimePass,
				"create":  m.createTable,
				"drop":    m.dropTable,
				"flush":   m.flush,
				"health":  m.health,
				"crash":   m.crash,
				"journal": m.loseJournal,
				"close":   m.closeEarly,
			})
			m.finish(rt)
		})
		_ = os.RemoveAll(dir)
	})
}

// machine is one history, and what is known of it.
type machine struct {
	ctx   context.Context
	sink  *moody
	log   *inferencelog.Logger
	dir   string // of the journal
	began time.Time

	journaled bool // there is a journal
	away      bool // its folder was removed
	full      bool // it may have been full
	closed    bool
	cut       bool // Close ran out of time
	atClose   inferencelog.Stats

	tables map[uint64]inferencelog.Layout // that are there
	gone   map[uint64]bool                // that were
	nextID uint64

	rows             map[string]*offer
	offered, nothing int64 // rows, and calls of Log with none
	barred, refused  int64 // rows that were not taken because too many waited, and because the logger was closed
	last             inferencelog.Stats
	lastOf           map[uint64]inferencelog.Stats
	acks             []*ackOf
}

// offer is a row that was offered.
type offer struct {
	to    inferencelog.Target
	row   *inferencelog.Record // a copy of what was offered
	taken bool
	acked bool // Append said so
}

// ackOf is an Append under way.
type ackOf struct {
	id   string
	done bool
	err  error
}

const missingTable = 1 << 40

func newMachine(t *rapid.T, sink inferencelog.LogSink, dir string) *machine {
	m := &machine{
		ctx: context.Background(), sink: newMoody(sink), dir: dir, began: time.Now(),
		tables: make(map[uint64]inferencelog.Layout), gone: make(map[uint64]bool),
		rows: make(map[string]*offer), lastOf: make(map[uint64]inferencelog.Stats),
	}
	opts := &inferencelog.Options{
		MaxRows:   rapid.SampledFrom([]int64{0, 5, 40}).Draw(t, "max rows"),
		MaxBytes:  rapid.SampledFrom([]int64{0, 20_000}).Draw(t, "max bytes"),
		BatchRows: rapid.IntRange(1, 8).Draw(t, "batch rows"),
		RetryFor:  rapid.SampledFrom([]time.Duration{1, time.Second, 0}).Draw(t, "retry for"),
	}
	if m.journaled = rapid.IntRange(0, 3).Draw(t, "journal") > 0; m.journaled {
		opts.Journal = m.openJournal(t, dir, rapid.SampledFrom([]int64{0, 3000, 30_000}).Draw(t, "max journal bytes"))
	}
	m.log = inferencelog.New(m.sink, opts)
	m.create(t, inferencelog.Payload)
	m.create(t, inferencelog.Usage)
	return m
}

func (m *machine) openJournal(t *rapid.T, dir string, maxBytes int64) *inferencelog.Journal {
	m.full = m.full || maxBytes > 0
	journal, err := inferencelog.OpenJournal(dir, &inferencelog.JournalOptions{SegmentBytes: 2000, MaxBytes: maxBytes})
	if err != nil {
		t.Fatal(err)
	}
	return journal
}

// draw chooses where a row goes and how it looks.
func (m *machine) draw(t *rapid.T) *offer {
	var payload, usage []uint64
	for id := uint64(1); id <= m.nextID; id++ {
		switch l, live := m.tables[id]; {
		case !live:
		case l == inferencelog.Usage:
			usage = append(usage, id)
		default:
			payload = append(payload, id)
		}
	}
	if m.nextID > 0 {
		payload = append(payload, missingTable+m.nextID%2)
	}
	o := &offer{}
	o.to.Durability = rapid.SampledFrom([]inferencelog.Durability{"", inferencelog.Fast, inferencelog.Journaled, inferencelog.Journaled}).Draw(t, "durability")
	if len(usage) > 0 && rapid.Bool().Draw(t, "usage") {
		o.to.Usage = rapid.SampledFrom(usage).Draw(t, "usage table")
	}
	if o.to.Usage == 0 || rapid.Bool().Draw(t, "payload") {
		o.to.Table = rapid.SampledFrom(payload).Draw(t, "table")
	}
	r := Plain(fmt.Sprint("row ", len(m.rows)), len(m.rows))
	switch rapid.SampledFrom([]string{"plain", "plain", "plain", "invalid", "no time", "heavy", "too long", "poison", "stubborn", "empty"}).Draw(t, "kind") {
	case "invalid":
		r.Request, r.Requester = []byte("a\xff\xfeb\x00"), "\xc3"
	case "no time":
		r.EventTime = time.Time{}
	case "heavy":
		r.Response = make([]byte, 15_000)
	case "too long":
		r.Request = tooLong
	case "poison":
		r.Request = append([]byte("this is "), poison...)
	case "stubborn":
		r.RequestID = stubborn
	case "empty":
		*r = inferencelog.Record{ID: r.ID}
	}
	o.row = r
	m.rows[r.ID] = o
	m.offered += o.count()
	return o
}

// tooLong is never copied nor changed: a row with it counts as if it had no body.
var tooLong = make([]byte, inferencelog.MaxPayload+1)

func (o *offer) count() (n int64) {
	for _, table := range []uint64{o.to.Table, o.to.Usage} {
		if table != 0 {
			n++
		}
	}
	return n
}

// hand takes a copy for the logger, because a row that was handed over is the logger's.
func (o *offer) hand() *inferencelog.Record {
	r := *o.row
	return &r
}

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
	a := &ackOf{id: o.row.ID}
	m.acks = append(m.acks, a)
	before := m.log.Stats().LostBy
	ctx, cancel := context.WithTimeout(m.ctx, time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms"))*time.Millisecond)
	refused := before.Full + before.Closed
	go func() {
		defer cancel()
		a.err = m.log.Append(ctx, o.to, o.hand())
		a.done = true
	}()
	synctest.Wait()
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
		h.Journal.Rows < 0, h.Journal.Rows > m.log.Stats().Accepted, h.Journal.Damaged != 0:
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
