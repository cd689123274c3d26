package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// logJournalRow: how long it takes until a row of 4 KB is acknowledged by the
// journal, when 64 goroutines append rows and each waits for its own. It is time
// on the wall, for what there is to wait for is the disk. Beside it: as many rows
// in a file, each group of 64 with one write and one fsync. Ours also looks at
// each row, hashes its bodies, reads it back and gives it to a sink. Reported
// too: rows that nobody waits for, from the first hand-over until the last one is
// acknowledged.
func logJournalRow() row {
	return row{name: "log-journal", allocs: -1, weigh: weighLogJournal}
}

const appenders = 64

func weighLogJournal(tb testing.TB, scale scale) figure {
	j := openJournaled(tb, scale.of(64*appenders)/appenders*appenders)
	floor := openFloor(tb, j.records)
	turns := 1
	if scale == full {
		turns = rounds
	}
	var appended, handed, written, ratio []float64
	for range turns {
		for _, turn := range []struct {
			run  func() error
			took *[]float64
		}{{floor, &written}, {j.appendAll, &appended}, {j.handOverAll, &handed}} {
			began := time.Now()
			if err := turn.run(); err != nil {
				tb.Fatal(err)
			}
			*turn.took = append(*turn.took, float64(time.Since(began))/float64(len(j.records)))
			if err := flush(j.log); err != nil {
				tb.Fatal(err)
			}
		}
		last := len(appended) - 1
		ratio = append(ratio, appended[last]/written[last])
	}
	if s := j.log.Stats(); s.Lost != 0 || s.Stored != int64(2*turns*len(j.records)) {
		tb.Errorf("the books say %+v", s)
	}
	groups := float64(2*turns*len(j.records)) / float64(j.groups)
	speed := func(took []float64) float64 { return 1e9 / median(took) }
	return figure{value: median(ratio), says: fmt.Sprintf(
		"%.0f rows a second acknowledged to %d goroutines, %.0f that nobody waits for, %.0f rows in a group; written in groups of %d %.0f rows a second",
		speed(appended), appenders, speed(handed), groups, appenders, speed(written))}
}

// journaled is a logger with a journal, and the rows for it.
type journaled struct {
	log     *inferencelog.Logger
	records []*inferencelog.Record

	mu           sync.Mutex
	more         sync.Cond
	rows, groups int // that the journal has taken
}

func openJournaled(tb testing.TB, n int) *journaled {
	tb.Helper()
	journal, err := inferencelog.OpenJournal(tb.TempDir(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	j := &journaled{records: logRecords(tb, n, jsonBodies)}
	j.more.L = &j.mu
	j.log = inferencelog.New(nowhere{}, &inferencelog.Options{Journal: journal, Trace: &inferencelog.Trace{
		Journaled: func(rows, _ int, _ time.Duration) {
			j.mu.Lock()
			j.rows, j.groups = j.rows+rows, j.groups+1
			j.mu.Unlock()
			j.more.Broadcast()
		},
	}})
	tb.Cleanup(func() {
		if lost, err := j.log.Close(context.Background()); lost != 0 || err != nil {
			tb.Errorf("%d rows lost: %v", lost, err)
		}
	})
	return j
}

// fresh is a row that nobody has handed over before: like one that is there, and
// with its bodies.
func (j *journaled) fresh(i int) *inferencelog.Record {
	like := j.records[i]
	return &inferencelog.Record{
		RequestID: like.RequestID, RequestTags: like.RequestTags, EventTime: like.EventTime, StatusCode: like.StatusCode,
		LatencyMs: like.LatencyMs, TimeToFirstByteMs: like.TimeToFirstByteMs, Request: like.Request, Response: like.Response,
		DestinationType: like.DestinationType, DestinationName: like.DestinationName, DestinationModel: like.DestinationModel,
		Requester: like.Requester, RequesterID: like.RequesterID, URL: like.URL, APIType: like.APIType, Outcome: like.Outcome,
		Attempts: like.Attempts, InputTokens: like.InputTokens, OutputTokens: like.OutputTokens, TotalTokens: like.TotalTokens,
		UsageSource: like.UsageSource, Draw: like.Draw, Drawn: like.Drawn,
	}
}

// appendAll has goroutines append all rows.
func (j *journaled) appendAll() error {
	var group sync.WaitGroup
	var failed [appenders]error
	for worker := range appenders {
		group.Go(func() {
			for i := worker; i < len(j.records) && failed[worker] == nil; i += appenders {
				failed[worker] = j.log.Append(context.Background(), toJournal, j.fresh(i))
			}
		})
	}
	group.Wait()
	return errors.Join(failed[:]...)
}

// handOverAll hands all rows over and waits until the journal has them.
func (j *journaled) handOverAll() error {
	j.mu.Lock()
	target := j.rows + len(j.records)
	j.mu.Unlock()
	for i := range j.records {
		if !j.log.LogTo(toJournal, j.fresh(i)) {
			return errors.New("the logger refused a row")
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.rows < target {
		j.more.Wait()
	}
	return nil
}

// openFloor returns what writes as many rows as there are records, a group at
// once.
func openFloor(tb testing.TB, records []*inferencelog.Record) func() error {
	file, err := os.Create(filepath.Join(tb.TempDir(), "rows"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	var groups [][]byte
	for i := 0; i < len(records); i += appenders {
		var group []byte
		for _, r := range records[i : i+appenders] {
			group = r.AppendJSON(group, inferencelog.Payload)
		}
		groups = append(groups, group)
	}
	return func() error {
		for _, group := range groups {
			if _, err := file.Write(group); err != nil {
				return err
			}
			if err := file.Sync(); err != nil {
				return err
			}
		}
		return nil
	}
}
