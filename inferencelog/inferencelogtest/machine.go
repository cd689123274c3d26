package inferencelogtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
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
				"append ": m.appendRow,
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

// ackOf is an Append under way, or what came of it.
type ackOf struct {
	id     string
	result chan error // takes the one it returns
	done   bool       // it has been taken out, and is err
	err    error
}

// look takes the result if there is one.
func (a *ackOf) look() {
	select {
	case a.err = <-a.result:
		a.done = true
	default:
	}
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
		opts.Journal = m.openJournal(t, dir, rapid.SampledFrom([]int64{0, 0, 3000, 3000, 30_000}).Draw(t, "max journal bytes"))
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
	switch rapid.SampledFrom([]string{"plain", "plain", "plain", "invalid", "no time", "heavy", "heavy", "too long", "poison", "stubborn", "empty"}).Draw(t, "kind") {
	case "invalid":
		r.Request, r.Requester = []byte("a\xff\xfeb\x00"), "\xc3"
	case "no time":
		r.EventTime = time.Time{}
	case "heavy":
		r.Response = make([]byte, 15_000)
	case "too long":
		r.Request, r.RequestSHA256 = tooLong, "known"
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

// tooLong is shared, and its hash is given, because making it takes longer than the rest of a history.
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
