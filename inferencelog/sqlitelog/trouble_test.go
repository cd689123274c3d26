package sqlitelog_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// plainRows returns n rows with the given prefix of their ids and responses of size bytes.
func plainRows(prefix string, n, size int) []*inferencelog.Record {
	var batch []*inferencelog.Record
	for i := range n {
		r := inferencelogtest.Plain(fmt.Sprint(prefix, i), i)
		r.Response = bytes.Repeat([]byte("x"), size)
		batch = append(batch, r)
	}
	return batch
}

// notStored checks a write that failed for a reason that is not in the data: it is no rejection, and left nothing.
func notStored(t *testing.T, sink *sqlitelog.Sink, what string, err error, before []string) {
	t.Helper()
	if err == nil || errors.Is(err, inferencelog.ErrRejected) || errors.Is(err, inferencelog.ErrNoTable) {
		t.Fatalf("%s: error %v", what, err)
	}
	if got := ids(t, sink, 1, inferencelog.Query{}); !slices.Equal(got, before) {
		t.Fatalf("%s: rows %q, want %q", what, got, before)
	}
}

// Trouble with the file costs the batch that meets it, whole; the next one, after the trouble, is stored.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		says       string
		begin, end string
		alsoCreate bool
		want       string
	}{
		{"the disk is full", "PRAGMA max_page_count = 20", "PRAGMA max_page_count = 1000000", false, "full"},
		{"the file is read-only", "PRAGMA query_only = 1", "PRAGMA query_only = 0", true, "readonly"},
	} {
		sink := open(t, filepath.Join(t.TempDir(), "log.db"))
		createTwo(t, sink)
		write(t, sink, 1, inferencelogtest.Plain("before", 0))
		if _, err := sink.Writer().Exec(c.begin); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			err := sink.Write(t.Context(), 1, plainRows("meanwhile ", 100, 8192))
			notStored(t, sink, c.says, err, []string{"before"})
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.says, err)
			}
			if err := sink.Create(t.Context(), inferencelog.Table{ID: 3, Name: "a.b.3"}); c.alsoCreate && err == nil {
				t.Errorf("%s: a table was created", c.says)
			}
		}
		if _, err := sink.Writer().Exec(c.end); err != nil {
			t.Fatal(err)
		}
		write(t, sink, 1, plainRows("after ", 100, 8192)...)
		if got := ids(t, sink, 1, inferencelog.Query{}); len(got) != 101 {
			t.Errorf("%s: afterwards %d rows", c.says, len(got))
		}
	}
}

// The disk may be full at any page of a batch, or of a new table: nothing of it is there, and all of it later.
func TestFullAtEveryPage(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	createTwo(t, sink)
	var pages int
	used, err := sink.Used()
	if err != nil {
		t.Fatal(err)
	}
	for pages = int(used / 4096); ; pages++ {
		if _, err := sink.Writer().Exec(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
		tables, err := sink.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		create := sink.Create(t.Context(), inferencelog.Table{ID: 3, Name: "a.b.3"})
		if create == nil {
			if err := sink.Drop(t.Context(), 3); err != nil {
				t.Fatal(err)
			}
		} else if len(tables) != 2 {
			t.Fatalf("a failed Create (%v) left %v", create, tables)
		}
		err = sink.Write(t.Context(), 1, plainRows("row ", 10, 5000))
		if err == nil && create == nil {
			break
		}
		if err != nil {
			notStored(t, sink, fmt.Sprint(pages, " pages"), err, []string{})
		}
	}
	if pages < 20 {
		t.Fatalf("there was room for all in %d pages", pages)
	}
	if got := ids(t, sink, 1, inferencelog.Query{}); len(got) != 10 {
		t.Fatalf("%d rows", len(got))
	}
}

// While another program writes for longer than BusyTimeout, or than the caller waits, writes fail; readers do not notice.
func TestLockedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := openWith(t, path, &sqlitelog.Options{BusyTimeout: 20 * time.Millisecond})
	createTwo(t, sink)
	write(t, sink, 1, inferencelogtest.Plain("before", 0))
	other, err := raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		notStored(t, sink, "locked", sink.Write(t.Context(), 1, plainRows("meanwhile ", 3, 10)), []string{"before"})
	}
	patient := openWith(t, path+"-no-wait", &sqlitelog.Options{BusyTimeout: time.Hour})
	createTwo(t, patient)
	second, err := raw(t, path+"-no-wait").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := second.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := patient.Write(ctx, 1, plainRows("meanwhile ", 3, 10)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a write whose context ended: %v", err)
	}
	for _, conn := range []*sql.Conn{other, second} {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, sink, 1, plainRows("after ", 3, 10)...)
	write(t, patient, 1, plainRows("after ", 3, 10)...)
	if a, b := ids(t, sink, 1, inferencelog.Query{}), ids(t, patient, 1, inferencelog.Query{}); len(a) != 4 || len(b) != 3 {
		t.Fatalf("rows %q and %q", a, b)
	}
}

// A damaged table is an error for who uses it, no rejection and no panic; the other table works on.
func TestDamagedTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	createTwo(t, sink)
	write(t, sink, 1, plainRows("row ", 50, 3000)...)
	write(t, sink, 2, plainRows("row ", 50, 0)...)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	var roots []int64
	rows, err := raw(t, path).Query("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 't_1' AND rootpage > 0")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var page int64
		if err := rows.Scan(&page); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, page)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(roots) < 4 {
		t.Fatal(roots, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range roots {
		if _, err := f.WriteAt(bytes.Repeat([]byte{0xA5}, 4096), (page-1)*4096); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	sink = open(t, path)
	if err := sink.Write(t.Context(), 1, plainRows("more ", 3, 10)); err == nil || errors.Is(err, inferencelog.ErrRejected) {
		t.Errorf("writing to the damaged table: %v", err)
	}
	if _, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{}); err == nil {
		t.Error("the damaged table was read")
	}
	write(t, sink, 2, plainRows("more ", 3, 0)...)
	if got := ids(t, sink, 2, inferencelog.Query{}); len(got) != 53 {
		t.Errorf("the other table has %d rows", len(got))
	}
}

// A file whose beginning is damaged is not opened.
func TestDamagedBeginning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite := func(at int) []byte {
		broken := bytes.Clone(whole)
		copy(broken[at:], bytes.Repeat([]byte{0xA5}, 16))
		return broken
	}
	for what, broken := range map[string][]byte{
		"the magic number": overwrite(0),
		"the page size":    overwrite(16),
		"the schema":       overwrite(100),
		"a page missing":   whole[:4096],
		"half a page":      whole[:2000],
	} {
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if sink, err := sqlitelog.Open(path, nil); err == nil {
			_, err = sink.Tables(t.Context())
			if err := errors.Join(err, sink.Close()); err == nil {
				t.Errorf("%s: the file was opened, and read", what)
			}
		}
	}
}

// A reader that keeps its moment for long lets the -wal file grow; when it is gone the file is cut to its bound again.
func TestWALIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	createTwo(t, sink)
	write(t, sink, 1, inferencelogtest.Plain("first", 0))
	var limit int64
	if err := sink.Writer().QueryRow("PRAGMA journal_size_limit").Scan(&limit); err != nil || limit != 64<<20 {
		t.Fatalf("the bound is %d, %v", limit, err)
	}
	if _, err := sink.Writer().Exec("PRAGMA journal_size_limit = 1048576"); err != nil { // so that the test need not write so much
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	seen := 0
	for _, err := range sink.Rows(t.Context(), 1, inferencelog.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for i := range 10 {
			write(t, sink, 1, plainRows(fmt.Sprint("meanwhile ", i, "/"), 100, 10000)...)
		}
	}
	if seen != 1 || size() < 8<<20 {
		t.Fatalf("%d rows, the file has %d bytes", seen, size())
	}
	for i := range 3 {
		write(t, sink, 1, inferencelogtest.Plain(fmt.Sprint("after ", i), 0))
	}
	if size() > 2<<20 {
		t.Fatalf("the file still has %d bytes", size())
	}
}

// A write whose context ends at any moment stored all of its batch, and says so, or none.
func TestContextEnds(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	createTwo(t, sink)
	want := 0
	for i := range 30 {
		batch := plainRows(fmt.Sprint(i, "/"), 300, 1000)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*300*time.Microsecond)
		err := sink.Write(ctx, 1, batch)
		cancel()
		switch {
		case err == nil:
			want += len(batch)
		case !errors.Is(err, context.DeadlineExceeded):
			t.Fatal(err)
		}
		if got := ids(t, sink, 1, inferencelog.Query{Columns: []string{"invocation_id"}}); len(got) != want {
			t.Fatalf("write %d (%v): %d rows, want %d", i, err, len(got), want)
		}
	}
	write(t, sink, 1, inferencelogtest.Plain("afterwards", 0))
}
