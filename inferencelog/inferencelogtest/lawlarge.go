package inferencelogtest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/modelward/modelward/inferencelog"
)

// plainRows returns rows in the order of their ids and times.
func plainRows(n int) []*inferencelog.Record {
	rows := make([]*inferencelog.Record, n)
	for i := range rows {
		rows[i] = Plain(fmt.Sprintf("%04d", i), i)
	}
	return rows
}

func checkCallersSlice(b *bench) {
	b.create(1, "a.b.c")
	batch := plainRows(4)
	for range 2 {
		b.write(1, batch...)
		clear(batch)
		batch = append(batch[:0], Plain("x", 8), Plain("y", 9))
	}
	clear(batch[:4])
	b.want(1, inferencelog.Query{}, "y", "x", "0003", "0002", "0001", "0000")
}

func checkLargeBatch(b *bench) {
	b.create(1, "a.b.c")
	rows := plainRows(2000)
	b.write(1, rows[500:700]...)
	b.write(1, append(slices.Clone(rows), rows...)...)
	b.write(1, rows...)
	got := b.rows(1, inferencelog.Query{Columns: []string{"invocation_id", "event_time", "response"}})
	if want := answer(rows, inferencelog.Query{}); !slices.Equal(rowIDs(got), rowIDs(want)) {
		b.Fatalf("%d rows, want %d, each once and newest first", len(got), len(want))
	}
	for _, r := range got {
		if string(r.Response) != `{"id":"`+r.ID+`"}` {
			b.Fatalf("row %s has the response %q", r.ID, r.Response)
		}
	}
	b.want(1, inferencelog.Query{Limit: 2, After: place(rows[1000])}, "0999", "0998")
}

func checkHugeRow(b *bench) {
	b.create(1, "a.b.c")
	rows := plainRows(101)
	huge := rows[50]
	huge.Request = bytes.Repeat([]byte("\"\\\n\x00é🙂\u2028\x01"), inferencelog.MaxPayload/16)
	huge.Response = bytes.Repeat([]byte("0123456789abcdef"), inferencelog.MaxPayload/16)
	b.write(1, rows...)
	got := b.rows(1, inferencelog.Query{Columns: []string{"invocation_id", "event_time"}})
	if !slices.Equal(rowIDs(got), rowIDs(answer(rows, inferencelog.Query{}))) {
		b.Fatalf("rows %q", rowIDs(got))
	}
	for _, r := range b.rows(1, inferencelog.Query{From: rows[49].EventTime, To: rows[52].EventTime}) {
		want := rows[slices.IndexFunc(rows, func(w *inferencelog.Record) bool { return w.ID == r.ID })]
		if !bytes.Equal(r.Request, want.Request) || !bytes.Equal(r.Response, want.Response) {
			b.Fatalf("row %s came back with %d and %d bytes, or others than were written", r.ID, len(r.Request), len(r.Response))
		}
	}
}

func checkUnchanged(b *bench) {
	b.create(1, "a.b.c")
	b.create(2, "a.b.d")
	b.createAs(3, "a.b.usage", inferencelog.Usage)
	rows := []*inferencelog.Record{Full("full"), Plain("plain", 1), {ID: "bare"}, Full("again"), Full("again")}
	rows[4].StatusCode = 502
	before := make([]*inferencelog.Record, len(rows))
	for i, r := range rows {
		before[i] = r.Clone()
	}
	for _, id := range []uint64{1, 3, 2, 1, 3} {
		b.write(id, rows...)
		for i, r := range rows {
			if !reflect.DeepEqual(r, before[i]) {
				b.Fatalf("writing to table %d changed the record\n%+v\nto\n%+v", id, before[i], r)
			}
		}
	}
	if b.unreadable {
		return
	}
	for _, id := range []uint64{1, 3} {
		for _, r := range b.rows(id, inferencelog.Query{}) {
			scribble(r)
		}
	}
	for i, r := range rows {
		if !reflect.DeepEqual(r, before[i]) {
			b.Fatalf("a reader changed the record\n%+v\nto\n%+v", before[i], r)
		}
	}
}

// scribble changes all that a reader may think is its own.
func scribble(r *inferencelog.Record) {
	for _, body := range [][]byte{r.Request, r.Response} {
		for i := range body {
			body[i] = '#'
		}
	}
	for _, m := range []map[string]string{r.RequestTags, r.RequestHeaders} {
		for k := range m {
			m[k] = "#"
		}
	}
	for i := range r.LoggingErrorCodes {
		r.LoggingErrorCodes[i] = "#"
	}
	for i := range r.Attempts {
		r.Attempts[i].Destination = "#"
	}
}
