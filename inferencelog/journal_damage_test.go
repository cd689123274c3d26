package inferencelog_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// spoil damages the last row of every file of a journal.
func (a *archive) spoil() {
	a.Helper()
	for _, name := range a.segments() {
		text, err := os.ReadFile(name)
		if err != nil {
			a.Fatal(err)
		}
		text[len(text)-1] ^= 0xff
		if err := os.WriteFile(name, text, 0o600); err != nil {
			a.Fatal(err)
		}
	}
}

func (a *archive) segments() []string {
	a.Helper()
	names, err := filepath.Glob(filepath.Join(a.dir, "*.segment"))
	if err != nil || len(names) == 0 {
		a.Fatalf("%d files, %v", len(names), err)
	}
	return names
}

// settled fails when something is pending, of the logger or of its table, although nothing is left of it.
func (a *archive) settled(stored, lost int64) {
	a.Helper()
	if s := a.balance(); s.Stored != stored || s.Lost != lost || s.Pending != 0 {
		a.Errorf("%+v, want stored %d, lost %d", s, stored, lost)
	}
	if s, ok := a.log.TableStats(1); !ok || s.Pending != 0 || s.Accepted != s.Stored+s.Lost {
		a.Errorf("the table's books are %+v", s)
	}
	if h := a.log.Health(); h.Journal.Rows != 0 || h.Oldest != 0 {
		a.Errorf("%+v", h)
	}
}

// A row that was read once and is damaged when it is read again is lost and counted, and nobody waits for it.
func TestDamageAfterReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 1)
		synctest.Wait() // it was read, and tried
		a.spoil()
		a.away.Store(false)
		a.flush()
		a.settled(0, 1)
		a.append(1, 3)
		a.flush()
		a.settled(2, 1)
	})
}

// A row that is damaged before it is read, while a Flush waits for it, is lost and counted, and the Flush returns.
func TestDamageWhileFlushWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		gate := make(chan struct{})
		a.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			<-gate
			return nil
		}
		a.append(0, 1)
		synctest.Wait() // it is being written
		a.append(1, 2)
		a.spoil()
		flushed := make(chan error, 1)
		go func() { flushed <- a.log.Flush(t.Context()) }()
		synctest.Wait()
		close(gate)
		synctest.Wait()
		select {
		case err := <-flushed:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("Flush waits for a row that is gone: %+v", a.log.Health())
		}
		a.settled(1, 1)
	})
}

// A file of the journal that somebody takes away costs its own rows, counted, and no others; and the logger does not say
// that it is working while acknowledged rows stand still.
func TestSegmentTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.stop(time.Second)
		a.start(&inferencelog.JournalOptions{SegmentBytes: 4096})
		a.away.Store(true)
		const rows = 20
		for i := range rows {
			r := inferencelogtest.Plain(string(rune('a'+i)), i)
			r.Request = make([]byte, 2000)
			if err := a.log.Append(t.Context(), kept, r); err != nil {
				t.Fatal(err)
			}
		}
		names := a.segments()
		if len(names) < 3 {
			t.Fatal(names)
		}
		if err := os.Remove(names[0]); err != nil {
			t.Fatal(err)
		}
		a.away.Store(false)
		for range 10 {
			time.Sleep(time.Second)
			if h, s := a.log.Health(), a.log.Stats(); h.State == inferencelog.Working && s.Pending > 0 && h.Oldest > 6*time.Second {
				t.Fatalf("working, and %d rows stand still: %+v", s.Pending, h)
			}
		}
		s := a.balance()
		if s.Stored < rows-3 || s.Lost == 0 {
			t.Errorf("%+v", s)
		}
		a.settled(s.Stored, s.Lost)
		if h := a.log.Health(); h.State != inferencelog.Working {
			t.Errorf("%+v", h)
		}
	})
}

// When the folder of the journal is taken away its rows are lost and counted, what comes then is stored as a fast row, and
// the state says so.
func TestJournalTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 5)
		if err := os.RemoveAll(a.dir); err != nil {
			t.Fatal(err)
		}
		a.away.Store(false)
		a.log.LogTo(kept, inferencelogtest.Plain("later", 5))
		time.Sleep(10 * time.Second)
		if s := a.balance(); s.Stored != 1 || s.LostBy.Failed != 5 || s.Pending != 0 {
			t.Errorf("%+v", s)
		}
		if h := a.log.Health(); h.State != inferencelog.JournalAway || h.Err == "" {
			t.Errorf("%+v", h)
		}
		begun := time.Now()
		if lost, err := a.log.Close(t.Context()); lost != 5 || err == nil || time.Since(begun) > time.Second {
			t.Errorf("Close: %d, %v, after %v", lost, err, time.Since(begun))
		}
		a.dir = t.TempDir()
		a.start(nil) // for the end of the test
	})
}

// What is damaged is never handed to the sink.
func TestDamageIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 4)
		a.stop(50 * time.Millisecond)
		a.spoil()
		a.hook.OnWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
			for _, r := range batch {
				if want := inferencelogtest.Plain(r.ID, 0); !r.LostRows.Valid && !bytes.Equal(r.Response, want.Response) {
					t.Errorf("%s has the response %q", r.ID, r.Response)
				}
			}
			return nil
		}
		a.start(nil)
		a.flush()
		if s := a.balance(); s.Stored != 3 || s.Pending != 0 {
			t.Errorf("%+v", s)
		}
		if h := a.log.Health(); h.Journal.Damaged == 0 {
			t.Errorf("%+v", h)
		}
	})
}
