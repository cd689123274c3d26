package inferencelogtest_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func openFile(t *testing.T, dir string) *inferencelogtest.File {
	t.Helper()
	sink, err := inferencelogtest.OpenFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	return sink
}

func TestFileLaws(t *testing.T) {
	var dirs sync.Map
	inferencelogtest.TestSink(t,
		func(t *testing.T) inferencelog.LogSink {
			dir := t.TempDir()
			sink := openFile(t, dir)
			dirs.Store(sink, dir)
			return sink
		},
		&inferencelogtest.Features{Reopen: func(t *testing.T, sink inferencelog.LogSink) inferencelog.LogSink {
			dir, _ := dirs.Load(sink)
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			again := openFile(t, dir.(string))
			dirs.Store(again, dir)
			return again
		}})
}

// Wherever the file ends after a kill, the changes before are there, the torn one is not, and the next is written in its place.
func TestFileTorn(t *testing.T) {
	dir := t.TempDir()
	sink := openFile(t, dir)
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rows")
	var ends []int64
	for _, id := range []string{"a", "b"} {
		if err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain(id, 1)}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := ends[0]; n <= ends[1]; n++ {
		want := []string{"c", "a"}
		if n == ends[1] {
			want = []string{"c", "b", "a"}
		}
		if err := os.WriteFile(path, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			again := openFile(t, dir)
			if err := again.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("c", 1)}); err != nil {
				t.Fatal(err)
			}
			rows, err := inferencelogtest.Rows(t.Context(), again, 1, inferencelog.Query{})
			var ids []string
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			if err != nil || !slices.Equal(ids, want) {
				t.Fatalf("cut at %d: rows %q, %v, want %q", n, ids, err, want)
			}
			again.Close()
		}
	}
}
