package parquetlog_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

var layouts = []inferencelog.Layout{inferencelog.Payload, inferencelog.Usage}

// A row in a spool has in every column what the wall says that the record has there.
func TestRowHasWhatTheWallSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := inferencelogtest.Record("r").Draw(t, "record")
		r.RequestSize = rapid.Int64Range(0, 5).Draw(t, "request size") // also less than the body
		r.ResponseSize = rapid.Int64Range(0, 5).Draw(t, "response size")
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		got, err := parquetlog.RoundTrip(layout, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range layout.Columns() {
			if g, w := got.Value(c.Name), r.Value(c.Name); !reflect.DeepEqual(g, w) {
				t.Fatalf("column %s: %#v, want %#v", c.Name, g, w)
			}
		}
	})
}

// Bytes that are no row are an error, and nothing worse.
func TestNoRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		_ = parquetlog.Decode(layout, rapid.SliceOf(rapid.OneOf(rapid.ByteRange(0, 3), rapid.Byte())).Draw(t, "bytes"))
	})
	if parquetlog.Decode(inferencelog.Payload, nil) == nil {
		t.Error("nothing is a row")
	}
}

// Text that is not valid UTF-8 is mended; an id, or a time that no calendar has, is a rejection.
func TestOddText(t *testing.T) {
	sink := open(t, t.TempDir(), nil)
	create(t, sink, 1)
	odd := inferencelogtest.Plain("odd", 1)
	odd.Request = []byte(strings.Repeat("a", 100) + "\xff" + strings.Repeat("b", 100) + "é")
	odd.Requester = "\xc3("
	odd.RequestTags = map[string]string{"\xff": "\xfe", "\xfe": "x", "plain": "y"}
	odd.LoggingErrorCodes = []string{"\xed\xa0\x80"}
	write(t, sink, 1, odd)
	for range 2 {
		rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		r := rows[0]
		if want := strings.Repeat("a", 100) + "\uFFFD" + strings.Repeat("b", 100) + "é"; string(r.Request) != want || r.Requester != "\uFFFD(" {
			t.Fatalf("%q %q", r.Request, r.Requester)
		}
		for key, value := range r.RequestTags {
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				t.Fatalf("tag %q %q", key, value)
			}
		}
		if len(r.RequestTags) != 2 || r.RequestTags["plain"] != "y" || len(r.LoggingErrorCodes) != 1 {
			t.Fatalf("%q %q", r.RequestTags, r.LoggingErrorCodes)
		}
		if err := sink.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	badID, badTime := inferencelogtest.Plain("\xff", 1), inferencelogtest.Plain("t", 1)
	badTime.EventTime = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range []*inferencelog.Record{badID, badTime} {
		if err := sink.Write(t.Context(), 1, []*inferencelog.Record{r}); !strings.Contains(err.Error(), inferencelog.ErrRejected.Error()) {
			t.Errorf("%v", err)
		}
	}
}
