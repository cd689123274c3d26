package parquetlog_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

var errDisk = errors.New("no space left on device")

// ids returns the ids of a table's rows, newest first.
func ids(t testing.TB, sink inferencelog.LogSink, id uint64) (list []string) {
	t.Helper()
	rows, err := inferencelogtest.Rows(t.Context(), sink, id, inferencelog.Query{Columns: []string{"invocation_id"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		list = append(list, r.ID)
	}
	return list
}

// Each change of the folder fails once, the k-th for every k. What was acknowledged is there, once; what was refused is
// not a rejection, is there whole or not at all, and goes through when it is tried again.
func TestEachChangeFailsOnce(t *testing.T) {
	t.Parallel()
	for k := int64(1); ; k++ {
		dir := t.TempDir()
		var count atomic.Int64
		failed := ""
		sink, err := parquetlog.OpenFailing(dir, &parquetlog.Options{RollRows: 1000, Sync: k%2 == 0}, func(op, path string) error {
			if count.Add(1) != k {
				return nil
			}
			failed = op + " " + path
			return errDisk
		})
		if err != nil {
			if !errors.Is(err, errDisk) {
				t.Fatal(err)
			}
			sink = open(t, dir, nil) // the folder is not left locked
		}
		again := func(what string, do func() error) {
			t.Helper()
			err := do()
			if errors.Is(err, errDisk) {
				if errors.Is(err, inferencelog.ErrRejected) {
					t.Fatalf("%s with %s failing: %v", what, failed, err)
				}
				err = do()
			}
			if err != nil {
				t.Fatalf("%s with %s failing: %v", what, failed, err)
			}
		}
		for id := range uint64(2) {
			again("create", func() error {
				return sink.Create(t.Context(), inferencelog.Table{ID: id + 1, Name: fmt.Sprint("a.b.t", id)})
			})
		}
		var want []string
		for n := range 6 {
			var batch []*inferencelog.Record
			for i := range 3 {
				batch = append(batch, inferencelogtest.Plain(fmt.Sprint(n, "/", i), n*3+i))
				want = append(want, batch[i].ID)
			}
			again("write", func() error {
				err := sink.Write(t.Context(), 1, batch)
				if got := len(ids(t, sink, 1)); got%3 != 0 {
					t.Fatalf("%d rows: a batch is there in part, with %s failing", got, failed)
				}
				return err
			})
			if n%2 == 1 {
				again("flush", func() error { return sink.Flush(t.Context()) })
			}
		}
		slices.Reverse(want)
		again("drop", func() error { return sink.Drop(t.Context(), 2) })
		if got := ids(t, sink, 1); !slices.Equal(got, want) {
			t.Fatalf("with %s failing: rows %q", failed, got)
		}
		if err := sink.Close(); err != nil && !errors.Is(err, errDisk) {
			t.Fatal(err)
		}
		sink = open(t, dir, nil)
		if got := ids(t, sink, 1); !slices.Equal(got, want) {
			t.Fatalf("opened again, with %s failing: rows %q", failed, got)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		if left := slices.Concat(files(t, dir, 1, "*.tmp"), files(t, dir, 1, "*.rows")); len(left) > 0 {
			t.Fatalf("with %s failing: %q is left", failed, left)
		}
		if count.Load() < k {
			t.Logf("%d changes", k-1)
			return
		}
	}
}

// While no file can be made, rows are taken into spools up to a bound, and then refused; afterwards all goes on.
func TestNoFileCanBeMade(t *testing.T) {
	dir := t.TempDir()
	var full atomic.Bool
	full.Store(true)
	fail := func(op, path string) error {
		if full.Load() && op == "sync" {
			return errDisk
		}
		return nil
	}
	if _, err := parquetlog.OpenFailing(dir, nil, fail); !errors.Is(err, errDisk) {
		t.Fatalf("opened without a list of tables: %v", err)
	}
	full.Store(false)
	sink, err := parquetlog.OpenFailing(dir, &parquetlog.Options{RollRows: 2}, fail)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	create(t, sink, 1)
	full.Store(true)
	stored := 0
	for ; err == nil && stored < 100; stored++ {
		err = sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain(fmt.Sprint(stored), stored)})
	}
	stored--
	if !errors.Is(err, errDisk) || errors.Is(err, inferencelog.ErrRejected) || stored < 4 || stored > 10 {
		t.Fatalf("%d rows taken, then %v", stored, err)
	}
	if sink.Err() == nil {
		t.Error("the sink does not tell that no files can be made")
	}
	if got := len(ids(t, sink, 1)); got != stored {
		t.Errorf("%d rows, want %d", got, stored)
	}
	full.Store(false)
	write(t, sink, 1, inferencelogtest.Plain("later", 1000))
	if err := sink.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(ids(t, sink, 1)); got != stored+1 || sink.Err() != nil {
		t.Errorf("%d rows, want %d; %v", got, stored+1, sink.Err())
	}
}
