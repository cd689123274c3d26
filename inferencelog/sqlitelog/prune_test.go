package sqlitelog_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// clock is one that is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// pruned adds up what was deleted.
type pruned struct {
	rows map[uint64]int64
	errs []error
}

func (p *pruned) note(table uint64, rows int64, err error) {
	if err != nil {
		p.errs = append(p.errs, err)
		return
	}
	p.rows[table] += rows
}

func createTwo(t testing.TB, sink *sqlitelog.Sink) {
	t.Helper()
	for id, l := range map[uint64]inferencelog.Layout{1: inferencelog.Payload, 2: inferencelog.Usage} {
		if err := sink.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.", id), Layout: l}); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t testing.TB, sink *sqlitelog.Sink, id uint64, batch ...*inferencelog.Record) {
	t.Helper()
	if err := sink.Write(t.Context(), id, batch); err != nil {
		t.Fatal(err)
	}
}

// Rows go when they are older than MaxAge, to the microsecond, with a write a minute later or with Prune.
func TestMaxAge(t *testing.T) {
	start := inferencelogtest.Plain("", 0).EventTime
	c := &clock{start.Add(100 * time.Second)}
	told := pruned{rows: map[uint64]int64{}}
	sink := openWith(t, filepath.Join(t.TempDir(), "log.db"), &sqlitelog.Options{MaxAge: 100 * time.Second, Now: c.now, OnPrune: told.note})
	createTwo(t, sink)
	for i := range 3 {
		write(t, sink, 1, inferencelogtest.Plain(fmt.Sprint(i), i))
		write(t, sink, 2, inferencelogtest.Plain(fmt.Sprint(i), i))
	}
	want := func(id uint64, left ...string) {
		t.Helper()
		if got := ids(t, sink, id, inferencelog.Query{Oldest: true}); !slices.Equal(got, left) {
			t.Fatalf("table %d: %q, want %q", id, got, left)
		}
	}
	want(1, "0", "1", "2") // the oldest is just old enough to stay
	c.at = c.at.Add(time.Microsecond)
	write(t, sink, 1, inferencelogtest.Plain("soon", 99))
	want(1, "0", "1", "2", "soon") // within the minute
	if n, err := sink.Prune(t.Context()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	want(1, "1", "2", "soon")
	want(2, "1", "2")
	c.at = c.at.Add(time.Minute)
	write(t, sink, 2, inferencelogtest.Plain("late", 99))
	want(1, "soon")
	want(2, "late")
	c.at = c.at.AddDate(100, 0, 0)
	if n, err := sink.Prune(t.Context()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	want(1)
	want(2)
	if told.rows[1] != 4 || told.rows[2] != 4 || told.errs != nil {
		t.Fatalf("told %+v", told)
	}
	if n, err := sink.Prune(t.Context()); n != 0 || err != nil {
		t.Fatal(n, err)
	}
}

// What has payloads goes before what tells who has used how much, however old that is, unless it is older than MaxAge.
func TestMaxBytesTakesPayloadsFirst(t *testing.T) {
	now := inferencelogtest.Plain("", 1000).EventTime
	told := pruned{rows: map[uint64]int64{}}
	path := filepath.Join(t.TempDir(), "log.db")
	sink := openWith(t, path, nil)
	createTwo(t, sink)
	var old, late []*inferencelog.Record
	for i := range 2000 {
		old = append(old, inferencelogtest.Plain(fmt.Sprint("row ", i), i/4))
		late = append(late, inferencelogtest.Plain(fmt.Sprint("row ", i), 600+i/4))
	}
	write(t, sink, 1, late...)
	write(t, sink, 2, old...)
	both, err := sink.Used()
	if err != nil {
		t.Fatal(err)
	}
	limited := func(o sqlitelog.Options) {
		t.Helper()
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		o.Now, o.OnPrune = func() time.Time { return now }, told.note
		sink = openWith(t, path, &o)
		if _, err := sink.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	left := func(id uint64) int { return len(ids(t, sink, id, inferencelog.Query{})) }
	limited(sqlitelog.Options{MaxBytes: both - both/8})
	if payload, usage := left(1), left(2); payload == 0 || payload == 2000 || usage != 2000 {
		t.Fatalf("%d rows with payloads and %d of usage are left", payload, usage)
	}
	limited(sqlitelog.Options{MaxBytes: both / 8})
	few := left(2)
	if payload := left(1); payload != 0 || few == 0 || few == 2000 {
		t.Fatalf("%d rows with payloads and %d of usage are left", payload, few)
	}
	if n := told.rows; n[1] != 2000 || n[2] != int64(2000-few) || told.errs != nil {
		t.Fatalf("told %+v", told)
	}
	write(t, sink, 1, late...) // from here on it is written to, and does its share by itself
	for range 20 {
		write(t, sink, 1)
	}
	if _, err := sink.Prune(t.Context()); err != nil || left(2) != few {
		t.Fatalf("%d rows of usage are left of %d, %v", left(2), few, err)
	}
	limited(sqlitelog.Options{MaxAge: 200 * time.Second}) // the last of old are from 499, of late from 1,099
	if left(2) != 0 {
		t.Fatalf("%d rows of usage are left that are too old", left(2))
	}
}

// The file stays within MaxBytes and what a pass waits for, however much is written, and its oldest rows are the ones that
// went. Freed pages are used again.
func TestMaxBytes(t *testing.T) {
	const limit = 2 << 20
	path := filepath.Join(t.TempDir(), "log.db")
	sink := openWith(t, path, &sqlitelog.Options{MaxBytes: limit})
	createTwo(t, sink)
	var last []*inferencelog.Record
	for n := 0; n < 5*benchRows; n += benchRows {
		last = benchBatch(n)
		for half := range slices.Chunk(last, benchRows/8) { // some 160 KB
			write(t, sink, 1, half...)
			write(t, sink, 2, half...)
			used, err := sink.Used()
			if err != nil {
				t.Fatal(err)
			}
			if used > limit+limit/64+300<<10 {
				t.Fatalf("after %d rows %d bytes are used", n, used)
			}
		}
	}
	for id := range uint64(2) {
		got := ids(t, sink, id+1, inferencelog.Query{})
		if len(got) < benchRows/2 || got[0] != last[benchRows-1].ID {
			t.Fatalf("table %d: %d rows, the newest %q", id+1, len(got), got[0])
		}
		for i, r := range slices.Backward(last) {
			if at := benchRows - 1 - i; at < len(got) && got[at] != r.ID {
				t.Fatalf("table %d: row %d from the newest is %q, want %q", id+1, at, got[at], r.ID)
			}
		}
	}
	var pages int64
	if err := raw(t, path).QueryRow("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if pages > 2*limit {
		t.Fatalf("the file has %d bytes of pages", pages)
	}
}

// Which rows are left depends neither on the order in which they were written nor on the table of their layout: those that went are not
// newer than any that stayed. And one goes on after a row that went.
func TestPruneOldestFirst(t *testing.T) {
	const limit = 120 << 10
	pruned := 0
	for seed := range uint64(25) {
		draw := rand.New(rand.NewPCG(seed, 0))
		path := filepath.Join(t.TempDir(), "log.db")
		sink := open(t, path)
		for id := range uint64(2) {
			if err := sink.Create(t.Context(), inferencelog.Table{ID: id + 1, Name: fmt.Sprint("a.b.", id+1)}); err != nil {
				t.Fatal(err)
			}
		}
		times := map[string]int{}
		batches := [2][]*inferencelog.Record{}
		for i := range 1 + draw.IntN(20) {
			seconds := draw.IntN(20)
			r := inferencelogtest.Plain(fmt.Sprint(i), seconds)
			r.Response = make([]byte, draw.IntN(20_000))
			times[r.ID] = seconds
			batches[i%2] = append(batches[i%2], r)
		}
		for i, batch := range batches {
			write(t, sink, uint64(i+1), batch...)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		sink = openWith(t, path, &sqlitelog.Options{MaxBytes: limit})
		n, err := sink.Prune(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			pruned++
		}
		youngestGone, oldestLeft, left := -1, 99, map[string]bool{}
		for i := range batches {
			for _, row := range ids(t, sink, uint64(i+1), inferencelog.Query{}) {
				left[row] = true
				oldestLeft = min(oldestLeft, times[row])
			}
		}
		for row, seconds := range times {
			if !left[row] {
				youngestGone = max(youngestGone, seconds)
			}
		}
		if youngestGone > oldestLeft {
			t.Fatalf("seed %d: a row of second %d went, one of second %d stayed", seed, youngestGone, oldestLeft)
		}
		if used, err := sink.Used(); err != nil || len(left) > 0 && used > limit {
			t.Fatalf("seed %d: %d bytes are used by %d rows, %v", seed, used, len(left), err)
		}
		gone := inferencelogtest.Plain("gone", oldestLeft-1).Position()
		after := 0
		for i := range batches {
			after += len(ids(t, sink, uint64(i+1), inferencelog.Query{After: &gone, Oldest: true}))
		}
		if after != len(left) {
			t.Fatalf("seed %d: %d rows come after one that went, %d are left", seed, after, len(left))
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if pruned < 5 || pruned == 25 {
		t.Fatalf("%d of 25 files were too large", pruned)
	}
}

// When deleting fails, the write has not: the trouble is told, and the next pass deletes.
func TestPruneFails(t *testing.T) {
	start := inferencelogtest.Plain("", 0).EventTime
	c := &clock{start}
	told := pruned{rows: map[uint64]int64{}}
	sink := openWith(t, filepath.Join(t.TempDir(), "log.db"), &sqlitelog.Options{MaxAge: time.Hour, Now: c.now, OnPrune: told.note})
	createTwo(t, sink)
	write(t, sink, 1, inferencelogtest.Plain("old", 0))
	if _, err := sink.Writer().Exec("CREATE TRIGGER keep BEFORE DELETE ON t_1 BEGIN SELECT RAISE(ABORT, 'kept'); END"); err != nil {
		t.Fatal(err)
	}
	c.at = start.Add(2 * time.Hour)
	write(t, sink, 1, inferencelogtest.Plain("new", 7200))
	if len(told.errs) != 1 || len(told.rows) != 0 {
		t.Fatalf("told %+v", told)
	}
	if _, err := sink.Prune(t.Context()); err == nil || errors.Is(err, inferencelog.ErrNoTable) {
		t.Fatalf("error %v", err)
	}
	if _, err := sink.Writer().Exec("DROP TRIGGER keep"); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(time.Minute)
	write(t, sink, 2, inferencelogtest.Plain("new", 7200))
	if got := ids(t, sink, 1, inferencelog.Query{}); !slices.Equal(got, []string{"new"}) || told.rows[1] != 1 {
		t.Fatalf("rows %q, told %+v", got, told)
	}
}

// A pass is spread over writes: none deletes more than a round or twice what it brought.
func TestPruneIsShared(t *testing.T) {
	start := inferencelogtest.Plain("", 0).EventTime
	c := &clock{start}
	var cuts []int64
	sink := openWith(t, filepath.Join(t.TempDir(), "log.db"), &sqlitelog.Options{
		MaxAge: time.Hour, Now: c.now,
		OnPrune: func(_ uint64, rows int64, err error) {
			cuts = append(cuts, rows)
			if err != nil {
				t.Error(err)
			}
		},
	})
	createTwo(t, sink)
	var batch []*inferencelog.Record
	for i := range 1800 {
		batch = append(batch, inferencelogtest.Plain(fmt.Sprint(i), i))
	}
	write(t, sink, 1, batch...)
	c.at = start.Add(2 * time.Hour)
	for i, want := range []int64{500, 500, 500, 300, 0} {
		cuts = nil
		write(t, sink, 1, inferencelogtest.Plain(fmt.Sprint("new ", i), 7200))
		if want == 0 && len(cuts) == 0 {
			continue
		}
		if !slices.Equal(cuts, []int64{want}) {
			t.Fatalf("write %d deleted %v rows, want %d", i, cuts, want)
		}
	}
	c.at = start.Add(3*time.Hour + time.Minute)
	batch = batch[:0]
	for i := range 700 {
		batch = append(batch, inferencelogtest.Plain(fmt.Sprint("old ", i), i))
	}
	cuts = nil
	write(t, sink, 1, batch...)
	if !slices.Equal(cuts, []int64{500, 205}) {
		t.Fatalf("a larger write deleted %v rows", cuts)
	}
}
