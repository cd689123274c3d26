package inferencelog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestJSONFilesLaws(t *testing.T) {
	inferencelogtest.TestSink(t, func(t *testing.T) inferencelog.LogSink {
		sink, err := inferencelog.OpenJSONFiles(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sink.Close() })
		return sink
	}, &inferencelogtest.Features{
		Unreadable: "lines are for tools that read lines",
		Forgetful:  "its rows outlive it, but cannot be read back through it; TestJSONFilesReopened looks at the files",
	})
}

// folder is a folder of files and the sink that writes to it.
type folder struct {
	*testing.T
	dir    string
	opts   inferencelog.JSONFilesOptions
	passed atomic.Int64 // since filesBegin, in nanoseconds
	*inferencelog.JSONFiles
}

func newFolder(t *testing.T, opts inferencelog.JSONFilesOptions) *folder {
	f := &folder{T: t, dir: filepath.Join(t.TempDir(), "rows"), opts: opts}
	f.opts.Now = func() time.Time { return filesBegin.Add(time.Duration(f.passed.Load())) }
	f.open()
	t.Cleanup(func() { f.JSONFiles.Close() })
	if err := f.Create(t.Context(), inferencelog.Table{ID: 1<<64 - 1, Name: "a.b.c", CreatedAt: filesBegin}); err != nil {
		t.Fatal(err)
	}
	return f
}

var filesBegin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (f *folder) forward(d time.Duration) { f.passed.Add(int64(d)) }

func (f *folder) open() {
	f.Helper()
	sink, err := inferencelog.OpenJSONFiles(f.dir, &f.opts)
	if err != nil {
		f.Fatal(err)
	}
	f.JSONFiles = sink
}

func (f *folder) reopen() {
	f.Helper()
	if err := f.JSONFiles.Close(); err != nil {
		f.Fatal(err)
	}
	f.open()
}

func (f *folder) try(ids ...string) error {
	var batch []*inferencelog.Record
	for i, id := range ids {
		batch = append(batch, inferencelogtest.Plain(id, i))
	}
	return f.Write(f.Context(), 1<<64-1, batch)
}

func (f *folder) put(ids ...string) {
	f.Helper()
	if err := f.try(ids...); err != nil {
		f.Fatal(err)
	}
}

// files returns the names of the files of rows, without times.
func (f *folder) files() (names []string) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if parts := strings.SplitN(e.Name(), "-", 3); parts[0] == "rows" && len(parts) == 3 {
			names = append(names, parts[2])
		}
	}
	slices.Sort(names)
	return names
}

// rows reads all files with a strict parser: how often each row is there, and how many lines are no rows.
func (f *folder) rows() (rows map[string]int, torn int) {
	f.Helper()
	paths, _ := filepath.Glob(filepath.Join(f.dir, "rows-*"))
	rows = map[string]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if strings.HasSuffix(path, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(text))
			if err != nil {
				f.Fatal(err)
			}
			if text, err = io.ReadAll(z); err != nil {
				f.Fatal(err)
			}
		}
		for line := range bytes.Lines(text) {
			var row struct {
				ID string `json:"invocation_id"`
			}
			if json.Unmarshal(line, &row) != nil || line[len(line)-1] != '\n' {
				torn++
			} else {
				rows[row.ID]++
			}
		}
	}
	return rows, torn
}

// want checks that the rows are there, each once, and no line is torn.
func (f *folder) want(ids ...string) {
	f.Helper()
	rows, torn := f.rows()
	for _, id := range ids {
		if rows[id] != 1 {
			f.Fatalf("row %s is there %d times, of %v", id, rows[id], rows)
		}
	}
	if torn != 0 || len(rows) != len(ids) {
		f.Fatalf("%v, and %d torn lines; want %q", rows, torn, ids)
	}
}

// What was created and written is there after the folder is opened anew, and the last rows are not written again.
func TestJSONFilesReopened(t *testing.T) {
	for _, zip := range []bool{false, true} {
		f := newFolder(t, inferencelog.JSONFilesOptions{Gzip: zip})
		usage := inferencelog.Table{ID: 2, Name: "a.b.usage", Layout: inferencelog.Usage}
		if err := f.Create(t.Context(), usage); err != nil {
			t.Fatal(err)
		}
		if err := f.Create(t.Context(), inferencelog.Table{ID: 3, Name: "a.b.d"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Drop(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		f.put("1", "2", "2")
		f.reopen()
		list, err := f.Tables(t.Context())
		want := []inferencelog.Table{usage, {ID: 1<<64 - 1, Name: "a.b.c", CreatedAt: filesBegin}}
		if err != nil || !slices.Equal(list, want) {
			t.Fatalf("%v, %v, want %v", list, err, want)
		}
		f.put("2", "3")
		f.forward(24 * time.Hour)
		f.put("4")
		f.Tidy()
		f.reopen()
		f.put("1", "4", "3", "5")
		f.want("1", "2", "3", "4", "5")
		wantFiles := []string{"000001.jsonl", "000002.jsonl"}
		if zip {
			wantFiles[0] += ".gz"
		}
		if got := f.files(); !slices.Equal(got, wantFiles) {
			t.Fatalf("files %q, want %q", got, wantFiles)
		}
	}
}

// A file that ends anywhere in its last batch is gone on with: the batch that is written again is there once, in whole lines.
func TestJSONFilesAfterCrash(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{})
	f.put("1")
	path, _ := filepath.Glob(filepath.Join(f.dir, "rows-*"))
	first, _ := os.Stat(path[0])
	f.put("2", "3")
	whole, err := os.ReadFile(path[0])
	if err != nil {
		t.Fatal(err)
	}
	for size := int(first.Size()) - 1; size <= len(whole); size += 7 {
		f.JSONFiles.Close()
		if err := os.WriteFile(path[0], whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		f.open()
		f.put("2", "3")
		rows, torn := f.rows()
		if fmt.Sprint(rows) != "map[1:1 2:1 3:1]" || torn > 1 {
			t.Fatalf("cut at %d: %v, %d torn", size, rows, torn)
		}
	}
}

// Whatever fails, a batch that is written until it succeeds is there once; one that is not is not there, as long as files
// can be cut.
func TestJSONFilesOnBadDisk(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		f := newFolder(outer, inferencelog.JSONFilesOptions{Sync: rapid.Bool().Draw(t, "sync")})
		defer f.JSONFiles.Close()
		f.put("0")
		stored := map[string]int{"0": 1}
		bad := &inferencelog.BadFile{
			Left:       rapid.IntRange(0, 3000).Draw(t, "left"),
			NoTruncate: rapid.Bool().Draw(t, "no truncate"),
			NoFsync:    rapid.Bool().Draw(t, "no fsync"),
		}
		f.Spoil(bad)
		for i := range 3 {
			batch := []string{fmt.Sprint(i, "a"), fmt.Sprint(i, "b")}
			err := f.try(batch...)
			if rows, torn := f.rows(); err != nil && !bad.NoTruncate && (torn != 0 || !maps.Equal(rows, stored)) {
				t.Fatalf("after %v: %v, %d torn; want %v", err, rows, torn, stored)
			}
			if err != nil {
				bad.Left, bad.NoFsync = 1<<20, false
				f.put(batch...)
			}
			for _, id := range batch {
				stored[id] = 1
			}
		}
		twice := bad.NoTruncate && len(f.files()) > 1 // what fsync has failed on cannot be taken back, and is not relied on
		if rows, torn := f.rows(); torn > 1 || !twice && !maps.Equal(rows, stored) || len(rows) != len(stored) {
			t.Fatalf("%v, %d torn; want %v", rows, torn, stored)
		}
		f.JSONFiles.Close()
		if err := os.RemoveAll(f.dir); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleOpenJSONFiles() {
	dir, err := os.MkdirTemp("", "rows")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	sink, err := inferencelog.OpenJSONFiles(dir, &inferencelog.JSONFilesOptions{
		Gzip: true, KeepFor: 30 * 24 * time.Hour,
		Now: func() time.Time { return filesBegin },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	ctx := context.Background()
	if err := sink.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sink.Write(ctx, 7, []*inferencelog.Record{{ID: "row-1", StatusCode: 200}}))
	files, err := filepath.Glob(filepath.Join(dir, "*.json*"))
	for _, file := range files {
		fmt.Println(filepath.Base(file))
	}
	fmt.Println(err)
	// Output:
	// <nil>
	// rows-20260301T120000Z-000001.jsonl
	// tables.json
	// <nil>
}
