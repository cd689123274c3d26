package inferencelog_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// hungDisk is a disk whose fsync waits while it is told to.
type hungDisk struct {
	segments.OS
	gate atomic.Pointer[chan struct{}] // nil: it does not wait
}

type hungFile struct {
	segments.File
	disk *hungDisk
}

func (d *hungDisk) Create(name string) (segments.File, error) {
	f, err := d.OS.Create(name)
	if err != nil {
		return nil, err
	}
	return hungFile{f, d}, nil
}

func (f hungFile) Sync() error {
	if gate := f.disk.gate.Load(); gate != nil {
		<-*gate
	}
	return f.File.Sync()
}

// hang makes it wait until the function that is returned is called.
func (d *hungDisk) hang() (release func()) {
	gate := make(chan struct{})
	d.gate.Store(&gate)
	return func() {
		d.gate.Store(nil)
		close(gate)
	}
}

// onDisk makes the archive's logger anew, over a disk that may hang.
func (a *archive) onDisk(opts inferencelog.Options) *hungDisk {
	a.Helper()
	a.stop(time.Second)
	disk := &hungDisk{}
	journal, err := inferencelog.OpenJournalOn(a.dir, disk)
	if err != nil {
		a.Fatal(err)
	}
	opts.Journal = journal
	a.log = inferencelog.New(a.hook, &opts)
	return disk
}

// within closes the logger, and fails when that takes longer than it may.
func (a *archive) within(d time.Duration) (lost int64, err error) {
	a.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	begun := time.Now()
	lost, err = a.log.Close(ctx)
	if took := time.Since(begun); took > d+inferencelog.CloseGrace {
		a.Errorf("Close took %v, its context %v", took, d)
	}
	return lost, err
}

// An fsync that does not come back does not keep Close beyond its time. Who waits for the row is told once, that it is
// lost, and what comes back later changes no books.
func TestCloseWhileDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		release := a.onDisk(inferencelog.Options{}).hang()
		appended := make(chan error, 1)
		go func() { appended <- a.log.Append(t.Context(), kept, inferencelogtest.Plain("a", 0)) }()
		synctest.Wait()
		if lost, err := a.within(100 * time.Millisecond); lost != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %d, %v", lost, err)
		}
		if err := <-appended; !errors.Is(err, inferencelog.ErrLost) {
			t.Errorf("Append: %v", err)
		}
		closed := a.balance()
		release()
		synctest.Wait()
		if s := a.balance(); s != closed || s.LostBy.Cut != 1 || s.Pending != 0 {
			t.Errorf("%+v, and after the disk came back %+v", closed, s)
		}
		if _, err := a.within(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second Close: %v", err)
		}
		a.start(nil) // the journal was closed: it can be opened
	})
}

// The same for rows nobody waits for, in a disk and in a sink that hang at once.
func TestCloseWhileAllHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		releaseDisk := a.onDisk(inferencelog.Options{}).hang()
		sink := make(chan struct{})
		a.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			<-sink
			return errSink
		}
		a.log.LogTo(kept, inferencelogtest.Plain("kept", 0))
		a.log.Log(1, inferencelogtest.Plain("fast", 1))
		time.Sleep(time.Second)
		if lost, err := a.within(50 * time.Millisecond); lost != 2 || err == nil {
			t.Errorf("Close: %d, %v", lost, err)
		}
		closed := a.balance()
		releaseDisk()
		close(sink)
		synctest.Wait()
		if s := a.balance(); s != closed || s.LostBy.Cut != 2 || s.Pending != 0 {
			t.Errorf("%+v, and after they came back %+v", closed, s)
		}
		a.start(nil)
	})
}

// A Flush that waits for rows in the journal ends with the logger: they are the next process's.
func TestFlushEndsWithTheLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 1)
		flushed := make(chan error, 1)
		go func() { flushed <- a.log.Flush(context.Background()) }()
		synctest.Wait()
		if lost, err := a.within(50 * time.Millisecond); lost != 0 || err != nil {
			t.Errorf("Close: %d, %v", lost, err)
		}
		synctest.Wait()
		select {
		case err := <-flushed:
			if !errors.Is(err, inferencelog.ErrClosed) {
				t.Errorf("Flush: %v", err)
			}
		default:
			t.Fatal("Flush waits for a logger that is closed")
		}
		if err := a.log.Flush(t.Context()); !errors.Is(err, inferencelog.ErrClosed) {
			t.Errorf("Flush after Close: %v", err)
		}
	})
}

// Close may give rows up at the moment in which the journal's goroutine writes them: no frame becomes something else, and
// whoever reads the folder next finds whole rows.
func TestCloseWhileRowsAreKept(t *testing.T) {
	for range 8 {
		synctest.Test(t, func(t *testing.T) {
			a := newArchive(t)
			a.stop(time.Second)
			journal, err := inferencelog.OpenJournal(a.dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			var held atomic.Bool
			a.log = inferencelog.New(a.hook, &inferencelog.Options{Journal: journal, Now: func() time.Time {
				if held.CompareAndSwap(true, false) { // asked for the time of a row whose own is no time
					time.Sleep(inferencelog.CloseGrace)
				}
				return time.Now()
			}})
			held.Store(true)
			const rows = 40
			to := inferencelog.Target{Table: 1, Usage: 2, Durability: inferencelog.Journaled}
			for i := range rows {
				r := inferencelogtest.Plain(string(rune('A'+i)), i)
				r.EventTime = time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
				r.Request = make([]byte, 2000)
				a.log.LogTo(to, r)
			}
			synctest.Wait() // the rows are in hand
			if held.Load() {
				t.Fatal("nobody asks for the time")
			}
			now, cancel := context.WithCancel(t.Context())
			cancel()
			if lost, _ := a.log.Close(now); lost+a.balance().Pending != 2*rows {
				t.Errorf("Close: %d, %+v", lost, a.log.Stats())
			}
			time.Sleep(time.Second)
			a.balance()
			if err := a.memory.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.usage", Layout: inferencelog.Usage}); err != nil {
				t.Fatal(err)
			}
			a.start(nil)
			a.flush()
			if s := a.balance(); s.Stored != s.Accepted {
				t.Errorf("the next process has %+v", s)
			}
		})
	}
}
