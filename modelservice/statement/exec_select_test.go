package statement_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

const payload = "main.logging.team_chat_payload"

// write stores n rows of which the i-th is the result of row(i).
func (w *world) write(n int, row func(i int) *inferencelog.Record) {
	w.Helper()
	id, ok := w.ms.Catalog().Snapshot().Lookup(catalog.TypeTable, w.name(payload))
	if !ok {
		w.Fatal("there is no table")
	}
	var batch []*inferencelog.Record
	for i := range n {
		r := row(i)
		r.ID = fmt.Sprintf("row-%d", i)
		if r.EventTime.IsZero() {
			r.EventTime = time.Unix(int64(i), 0)
		}
		batch = append(batch, r)
	}
	w.check(w.sink.Write(w.ctx, uint64(id), batch))
}

func TestSelect(t *testing.T) {
	w := newWorld(t)
	w.write(3, func(i int) *inferencelog.Record {
		if i < 2 {
			return &inferencelog.Record{RequestID: fmt.Sprint("r", i)}
		}
		return &inferencelog.Record{
			RequestID: "r2", EventTime: time.Date(2026, 8, 1, 12, 0, 0, 1000, time.FixedZone("", 7200)), StatusCode: 200,
			RequestTags: map[string]string{"b": "<2>", "a": "\"1\""}, Request: []byte(`{"a":"<ü>"}`), Response: []byte{},
			LoggingErrorCodes: []string{"X", "Y"}, TimeToFirstByteMs: inferencelog.Known(0), TotalTokens: inferencelog.Known(7),
			SamplingFraction: 0.25, Attempts: []inferencelog.Attempt{{Destination: "a", Action: "answered", Status: 200}},
			Draw: 1 << 63, Drawn: true, Outcome: inferencelog.OutcomeOK,
		}
	})
	all := w.execute("alice", "SELECT * FROM "+payload)
	var names []string
	for _, c := range all.Columns {
		names = append(names, c.Name)
	}
	for i, c := range inferencelog.Columns() {
		if all.Columns[i] != (statement.Column{Name: c.Name, Type: c.Type}) {
			t.Errorf("column %d is %v, want %v", i, all.Columns[i], c)
		}
	}
	want := map[string]string{
		"request_id": "r2", "invocation_id": "row-2", "event_time": "2026-08-01T10:00:00.000001Z", "status_code": "200",
		"request_tags": `{"a":"\"1\"","b":"<2>"}`, "request": `{"a":"<ü>"}`, "response": "", "logging_error_codes": `["X","Y"]`,
		"time_to_first_byte_ms": "0", "total_tokens": "7", "input_tokens": "NULL", "sampling_fraction": "0.25", "schema_version": "1",
		"attempts": `[{"destination":"a","action":"answered","status_code":200,"error_code":null,"latency_ms":0,"class":null}]`,
		"draw":     "9223372036854775808", "outcome": "ok", "latency_ms": "0", "url": "NULL",
	}
	rows := cells(all.Rows)
	if len(rows) != 3 || all.Truncated {
		t.Fatalf("%d rows, truncated %v", len(rows), all.Truncated)
	}
	for name, value := range want {
		if got := rows[0][slices.Index(names, name)]; got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}

	some := w.execute("alice", "select Request_ID, DRAW, request_id from Main.Logging.Team_Chat_Payload limit 2")
	if got := cells(some.Rows); !reflect.DeepEqual(got, [][]string{{"r2", "9223372036854775808", "r2"}, {"r1", "NULL", "r1"}}) || some.Truncated {
		t.Errorf("newest first, columns as named: got %q", got)
	}
	if some.Columns[0] != (statement.Column{Name: "request_id", Type: "STRING"}) {
		t.Errorf("the first column is %v", some.Columns[0])
	}
	for _, text := range []string{"SELECT * FROM " + payload + " LIMIT 0", "SELECT url FROM " + payload + " LIMIT 0"} {
		if none := w.execute("alice", text); len(none.Rows) != 0 || len(none.Columns) == 0 || none.Truncated {
			t.Errorf("%s: %d rows, %d columns, truncated %v", text, len(none.Rows), len(none.Columns), none.Truncated)
		}
	}
	if e := w.refused("carol", "SELECT * FROM "+payload+" LIMIT 0"); e.Code != modelservice.CodeDoesNotExist {
		t.Errorf("LIMIT 0 is checked like any other: got %v", e)
	}
}

func TestSelectCut(t *testing.T) {
	w := newWorld(t)
	w.write(statement.DefaultRows+1, func(int) *inferencelog.Record { return &inferencelog.Record{} })
	for _, c := range []struct {
		limit string
		rows  int
		cut   bool
	}{
		{"", statement.DefaultRows, true},
		{" LIMIT 1000", statement.DefaultRows, false},
		{" LIMIT 1001", statement.DefaultRows + 1, false},
		{" LIMIT 9223372036854775807", statement.DefaultRows + 1, false},
	} {
		result := w.execute("alice", "SELECT draw FROM "+payload+c.limit)
		if len(result.Rows) != c.rows || result.Truncated != c.cut {
			t.Errorf("LIMIT%q: %d rows, truncated %v; want %d, %v", c.limit, len(result.Rows), result.Truncated, c.rows, c.cut)
		}
	}
}

func TestSelectSize(t *testing.T) {
	w := newWorld(t)
	mebibyte := []byte(strings.Repeat("x", 1<<20))
	w.write(40, func(int) *inferencelog.Record { return &inferencelog.Record{Request: mebibyte} })
	result := w.execute("alice", "SELECT request FROM "+payload)
	if len(result.Rows) != 24 || !result.Truncated {
		t.Errorf("%d rows of 1 MiB, truncated %v; 24 fit into MaxResult", len(result.Rows), result.Truncated)
	}
	if result = w.execute("alice", "SELECT draw FROM "+payload); len(result.Rows) != 40 || result.Truncated {
		t.Errorf("%d rows without the payload, truncated %v", len(result.Rows), result.Truncated)
	}
}

func TestSelectRights(t *testing.T) {
	w := newWorld(t)
	text := "SELECT * FROM " + payload
	for _, step := range []struct {
		grant string
		code  modelservice.Code
	}{
		{"GRANT USE CATALOG ON CATALOG main TO carol", modelservice.CodeDoesNotExist},
		{"GRANT USE SCHEMA ON SCHEMA main.logging TO carol", modelservice.CodeDoesNotExist},
		{"GRANT MANAGE ON TABLE " + payload + " TO carol", modelservice.CodePermissionDenied},
		{"GRANT SELECT ON TABLE " + payload + " TO carol", ""},
		{"REVOKE USE CATALOG ON CATALOG main FROM carol", modelservice.CodeDoesNotExist},
	} {
		w.execute("alice", step.grant)
		_, err := statement.Execute(w.ctx, w.ms, w.id("carol"), text, nil)
		var got modelservice.Code
		if err != nil {
			got = modelservice.AsError(err).Code
		}
		if got != step.code {
			t.Errorf("after %s: %v, want %q", step.grant, err, step.code)
		}
	}
}

// Who manages what is above sees the table, and is told which right is missing
// where.
func TestSelectMissingUse(t *testing.T) {
	w := newWorld(t)
	w.update(func(tx *catalog.Tx) error { return tx.AddMember(catalog.MetastoreAdmins, w.id("carol")) })
	e := w.refused("carol", "SELECT * FROM "+payload)
	want := "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have USE CATALOG on Catalog 'main'. SQLSTATE: 42501"
	if e.Message != want {
		t.Errorf(" got %s\nwant %s", e.Message, want)
	}
}

func TestSelectFailures(t *testing.T) {
	w := newWorld(t)
	w.write(1, func(int) *inferencelog.Record { return &inferencelog.Record{} })
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err := statement.Execute(ctx, w.ms, w.id("alice"), "SELECT * FROM "+payload, nil)
	if modelservice.AsError(err).Code != modelservice.CodeCancelled {
		t.Errorf("a caller who is gone: %v", err)
	}
	id, _ := w.ms.Catalog().Snapshot().Lookup(catalog.TypeTable, w.name(payload))
	w.check(w.sink.Drop(w.ctx, uint64(id)))
	if e := w.refused("alice", "SELECT * FROM "+payload); e.Code != modelservice.CodeDoesNotExist {
		t.Errorf("a table that the log does not have: %v", e)
	}
}
