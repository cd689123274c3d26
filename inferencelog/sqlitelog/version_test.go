package sqlitelog_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// version1 returns the path of a copy of a file that the first version of this package wrote. It has three tables: 7 with
// the rows "two", "without time" and "one", written in this order; 9 without rows; the greatest id with the row "one".
func version1(t *testing.T) string {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", "version1.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "version1.db")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func ids(t *testing.T, sink inferencelog.LogSink, id uint64, q inferencelog.Query) []string {
	t.Helper()
	rows, err := inferencelogtest.Rows(t.Context(), sink, id, q)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, r := range rows {
		list = append(list, r.ID)
	}
	return list
}

// A file of version 1 becomes one of version 2 when it is opened: everything is there, and what is new works on it.
func TestUpgrade(t *testing.T) {
	path := version1(t)
	for range 2 {
		sink := open(t, path)
		tables, err := sink.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := inferencelogtest.Plain("", 0).EventTime
		want := []inferencelog.Table{
			{ID: 7, Name: "main.logging.chat_payload", CreatedAt: at, Layout: inferencelog.Payload},
			{ID: 9, Name: "main.logging.empty", CreatedAt: at, Layout: inferencelog.Payload},
			{ID: 1<<64 - 1, Name: `main.logging.we"ird`, CreatedAt: at, Layout: inferencelog.Payload},
		}
		if !reflect.DeepEqual(tables, want) {
			t.Fatalf("tables %+v, want %+v", tables, want)
		}
		if got := ids(t, sink, 7, inferencelog.Query{}); !slices.Equal(got, []string{"two", "one", "without time"}) {
			t.Fatalf("rows %q", got)
		}
		if got := ids(t, sink, 7, inferencelog.Query{To: at}); !slices.Equal(got, []string{"without time"}) {
			t.Fatalf("rows before all that have a time: %q", got)
		}
		rows, err := inferencelogtest.Rows(t.Context(), sink, 1<<64-1, inferencelog.Query{Requesters: []string{"ada"}})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		r := rows[0]
		if string(r.Response) != "an\x00swer \U0001F642" || r.Draw != 1<<64-1 || r.RequestTags["team"] != "red" || len(r.Attempts) != 1 || r.Value("response_bytes") != int64(len(r.Response)) {
			t.Fatalf("%+v", r)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	sink := open(t, path)
	later := inferencelogtest.Plain("later", 60)
	later.RequesterID, later.RequestSHA256 = "4711", "abc"
	if err := sink.Write(t.Context(), 7, []*inferencelog.Record{later, inferencelogtest.Plain("two", 1)}); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, sink, 7, inferencelog.Query{RequesterIDs: []string{"4711"}}); !slices.Equal(got, []string{"later"}) {
		t.Fatalf("rows by requester id: %q", got)
	}
	if got := ids(t, sink, 7, inferencelog.Query{}); len(got) != 4 {
		t.Fatalf("rows %q", got)
	}
	wantPlan(t, sink, 7, inferencelog.Query{Requesters: []string{"ada"}}, "SEARCH t_7 USING INDEX t_7_requester (requester=?)")
	wantPlan(t, sink, 7, inferencelog.Query{RequesterIDs: []string{"4711"}}, "SEARCH t_7 USING INDEX t_7_requester_id (requester_id=?)")
	wantView(t, path, "main.logging.chat_payload", inferencelog.Payload)
}

// wantPlan checks how SQLite would answer a query.
func wantPlan(t *testing.T, sink *sqlitelog.Sink, id uint64, q inferencelog.Query, want ...string) {
	t.Helper()
	if plan, err := sink.Plan(t.Context(), id, q); err != nil || !slices.Equal(plan, want) {
		t.Errorf("%q, %v, want %q", plan, err, want)
	}
}

// A table of version 1 may have a name that an index has now, which then gets another.
func TestUpgradeNameTaken(t *testing.T) {
	path := version1(t)
	db := raw(t, path)
	_, err := db.Exec(`CREATE TABLE t_11 AS SELECT * FROM t_9 WHERE false;
		INSERT INTO inference_tables (id, name, created_at, schema_version) SELECT '11', 'T_7_Requester', created_at, schema_version FROM inference_tables WHERE id = '9';
		CREATE VIEW "T_7_Requester" AS SELECT * FROM t_11;
		CREATE TABLE t_5_event_time (x);
		CREATE TABLE t_5_event_time_2 (x)`)
	if err != nil {
		t.Fatal(err)
	}
	sink := open(t, path)
	wantPlan(t, sink, 7, inferencelog.Query{Requesters: []string{"ada"}}, "SEARCH t_7 USING INDEX t_7_requester_2 (requester=?)")
	wantPlan(t, sink, 9, inferencelog.Query{Requesters: []string{"ada"}}, "SEARCH t_9 USING INDEX t_9_requester (requester=?)")
	wantView(t, path, "T_7_Requester", inferencelog.Payload)
	for range 2 {
		if err := sink.Create(t.Context(), inferencelog.Table{ID: 5, Name: "a.b.five"}); err != nil {
			t.Fatal(err)
		}
		wantPlan(t, sink, 5, inferencelog.Query{}, "SCAN t_5 USING INDEX t_5_event_time_3")
		if err := sink.Drop(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
	}
}

// wantView checks that a table's view has the columns of the layout, in their order.
func wantView(t *testing.T, path, name string, l inferencelog.Layout) {
	t.Helper()
	rows, err := raw(t, path).Query(`SELECT * FROM "` + strings.ReplaceAll(name, `"`, `""`) + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range l.Columns() {
		want = append(want, c.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the columns %q, want %q", name, got, want)
	}
}

// An upgrade that cannot be done whole changes nothing.
func TestUpgradeAllOrNothing(t *testing.T) {
	path := version1(t)
	db := raw(t, path)
	if _, err := db.Exec(`DROP VIEW "main.logging.empty"; CREATE TABLE "main.logging.empty" (x)`); err != nil { // stands where a view is to be
		t.Fatal(err)
	}
	schema := func() (text string) {
		if err := db.QueryRow("SELECT user_version || group_concat(sql, ';') FROM sqlite_schema, pragma_user_version").Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := schema()
	if sink, err := sqlitelog.Open(path, nil); err == nil {
		sink.Close()
		t.Fatal("upgraded over a table of somebody else's")
	}
	if after := schema(); after != before || !strings.HasPrefix(after, "1") {
		t.Fatalf("half an upgrade:\n%s\nbefore:\n%s", after, before)
	}
	if _, err := db.Exec(`DROP TABLE "main.logging.empty"`); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, open(t, path), 7, inferencelog.Query{}); len(got) != 3 {
		t.Fatalf("rows %q", got)
	}
}

// A table of layout Usage has the columns of that layout, in the file too, and the id of a dropped table may come back
// with another layout.
func TestLayouts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	for _, l := range []inferencelog.Layout{inferencelog.Usage, inferencelog.Payload, inferencelog.Usage} {
		name := "system.ai_gateway." + string(l)
		if err := sink.Create(t.Context(), inferencelog.Table{ID: 5, Name: name, Layout: l}); err != nil {
			t.Fatal(err)
		}
		r := inferencelogtest.Plain("r", 1)
		r.RequesterID, r.ReasoningTokens = "4711", inferencelog.Known(7)
		if err := sink.Write(t.Context(), 5, []*inferencelog.Record{r}); err != nil {
			t.Fatal(err)
		}
		wantView(t, path, name, l)
		rows, err := inferencelogtest.Rows(t.Context(), sink, 5, inferencelog.Query{})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		got := rows[0]
		if usage := l == inferencelog.Usage; got.RequesterID != "4711" || got.ReasoningTokens.Valid != usage || (got.Request == nil) != usage {
			t.Fatalf("%s: %+v", l, got)
		}
		if err := sink.Drop(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
	}
}
