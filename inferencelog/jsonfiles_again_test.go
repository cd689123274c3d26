//go:build !race

// These laws are about many rows, not about who is first; under the race detector they would take ten times as long.

package inferencelog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

// A process that is killed when its sink has everything leaves a journal that offers all of it again. Files of JSON remember
// enough rows of their own to have none of them twice.
func TestJSONFilesBehindJournalAfterKill(t *testing.T) {
	const rows = 60_000
	f := newFolder(t, inferencelog.JSONFilesOptions{})
	run := func(dir string, offered int, flushed func()) {
		journal, err := inferencelog.OpenJournal(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		l := inferencelog.New(f.JSONFiles, &inferencelog.Options{Journal: journal})
		to := inferencelog.Target{Table: 1<<64 - 1, Durability: inferencelog.Journaled}
		for i := range offered {
			if !l.LogTo(to, &inferencelog.Record{ID: strconv.Itoa(i), EventTime: filesBegin}) {
				t.Fatal("refused")
			}
			if i%2000 == 0 {
				if err := l.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		flushed()
		if s := l.Stats(); s.Accepted != rows || s.Stored != rows {
			t.Errorf("%+v", s)
		}
		if _, err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	alive, dead := t.TempDir(), t.TempDir()
	run(alive, rows, func() { copyFiles(t, alive, dead) }) // as a kill leaves them
	f.reopen()
	run(dead, 0, func() {})

	lines, seen := 0, make(map[string]struct{}, rows)
	paths, _ := filepath.Glob(filepath.Join(f.dir, "rows-*"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			_, id, _ := bytes.Cut(line, []byte(`"invocation_id":"`))
			id, _, _ = bytes.Cut(id, []byte{'"'})
			seen[string(id)] = struct{}{}
			lines++
		}
	}
	if lines != rows || len(seen) != rows {
		t.Errorf("%d lines of %d rows, want %d", lines, len(seen), rows)
	}
}

func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, e.Name()), text)
	}
}

// Only rows that were written are remembered: a batch that a full disk refuses again and again does not push out those
// that are there.
func TestJSONFilesRememberWhatIsThere(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{})
	f.put("there")
	disk := &inferencelog.BadFile{}
	f.Spoil(disk)
	batch := make([]*inferencelog.Record, 1<<16+1) // more rows than are remembered
	for i := range batch {
		batch[i] = &inferencelog.Record{ID: strconv.Itoa(i)}
	}
	if f.Write(t.Context(), 1<<64-1, batch) == nil {
		t.Fatal("a full disk has room")
	}
	disk.Left = 1 << 20 // there is room again
	f.put("there", "new")
	rows, torn := f.rows()
	if rows["there"] != 1 || rows["new"] != 1 || len(rows) != 2 || torn != 0 {
		t.Errorf("%v, %d torn", rows, torn)
	}
}
