package parquetlog_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

func TestOneSinkAFolder(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	if other, err := parquetlog.Open(dir, nil); err == nil {
		other.Close()
		t.Fatal("opened twice")
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, nil)
}

func TestForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1))
	if err := sink.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, sink, 1, inferencelogtest.Plain("s", 1))
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		seen++
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || seen != 6 { // two folders, the list, the lock, a file, a spool
		t.Error(seen, err)
	}
}

func TestRefusedFolders(t *testing.T) {
	for name, text := range map[string]string{
		"later version": `{"version": 2, "tables": []}`,
		"torn":          `{"version": 1, "tab`,
		"bad id":        `{"version": 1, "tables": [{"id": "x", "name": "a.b.c", "folder": "t_1", "created_at": "2026-03-01T12:00:00Z"}]}`,
		"bad name":      `{"version": 1, "tables": [{"id": "1", "name": "", "folder": "t_1", "created_at": "2026-03-01T12:00:00Z"}]}`,
		"no folder":     `{"version": 1, "tables": [{"id": "1", "name": "a.b.c", "created_at": "2026-03-01T12:00:00Z"}]}`,
		"other folder":  `{"version": 1, "tables": [{"id": "1", "name": "a.b.c", "folder": "t_2", "created_at": "2026-03-01T12:00:00Z"}]}`,
		"nth of none":   `{"version": 1, "tables": [{"id": "1", "name": "a.b.c", "folder": "t_1-0", "created_at": "2026-03-01T12:00:00Z"}]}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "tables.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if sink, err := parquetlog.Open(dir, nil); err == nil {
			sink.Close()
			t.Errorf("%s: opened", name)
		}
	}
	// Tables without the list of tables are not taken for dropped ones.
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "tables.json")
	if err := os.Rename(list, list+".mine"); err != nil {
		t.Fatal(err)
	}
	if sink, err := parquetlog.Open(dir, nil); err == nil {
		sink.Close()
		t.Fatal("opened without the list of tables")
	}
	if err := os.Rename(list+".mine", list); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, open(t, dir, nil), 1); !slices.Equal(got, []string{"r"}) {
		t.Fatal(got)
	}
}

// What others put into the folder stays, and does no harm; what an ended process left half done goes.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	stay := []string{"notes.txt", "t_1/notes.txt", "t_1/export.parquet", "t_1/rows-1.parquet", "t_01/x", "t_x/x", "t_1-1/x", "t_1-02/x"}
	gone := []string{"t_1/rows-20260301T120000.000000Z-0000000009.parquet.tmp", "t_2/rows-x", "t_1-2/rows-x", "dropped-t_1-2.1/x", "dropped-t_1.1/x"}
	for _, name := range slices.Concat(stay, gone) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "t_1", "spool-0000000007.rows")); err != nil {
		t.Fatal(err)
	}
	sink = open(t, dir, nil)
	if got := ids(t, sink, 1); !slices.Equal(got, []string{"r"}) {
		t.Fatal(got)
	}
	for _, name := range stay {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range gone {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A finished file that is damaged is told, and does not keep rows from being written. It never ends the process.
func TestDamagedFile(t *testing.T) {
	for _, damage := range []func(b []byte) []byte{
		func(b []byte) []byte { return nil },
		func(b []byte) []byte { return b[:len(b)/2] },
		func(b []byte) []byte { return append(b[:len(b)-8:len(b)-8], "\xff\xff\xff\x7fPAR1"...) },
		func(b []byte) []byte {
			for i := 4; i < len(b)-400; i += 3 {
				b[i] ^= 0x55
			}
			return b
		},
	} {
		dir := t.TempDir()
		sink := open(t, dir, nil)
		create(t, sink, 1)
		write(t, sink, 1, inferencelogtest.Plain("r", 1), inferencelogtest.Plain("s", 3))
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		path := files(t, dir, 1, "*.parquet")[0]
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(slices.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		sink = open(t, dir, nil)
		write(t, sink, 1, inferencelogtest.Plain("later", 5))
		rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
		if err == nil || !strings.HasPrefix(err.Error(), "parquetlog: ") || len(rows) > 1 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		if got := ids(t, open(t, dir, nil), 1); !slices.Equal(got, []string{"later", "s", "r"}) {
			t.Error(got)
		}
	}
}

// A file of which a page is damaged, which is seen only when its rows are asked for, does not keep rows from being written
// either.
func TestDamagedPage(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1), inferencelogtest.Plain("s", 3))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	path := files(t, dir, 1, "*.parquet")[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pf, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	end := int64(0)
	for i, c := range pf.Metadata().RowGroups[0].Columns {
		if c.MetaData.PathInSchema[0] == "invocation_id" {
			end = pf.Metadata().RowGroups[0].Columns[i+1].MetaData.DataPageOffset
		}
	}
	for i := int64(4); i < end; i += 3 {
		b[i] ^= 0x55
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	sink = open(t, dir, nil)
	if err := sink.Err(); err != nil {
		t.Fatalf("seen already: %v", err)
	}
	late := inferencelogtest.Plain("late", 2) // its time lies within the file's
	write(t, sink, 1, late)
	write(t, sink, 1, inferencelogtest.Plain("x", 9), late)
	if err := sink.Err(); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("the sink says %v", err)
	}
	got, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
	if err == nil || len(got) > 2 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

// A file that the operating system does not let us read may be read another time.
func TestUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1), inferencelogtest.Plain("s", 3))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	sink = open(t, dir, nil)
	path := files(t, dir, 1, "*.parquet")[0]
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	again := []*inferencelog.Record{inferencelogtest.Plain("r", 1)}
	if err := sink.Write(t.Context(), 1, again); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a row that may be there is written: %v", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	write(t, sink, 1, again...)
	if got := ids(t, sink, 1); !slices.Equal(got, []string{"s", "r"}) {
		t.Error(got)
	}
}
