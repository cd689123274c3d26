package parquetlog_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// A table that is dropped, and made again under its id, while a file of its rows is about to be made has none of them.
func TestDroppedWhileBuilt(t *testing.T) {
	for _, stuck := range []bool{false, true} { // whether the folder of the dropped one can be moved aside
		dir := t.TempDir()
		var sink *parquetlog.Sink
		var once atomic.Bool
		var err error
		sink, err = parquetlog.OpenFailing(dir, nil, func(op, path string) error {
			if stuck && op == "rename" && strings.Contains(path, "dropped-") {
				return errDisk
			}
			if op == "create" && strings.HasSuffix(path, ".parquet.tmp") && once.CompareAndSwap(false, true) {
				if err := sink.Drop(t.Context(), 1); err != nil {
					t.Error(err)
				}
				if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "somebody.elses.table"}); err != nil {
					t.Error(err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		create(t, sink, 1)
		write(t, sink, 1, inferencelogtest.Plain("secret", 1))
		next, stop := iter.Pull2(sink.Rows(t.Context(), 1, inferencelog.Query{}))
		if _, err, _ := next(); err != nil {
			t.Fatal(err)
		}
		if err := sink.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !once.Load() {
			t.Fatal("no file was about to be made")
		}
		if got := files(t, dir, 1, "*"); len(got) > 0 {
			t.Errorf("stuck %v: the new table's folder has %q", stuck, got)
		}
		stop()
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		if got := ids(t, open(t, dir, nil), 1); len(got) > 0 {
			t.Errorf("stuck %v: the new table has the rows of the dropped one: %q", stuck, got)
		}
	}
}

// What a reader of a dropped table leaves to be removed when it ends is nothing of a new table with the id.
func TestReaderOfDroppedTable(t *testing.T) {
	dir := t.TempDir()
	sink, err := parquetlog.OpenFailing(dir, nil, func(op, path string) error {
		if op == "rename" && strings.Contains(path, "dropped-") {
			return errDisk
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("old", 1))
	next, stop := iter.Pull2(sink.Rows(t.Context(), 1, inferencelog.Query{}))
	if _, err, _ := next(); err != nil {
		t.Fatal(err)
	}
	if err := sink.Drop(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("new", 2))
	if err := sink.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := files(t, dir, 1, "*.parquet"); len(got) != 1 {
		t.Errorf("files of the new table: %q", got)
	}
	for range 2 {
		if got := ids(t, sink, 1); len(got) != 1 || got[0] != "new" {
			t.Errorf("rows of the new table: %q", got)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		sink = open(t, dir, nil) // which removes the folder of the dropped one
	}
}

// A disk that hangs under a batch of one table holds up nobody for longer than his context, and other tables not at all.
func TestHungDisk(t *testing.T) {
	hangs, hung := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	sink, err := parquetlog.OpenFailing(t.TempDir(), nil, func(op, path string) error {
		if op == "write" && strings.HasSuffix(path, ".rows") && once.CompareAndSwap(false, true) {
			close(hung)
			<-hangs
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	create(t, sink, 1)
	create(t, sink, 2)
	written := make(chan error, 1)
	go func() { written <- sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("r", 1)}) }()
	<-hung
	waiting := make(chan error, 3)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waiting <- sink.Drop(ctx, 1) }()
	go func() { waiting <- sink.Flush(ctx) }()
	go func() { waiting <- sink.Write(ctx, 1, []*inferencelog.Record{inferencelogtest.Plain("s", 2)}) }()
	write(t, sink, 2, inferencelogtest.Plain("r", 1))
	create(t, sink, 3)
	if err := sink.Drop(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 3 {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("while the disk hangs: %v", err)
		}
	}
	close(hangs)
	if err := <-written; err != nil {
		t.Error(err)
	}
	if got := ids(t, sink, 1); len(got) != 1 {
		t.Errorf("rows %q", got)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whoever waits to change the list of tables gives up with his context.
func TestHungList(t *testing.T) {
	hangs, hung := make(chan struct{}), make(chan struct{})
	var hang atomic.Bool
	sink, err := parquetlog.OpenFailing(t.TempDir(), nil, func(op, path string) error {
		if op == "write" && strings.HasSuffix(path, "tables.json.tmp") && hang.CompareAndSwap(true, false) {
			close(hung)
			<-hangs
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	create(t, sink, 1)
	hang.Store(true)
	made := make(chan error, 1)
	go func() { made <- sink.Create(t.Context(), inferencelog.Table{ID: 2, Name: "a.b.other"}) }()
	<-hung
	waiting := make(chan error, 2)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waiting <- sink.Drop(ctx, 1) }()
	go func() { waiting <- sink.Create(ctx, inferencelog.Table{ID: 3, Name: "a.b.third"}) }()
	cancel()
	for range 2 {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("while the disk hangs: %v", err)
		}
	}
	close(hangs)
	if err := <-made; err != nil {
		t.Error(err)
	}
	if tables, err := sink.Tables(t.Context()); err != nil || len(tables) != 2 {
		t.Errorf("tables %v, %v", tables, err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}
