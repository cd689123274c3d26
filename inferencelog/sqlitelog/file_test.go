package sqlitelog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// raw opens the file as any other program would, beside the sink.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// With nothing but SQL, people read a table by its full name and its columns by theirs.
func TestViewBearsTheFullName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 7, Name: "main.logging.team_chat_payload"}); err != nil {
		t.Fatal(err)
	}
	row := inferencelogtest.Plain("r", 0)
	row.RequestTags = map[string]string{"team": "red"}
	row.LoggingErrorCodes = []string{inferencelog.MaxResponseSizeExceeded}
	row.Requester = "00123" // a text, not a number
	row.Attempts = []inferencelog.Attempt{{Destination: "primary", Status: 200}}
	if err := sink.Write(t.Context(), 7, []*inferencelog.Record{row}); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	var got [7]string
	err := db.QueryRow(`SELECT event_time, strftime('%Y-%m-%d %H:%M', event_time), request_tags ->> 'team', logging_error_codes ->> 0,
		request ->> 'model', requester, attempts ->> '$[0].destination' FROM "main.logging.team_chat_payload" WHERE response LIKE '%"r"%'`).
		Scan(&got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &got[6])
	want := [7]string{"2026-03-01T12:00:00.000000Z", "2026-03-01 12:00", "red", "MAX_RESPONSE_SIZE_EXCEEDED", "chat", "00123", "primary"}
	if err != nil || got != want {
		t.Fatalf("%q, %v, want %q", got, err, want)
	}
	rows, err := db.Query(`SELECT * FROM "main.logging.team_chat_payload"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range inferencelog.Columns() {
		if names[i] != c.Name {
			t.Errorf("column %d is %s, want %s", i, names[i], c.Name)
		}
	}
}

// After Drop nothing of the table is in the file's schema.
func TestDropLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	objects := func() (n int) {
		if err := raw(t, path).QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := objects()
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 7, Name: `a.b.we"ird`}); err != nil {
		t.Fatal(err)
	}
	if objects() <= before {
		t.Fatal("nothing was created")
	}
	if err := sink.Drop(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if after := objects(); after != before {
		t.Fatalf("%d objects, %d before", after, before)
	}
}

func TestReservedNames(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	for _, name := range []string{"inference_tables", "Inference_Tables", "t_1", "T_12", "t_7_event_time", "t_7_requester", "t_7_requester_id", "T_7_Requester_ID_2", "t_7_event_time_12", "sqlite_x"} {
		if err := sink.Create(t.Context(), inferencelog.Table{ID: 7, Name: name}); !errors.Is(err, inferencelog.ErrInvalidTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, name := range []string{"t_x", "t_", "a.t_1", "t_1_event_times", "t_1_request", "t_1_requester_", "t_1_requester_ids", "t_1_requester_x2"} {
		if err := sink.Create(t.Context(), inferencelog.Table{ID: uint64(i + 1), Name: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", ":memory:", filepath.Join(dir, "no", "such", "folder.db"), dir} {
		if sink, err := sqlitelog.Open(path, nil); err == nil {
			sink.Close()
			t.Errorf("opened %q", path)
		}
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte("this is a diary, and certainly no database; it is long enough to have a header"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sink, err := sqlitelog.Open(text, nil); err == nil {
		sink.Close()
		t.Error("opened a text file")
	}
	path := filepath.Join(dir, "log.db")
	sink, err := sqlitelog.Open(path, &sqlitelog.Options{FullSync: true, BusyTimeout: time.Second, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v", file, info.Mode())
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, path).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if sink, err := sqlitelog.Open(path, nil); err == nil {
		sink.Close()
		t.Error("opened a file of a later version")
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		opts       *sqlitelog.Options
		sync, busy int
	}{
		{nil, 1, 5000},
		{&sqlitelog.Options{FullSync: true, BusyTimeout: 1}, 2, 1},
		{&sqlitelog.Options{BusyTimeout: 1<<63 - 1, Readers: -1, MaxAge: -1, MaxBytes: -1}, 1, 1<<31 - 1},
	} {
		sink := openWith(t, filepath.Join(t.TempDir(), "log.db"), c.opts)
		createTwo(t, sink)
		write(t, sink, 1, inferencelogtest.Plain("r", 0))
		var sync, busy int
		var mode string
		err := sink.Writer().QueryRow("SELECT synchronous, timeout, journal_mode FROM pragma_synchronous, pragma_busy_timeout, pragma_journal_mode").Scan(&sync, &busy, &mode)
		if err != nil || sync != c.sync || busy != c.busy || mode != "wal" {
			t.Errorf("%+v: synchronous %d, busy_timeout %d, journal_mode %s, %v", c.opts, sync, busy, mode, err)
		}
		if n, err := sink.Prune(t.Context()); n != 0 || err != nil {
			t.Errorf("%+v: pruned %d rows, %v", c.opts, n, err)
		}
	}
}

// The file is the one that was named, whatever its name looks like to a parser of addresses.
func TestOddPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd %3F?mode=memory#.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatalf("the sink is elsewhere: %v", err)
	}
}

// Who reads rows slowly, as many as there may be, holds up nobody who asks which tables there are.
func TestReadersDoNotHoldUpTables(t *testing.T) {
	sink := openWith(t, filepath.Join(t.TempDir(), "log.db"), &sqlitelog.Options{Readers: 2})
	createTwo(t, sink)
	write(t, sink, 1, inferencelogtest.Plain("r", 1))
	for range 2 {
		next, stop := iter.Pull2(sink.Rows(t.Context(), 1, inferencelog.Query{}))
		defer stop()
		if _, err, _ := next(); err != nil {
			t.Fatal(err)
		}
	}
	if tables, err := sink.Tables(t.Context()); err != nil || len(tables) != 2 {
		t.Errorf("tables %v, %v", tables, err)
	}
}

// A reader keeps its moment while rows are written and the table is dropped.
func TestReaderKeepsItsMoment(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	var batch []*inferencelog.Record
	for i := range 100 {
		batch = append(batch, inferencelogtest.Plain(fmt.Sprint(i), i))
	}
	if err := sink.Write(t.Context(), 1, batch); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range sink.Rows(t.Context(), 1, inferencelog.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			if err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("late", -1)}); err != nil {
				t.Fatal(err)
			}
			if err := sink.Drop(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 100 {
		t.Fatalf("%d rows", n)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "sqlitelog")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	sink, err := sqlitelog.Open(filepath.Join(dir, "inference.db"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()

	ctx := context.Background()
	log := inferencelog.New(sink, nil)
	if err := log.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload"}); err != nil {
		fmt.Println(err)
		return
	}
	log.Log(7, &inferencelog.Record{RequestID: "request-1", StatusCode: 200})
	for row, err := range log.Rows(ctx, 7, inferencelog.Query{}) {
		fmt.Println(row.RequestID, row.StatusCode, err)
	}
	fmt.Println(log.Close(ctx))
	// Output:
	// request-1 200 <nil>
	// 0 <nil>
}
