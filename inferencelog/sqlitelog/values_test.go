package sqlitelog_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// What the file cannot keep without changing it is rejected, with its batch, and the error says what it is.
func TestRejected(t *testing.T) {
	const bad = "a\xffb"
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	createTwo(t, sink)
	for column, change := range map[string]func(*inferencelog.Record){
		"request":             func(r *inferencelog.Record) { r.Request = []byte(bad) },
		"response":            func(r *inferencelog.Record) { r.Response = []byte(bad) },
		"request_id":          func(r *inferencelog.Record) { r.RequestID = bad },
		"invocation_id":       func(r *inferencelog.Record) { r.ID = bad },
		"requester":           func(r *inferencelog.Record) { r.Requester = bad },
		"outcome":             func(r *inferencelog.Record) { r.Outcome = bad },
		"request_tags":        func(r *inferencelog.Record) { r.RequestTags = map[string]string{bad: ""} },
		"request_headers":     func(r *inferencelog.Record) { r.RequestHeaders = map[string]string{"": bad} },
		"logging_error_codes": func(r *inferencelog.Record) { r.LoggingErrorCodes = []string{bad} },
		"year 10000":          func(r *inferencelog.Record) { r.EventTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year 0":              func(r *inferencelog.Record) { r.EventTime = time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC) },
	} {
		r := inferencelogtest.Plain("bad", 1)
		change(r)
		err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("good", 0), r})
		if !errors.Is(err, inferencelog.ErrRejected) || !strings.Contains(err.Error(), column) {
			t.Errorf("%s: %v", column, err)
		}
		if got := ids(t, sink, 1, inferencelog.Query{}); len(got) != 0 {
			t.Fatalf("%s: rows %q", column, got)
		}
	}
	r := inferencelogtest.Plain("usage", 1)
	r.Response = []byte(bad) // not in this table
	write(t, sink, 2, r)
}

// Payloads are texts of any content and come back to the byte; nothing reads them as JSON.
func TestOddPayloads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	createTwo(t, sink)
	payloads := [][]byte{
		nil, {}, {0}, []byte("a\x00b"), []byte(`{"a":"\ud800"}`), []byte("1e999"), []byte("0123"), []byte("-0.0"),
		[]byte(strings.Repeat("[", 10_000)), bytes.Repeat([]byte("🙂"), inferencelog.MaxPayload/4), []byte("\U0010FFFF\uFFFE"),
	}
	for i, p := range payloads {
		r := inferencelogtest.Plain(fmt.Sprint(i), i)
		r.Request, r.Response = p, payloads[len(payloads)-1-i]
		write(t, sink, 1, r)
	}
	rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{Oldest: true})
	if err != nil || len(rows) != len(payloads) {
		t.Fatal(len(rows), err)
	}
	for i, r := range rows {
		for _, of := range []struct{ got, want []byte }{{r.Request, payloads[i]}, {r.Response, payloads[len(payloads)-1-i]}} {
			if !bytes.Equal(of.got, of.want) || (of.got == nil) != (of.want == nil) {
				t.Errorf("row %d: %.50q, want %.50q", i, of.got, of.want)
			}
		}
	}
	var texts, nulls int
	err = raw(t, path).QueryRow(`SELECT count(*) FILTER (WHERE typeof(request) = 'text'), count(*) FILTER (WHERE request IS NULL) FROM "a.b.1"`).Scan(&texts, &nulls)
	if err != nil || texts != len(payloads)-1 || nulls != 1 {
		t.Fatal(texts, nulls, err)
	}
}

// A condition may list any number of values, and any text.
func TestManyValues(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	createTwo(t, sink)
	odd := []string{"a\x00b", "", `"'[]`, "\ufffd", "ada"}
	for i, requester := range odd {
		r := inferencelogtest.Plain(fmt.Sprint(i), i)
		r.Requester = requester
		write(t, sink, 1, r)
	}
	for i, requester := range odd {
		for _, list := range [][]string{{requester}, {requester, requester}, {"x", requester}} {
			if got := ids(t, sink, 1, inferencelog.Query{Requesters: list}); len(got) != 1 || got[0] != fmt.Sprint(i) {
				t.Errorf("%q: rows %q", list, got)
			}
		}
	}
	var many []string
	for i := range 33_000 { // more than a statement has parameters
		many = append(many, fmt.Sprint(i))
	}
	if got := ids(t, sink, 1, inferencelog.Query{Requesters: append(many, "ada")}); len(got) != 1 {
		t.Errorf("one among many: rows %q", got)
	}
	for _, list := range [][]string{{"\xff"}, {"\xff", "\xfe"}, {"nobody"}} {
		if got := ids(t, sink, 1, inferencelog.Query{Requesters: list}); len(got) != 0 {
			t.Errorf("%q: rows %q", list, got)
		}
	}
	if got := ids(t, sink, 1, inferencelog.Query{Statuses: []int{0, 200}, Outcomes: []inferencelog.Outcome{"", "ok"}}); len(got) != len(odd) {
		t.Errorf("rows without status and outcome: %q", got)
	}
}

// Bounds of time that no row can have, and positions between rows, cut where they should.
func TestOddTimes(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	createTwo(t, sink)
	none := inferencelogtest.Plain("none", 0)
	none.EventTime = time.Time{}
	write(t, sink, 1, none, inferencelogtest.Plain("a", 0), inferencelogtest.Plain("b", 1))
	a := inferencelogtest.Plain("a", 0).Position()
	between := inferencelog.Position{EventTime: a.EventTime.Add(1), ID: "a"}
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		says string
		q    inferencelog.Query
		want string
	}{
		{"all", inferencelog.Query{}, "b a none"},
		{"from before all", inferencelog.Query{From: year(-5)}, "b a none"},
		{"from after all", inferencelog.Query{From: year(10000)}, ""},
		{"to after all", inferencelog.Query{To: year(12345)}, "b a none"},
		{"to before all", inferencelog.Query{To: year(0)}, ""},
		{"no time is before every time", inferencelog.Query{To: year(2)}, "none"},
		{"after", inferencelog.Query{After: &a}, "none"},
		{"after, oldest first", inferencelog.Query{After: &a, Oldest: true}, "b"},
		{"after no row's time", inferencelog.Query{After: &between}, "a none"},
		{"after no row's time, oldest first", inferencelog.Query{After: &between, Oldest: true}, "b"},
		{"after the row without time", inferencelog.Query{After: &inferencelog.Position{ID: "none"}, Oldest: true}, "a b"},
		{"after the end of time", inferencelog.Query{After: &inferencelog.Position{EventTime: year(20000)}}, "b a none"},
	} {
		if got := strings.Join(ids(t, sink, 1, c.q), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
}
