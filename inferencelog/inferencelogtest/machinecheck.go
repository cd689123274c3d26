package inferencelogtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// check looks at the books at this very moment, and once everything that can be done now is done.
func (m *machine) check(t *rapid.T) {
	for range 2 {
		s := m.log.Stats()
		balance(t, "in total", s, m.last)
		if want := m.offered + m.nothing; s.Accepted != want {
			t.Fatalf("%d rows were offered, the books say %+v", want, s)
		}
		m.last = s
		var sum int64
		for id := range m.tables {
			of, known := m.log.TableStats(id)
			if !known {
				continue
			}
			balance(t, fmt.Sprint("table ", id), of, m.lastOf[id])
			m.lastOf[id] = of
			sum += of.Accepted
		}
		if sum > s.Accepted {
			t.Fatalf("the tables have accepted %d rows, the logger %d", sum, s.Accepted)
		}
		for _, id := range []uint64{missingTable, missingTable + 1} {
			if of, known := m.log.TableStats(id); known {
				balance(t, "a table that is not there", of, inferencelog.Stats{})
				if of.Stored != 0 {
					t.Fatalf("stored in a table that is not there: %+v", of)
				}
			}
		}
		synctest.Wait()
	}
}

// balance checks that the books balance, and that no figure but Pending has shrunk since they were looked at last.
func balance(t *rapid.T, whose string, is, was inferencelog.Stats) {
	var causes int64
	now, before := reflect.ValueOf(is.LostBy), reflect.ValueOf(was.LostBy)
	shrunk := is.Accepted < was.Accepted || is.Stored < was.Stored || is.Lost < was.Lost || is.Gaps < was.Gaps
	for i := range now.NumField() {
		causes += now.Field(i).Int()
		shrunk = shrunk || now.Field(i).Int() < before.Field(i).Int()
	}
	if is.Accepted != is.Stored+is.Pending+is.Lost || is.Lost != causes || is.Pending < 0 || shrunk {
		t.Fatalf("the books, %s: %+v, before: %+v", whose, is, was)
	}
}

// noteAcks takes down which rows were acknowledged by now.
func (m *machine) noteAcks() {
	for _, a := range m.acks {
		if a.look(); a.done && a.err == nil {
			m.rows[a.id].acked = true
		}
	}
}

// crash is the end of the process at this moment, seen from the next one: a copy of the journal is stored in another
// sink. What was acknowledged is there or was in the sink already.
func (m *machine) crash(t *rapid.T) {
	if !m.journaled || m.away || m.closed {
		return
	}
	synctest.Wait()
	m.noteAcks()
	copied := m.dir + " copied"
	defer os.RemoveAll(copied)
	if err := os.CopyFS(copied, os.DirFS(m.dir)); err != nil {
		t.Fatal(err)
	}
	next := newMoody(inferencelog.NewMemory())
	for id, l := range m.tables {
		if err := next.Create(m.ctx, inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.", id), Layout: l}); err != nil {
			t.Fatal(err)
		}
	}
	m.replay(t, next, copied)
	m.wantAcked(t, next)
}

// replay stores what a journal holds and returns the books of that.
func (m *machine) replay(t *rapid.T, sink *moody, dir string) inferencelog.Stats {
	log := inferencelog.New(sink, &inferencelog.Options{Journal: m.openJournal(t, dir, 0)})
	defer log.Close(m.ctx)
	ctx, cancel := context.WithTimeout(m.ctx, time.Minute)
	defer cancel()
	if err := log.Flush(ctx); err != nil {
		t.Fatalf("storing what the journal holds: %v, %+v, %+v", err, log.Stats(), log.Health())
	}
	if lost, err := log.Close(ctx); err != nil {
		t.Fatalf("closing after the replay: %d lost, %v", lost, err)
	}
	s := log.Stats()
	balance(t, "of the replay", s, inferencelog.Stats{})
	if s.Pending != 0 || s.LostBy.Full+s.LostBy.Failed+s.LostBy.Cut > 0 {
		t.Fatalf("after the replay: %+v", s)
	}
	return s
}

// wantAcked checks that the rows that were acknowledged are in the machine's sink or in another one, but for those whose
// table is gone, and those that no sink would take.
func (m *machine) wantAcked(t *rapid.T, also *moody) {
	for id, o := range m.rows {
		if !o.acked || o.row.RequestID == stubborn || m.away && o.to.Durability == inferencelog.Journaled {
			continue
		}
		for _, table := range []uint64{o.to.Table, o.to.Usage} {
			if _, live := m.tables[table]; !live {
				continue
			}
			if !m.sink.has(table, id) && !also.has(table, id) {
				t.Fatalf("%s was acknowledged for table %d with durability %q, and is neither in the sink nor in the journal: %+v",
					id, table, o.to.Durability, m.log.Stats())
			}
		}
	}
}

// finish lets the sink get well, settles everything, and compares the sink with the books.
func (m *machine) finish(t *rapid.T) {
	m.check(t)
	m.sink.become(well, 2)
	if !m.closed {
		ctx, cancel := context.WithTimeout(m.ctx, 10*time.Minute)
		defer cancel()
		if err := m.log.Flush(ctx); err != nil && !m.away {
			t.Fatalf("the last Flush: %v, %+v, %+v", err, m.log.Stats(), m.log.Health())
		}
	}
	m.close(t, time.Minute)
	synctest.Wait()
	m.check(t)
	m.noteAcks()
	for _, a := range m.acks {
		if !a.done {
			t.Fatalf("Append of %s did not return", a.id)
		}
	}
	s := m.log.Stats()
	m.explain(t, s)
	m.compare(t, s)
	if m.journaled && !m.away {
		left := m.replay(t, m.sink, m.dir)
		// A file of the journal that holds one row the sink has not taken holds others that it has.
		if left.Accepted < s.Pending || left.Accepted > 0 && m.atClose.Pending == 0 && s.LostBy.Cut == 0 {
			t.Fatalf("the journal had %d rows, and it was closed like this: %+v, now %+v", left.Accepted, m.atClose, s)
		}
	}
	m.wantAcked(t, m.sink)
	m.compareRows(t)
}

// explain checks that each loss has a cause that occurred.
func (m *machine) explain(t *rapid.T, s inferencelog.Stats) {
	var homeless, unfit int64
	for _, o := range m.rows {
		for _, table := range []uint64{o.to.Table, o.to.Usage} {
			if table == 0 {
				continue
			}
			_, live := m.tables[table]
			if !live && o.taken {
				homeless++
			}
			if o.row.RequestID == stubborn || !live && bytes.Contains(o.row.Request, poison) {
				unfit++
			}
		}
	}
	by := s.LostBy
	switch {
	case by.Full != m.barred, by.Closed != m.refused+m.nothing:
		t.Fatalf("%d refused as full and %d as closed: %+v", m.barred, m.refused+m.nothing, s)
	case by.NoTable > homeless:
		t.Fatalf("%d rows were for tables that are not there: %+v", homeless, s)
	case by.Rejected > unfit && !m.sink.met(panicking):
		t.Fatalf("%d rows cannot be stored: %+v", unfit, s)
	case by.Failed > 0 && !m.sink.met(moods[1:]...):
		t.Fatalf("the sink worked all the time: %+v", s)
	case by.Cut > 0 && !m.sink.met(moods[1:]...) && !m.cut:
		t.Fatalf("the sink worked all the time, and Close had time: %+v", s)
	}
}

// compare checks that what is counted stored is in the sink, and of the rest only what the logger could not know of.
func (m *machine) compare(t *rapid.T, s inferencelog.Stats) {
	m.sink.mu.Lock()
	defer m.sink.mu.Unlock()
	var rows, gaps, uncertain int64
	for id, landed := range m.sink.landed {
		var here, gapsHere int64
		for _, r := range landed {
			if r.LostRows.Valid {
				gapsHere++
			} else {
				here++
			}
		}
		doubt := int64(len(m.sink.uncertain[id]))
		if of, known := m.log.TableStats(id); known && m.tables[id] != "" && (of.Stored > here || of.Stored < here-doubt || of.Gaps > gapsHere) {
			t.Fatalf("table %d has %d rows and %d gap records, %d of them uncertain; the books say %+v", id, here, gapsHere, doubt, of)
		}
		rows, gaps, uncertain = rows+here, gaps+gapsHere, uncertain+doubt
	}
	if s.Stored > rows || s.Stored < rows-uncertain || s.Gaps > gaps {
		t.Fatalf("the sink has %d rows and %d gap records, %d of them uncertain; the books say %+v", rows, gaps, uncertain, s)
	}
}

// compareRows reads the tables: each row is there once, is one that was offered for this table, and is whole.
func (m *machine) compareRows(t *rapid.T) {
	for id, l := range m.tables {
		rows, err := Rows(m.ctx, m.sink.LogSink, id, inferencelog.Query{})
		if _, readable := m.sink.LogSink.(inferencelog.RowReader); !readable {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, r := range rows {
			if seen[r.ID] || !m.sink.has(id, r.ID) {
				t.Fatalf("table %d: row %q is there twice, or nobody wrote it", id, r.ID)
			}
			seen[r.ID] = true
			if r.LostRows.Valid {
				if !slices.Contains(r.LoggingErrorCodes, inferencelog.RowsLost) || r.LostRows.Int < 1 {
					t.Fatalf("table %d: gap record %+v", id, r)
				}
				continue
			}
			m.wantRow(t, id, l, r)
		}
		if written := m.sink.count(id); len(seen) != written {
			t.Fatalf("table %d has %d rows, %d were written", id, len(seen), written)
		}
	}
}

func (m *machine) wantRow(t *rapid.T, id uint64, l inferencelog.Layout, r *inferencelog.Record) {
	o := m.rows[r.ID]
	if o == nil || !o.taken || o.to.Table != id && o.to.Usage != id {
		t.Fatalf("table %d: row %q was not taken for it: %+v", id, r.ID, o)
	}
	has := func(code string) bool { return slices.Contains(r.LoggingErrorCodes, code) }
	request, response := string(o.row.Request), string(o.row.Response)
	switch {
	case has(inferencelog.PayloadsNotStorable):
		request, response = "", ""
	case has(inferencelog.MaxRequestSizeExceeded):
		request = ""
	case has(inferencelog.RequestInvalidUTF8):
		request = "a\ufffdb\x00"
	}
	if l == inferencelog.Usage {
		request, response = "", ""
	}
	if string(r.Request) != request || string(r.Response) != response || r.RequestID != o.row.RequestID || r.EventTime.IsZero() {
		t.Fatalf("table %d: row %q came back as\n%+v\nand was\n%+v", id, r.ID, r, o.row)
	}
}
