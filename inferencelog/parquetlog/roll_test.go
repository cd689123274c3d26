package parquetlog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// A file is finished when its first row is old enough, though nothing is written any more.
func TestRollsByAge(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		sink := open(t, dir, &parquetlog.Options{RollAge: time.Hour})
		defer sink.Close()
		create(t, sink, 1)
		write(t, sink, 1, inferencelogtest.Plain("r", 1))
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if got := files(t, dir, 1, "*.parquet"); len(got) != 0 {
			t.Fatalf("%q after 59 minutes", got)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := files(t, dir, 1, "*.parquet"); len(got) != 1 {
			t.Fatalf("%q after 62 minutes", got)
		}
		if got := files(t, dir, 1, "*.rows"); len(got) != 0 {
			t.Fatalf("%q is left", got)
		}
	})
}

func TestRollsBySize(t *testing.T) {
	for _, opts := range []*parquetlog.Options{{RollRows: 10}, {RollBytes: 10 << 10}} {
		dir := t.TempDir()
		sink := open(t, dir, opts)
		create(t, sink, 1)
		for i := range 100 {
			row := inferencelogtest.Plain(fmt.Sprint(i), i)
			row.Response = []byte(strings.Repeat("x", 1000))
			write(t, sink, 1, row)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		names := files(t, dir, 1, "*.parquet")
		if n := len(names); n < 10 || n > 15 || !slices.IsSorted(names) {
			t.Errorf("%+v: %d files", *opts, n)
		}
		if got := ids(t, open(t, dir, opts), 1); len(got) != 100 {
			t.Errorf("%+v: %d rows", *opts, len(got))
		}
	}
}

// A row that comes again is known in the spool, in finished files, and after the folder was opened again.
func TestRepeatedRows(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	var batch []*inferencelog.Record
	for i := range 20 {
		batch = append(batch, inferencelogtest.Plain(fmt.Sprint(i), 100-i))
	}
	for round := range 6 {
		for from := range batch {
			write(t, sink, 1, batch[from:min(from+3, len(batch))]...)
			if from%5 == round {
				if err := sink.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if round%2 == 0 {
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			sink = open(t, dir, nil)
		}
	}
	if got := ids(t, sink, 1); len(got) != 20 {
		t.Fatalf("%d rows: %q", len(got), got)
	}
}

func TestRetention(t *testing.T) {
	now := time.Now()
	fill := func(opts *parquetlog.Options) (*parquetlog.Sink, string) {
		dir := t.TempDir()
		sink := open(t, dir, opts)
		create(t, sink, 1)
		for _, hours := range []int{5, 1, 3, 2, 4} {
			row := inferencelogtest.Plain(fmt.Sprint(hours), 0)
			row.EventTime = now.Add(-time.Duration(hours) * time.Hour)
			write(t, sink, 1, row)
			if err := sink.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return sink, dir
	}
	sink, dir := fill(&parquetlog.Options{MaxAge: 150 * time.Minute})
	if got := ids(t, sink, 1); !slices.Equal(got, []string{"1", "2"}) || len(files(t, dir, 1, "*")) != 2 {
		t.Errorf("by age: %q", got)
	}
	sink, dir = fill(nil)
	info, err := os.Stat(files(t, dir, 1, "*.parquet")[0])
	if err != nil {
		t.Fatal(err)
	}
	sink.Close()
	sink = open(t, dir, &parquetlog.Options{MaxBytes: info.Size()*3 + 100})
	if err := sink.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, sink, 1); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("by size: %q", got)
	}
}

// A reader keeps its moment: while rows are written, files built, old ones removed, and the table dropped.
func TestReaderKeepsItsMoment(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, &parquetlog.Options{RollRows: 30})
	create(t, sink, 1)
	for i := range 100 {
		write(t, sink, 1, inferencelogtest.Plain(fmt.Sprint(i), i))
	}
	n := 0
	for r, err := range sink.Rows(t.Context(), 1, inferencelog.Query{}) {
		if err != nil || r.ID != fmt.Sprint(99-n) {
			t.Fatal(r, err)
		}
		if n++; n == 1 {
			write(t, sink, 1, inferencelogtest.Plain("late", -1))
			if err := sink.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := sink.Drop(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			create(t, sink, 1)
		}
	}
	if n != 100 {
		t.Fatalf("%d rows", n)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "dropped*")); err != nil || len(left) > 0 {
		t.Fatalf("%q is left", left)
	}
}
