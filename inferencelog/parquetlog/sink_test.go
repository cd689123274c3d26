package parquetlog_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

var kills = flag.Int("kills", 20, "how many processes to kill in TestKilled")

func open(t testing.TB, dir string, opts *parquetlog.Options) *parquetlog.Sink {
	t.Helper()
	sink, err := parquetlog.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	return sink
}

func create(t testing.TB, sink *parquetlog.Sink, id uint64) {
	t.Helper()
	if err := sink.Create(t.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.t", id)}); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, sink inferencelog.LogSink, id uint64, rows ...*inferencelog.Record) {
	t.Helper()
	if err := sink.Write(t.Context(), id, rows); err != nil {
		t.Fatal(err)
	}
}

// files are those of a table, in the folder that tables.json says.
func files(t testing.TB, dir string, id uint64, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "tables.json"))
	if err != nil {
		t.Fatal(err)
	}
	var registry struct{ Tables []struct{ ID, Folder string } }
	if err := json.Unmarshal(text, &registry); err != nil {
		t.Fatal(err)
	}
	folder := "no folder"
	for _, table := range registry.Tables {
		if table.ID == fmt.Sprint(id) {
			folder = table.Folder
		}
	}
	list, err := filepath.Glob(filepath.Join(dir, folder, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// flushing makes files of the rows after each of the first batches, and after some of the later ones, so that
// rows are read from many files and a spool.
type flushing struct {
	*parquetlog.Sink
	batches atomic.Int64
}

func (f *flushing) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	if err := f.Sink.Write(ctx, id, batch); err != nil {
		return err
	}
	if n := f.batches.Add(1); n > 8 && n%25 != 0 {
		return nil
	}
	return f.Flush(ctx)
}

func TestLaws(t *testing.T) {
	for name, dress := range map[string]func(*parquetlog.Sink) inferencelog.LogSink{
		"spools": func(s *parquetlog.Sink) inferencelog.LogSink { return s },
		"files":  func(s *parquetlog.Sink) inferencelog.LogSink { return &flushing{Sink: s} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var folders sync.Map
			opened := func(t *testing.T, dir string) inferencelog.LogSink {
				sink := dress(open(t, dir, nil))
				folders.Store(sink, dir)
				return sink
			}
			inferencelogtest.TestSink(t,
				func(t *testing.T) inferencelog.LogSink { return opened(t, filepath.Join(t.TempDir(), "odd [x]* name")) },
				&inferencelogtest.Features{
					Reopen: func(t *testing.T, sink inferencelog.LogSink) inferencelog.LogSink {
						dir, _ := folders.Load(sink)
						if err := sink.Close(); err != nil {
							t.Fatal(err)
						}
						return opened(t, dir.(string))
					},
				})
		})
	}
}
