package inferencelogtest

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

func checkFaithful(b *bench) {
	b.create(1, "a.b.c")
	n := 0
	rapid.Check(b.T, func(t *rapid.T) {
		n++
		r := Record(fmt.Sprint("row ", n)).Draw(t, "record")
		want := r.Clone()
		if err := b.sink.Write(b.Context(), 1, []*inferencelog.Record{r}); err != nil {
			t.Fatal(err)
		}
		got, err := Rows(b.Context(), b.sink, 1, inferencelog.Query{From: r.EventTime, To: r.EventTime.Add(1)})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got, func(g *inferencelog.Record) bool { return g.ID == r.ID })
		if i < 0 {
			t.Fatalf("the row is not there")
		}
		same(t, got[i], want)
	})
}

// same compares two rows column by column.
func same(t *rapid.T, got, want *inferencelog.Record) {
	t.Helper()
	for _, c := range inferencelog.Columns() {
		if g, w := got.Value(c.Name), want.Value(c.Name); !reflect.DeepEqual(g, w) {
			t.Fatalf("column %s: %#v, want %#v", c.Name, g, w)
		}
	}
}

func checkNewestFirst(b *bench) {
	b.create(1, "a.b.c")
	b.write(1, Plain("b1", 2), Plain("a", 1), Plain("d", 4))
	b.write(1, Plain("c", 3), Plain("b2", 2))
	b.want(1, inferencelog.Query{}, "d", "c", "b2", "b1", "a")
	b.want(1, inferencelog.Query{Limit: 2}, "d", "c")
	b.want(1, inferencelog.Query{Limit: 9}, "d", "c", "b2", "b1", "a")
	b.want(1, inferencelog.Query{Limit: -1}, "d", "c", "b2", "b1", "a")
	at := func(seconds int) time.Time { return Plain("", seconds).EventTime }
	b.want(1, inferencelog.Query{From: at(2), To: at(4)}, "c", "b2", "b1")
	b.want(1, inferencelog.Query{From: at(2).Add(1), Limit: 1}, "d")
	b.want(1, inferencelog.Query{From: at(3).Add(1)}, "d")
	b.want(1, inferencelog.Query{To: at(1).Add(1)}, "a")
	b.want(1, inferencelog.Query{To: at(1)})
	east := time.FixedZone("east", 7200)
	b.want(1, inferencelog.Query{From: at(4).In(east)}, "d")
	for r, err := range b.sink.(inferencelog.RowReader).Rows(b.Context(), 1, inferencelog.Query{}) {
		if err != nil || r.ID != "d" {
			b.Fatalf("first row %v, %v", r, err)
		}
		break
	}
	b.write(1, Plain("e", 5))
}

func checkSomeColumns(b *bench) {
	b.create(1, "a.b.c")
	full := Plain("r", 1)
	b.write(1, full)
	for _, c := range inferencelog.Columns() {
		rows := b.rows(1, inferencelog.Query{Columns: []string{c.Name}})
		if len(rows) != 1 || !reflect.DeepEqual(rows[0].Value(c.Name), full.Value(c.Name)) {
			b.Fatalf("column %s: %v", c.Name, rows)
		}
		if c.Name != "response" && rows[0].Response != nil {
			b.Fatalf("asked for %s, got the response too", c.Name)
		}
	}
	_, err := Rows(b.Context(), b.sink, 1, inferencelog.Query{Columns: []string{"request", "no_such"}})
	b.wantErr("unknown column", err, inferencelog.ErrNoColumn)
}

func checkCopies(b *bench) {
	b.create(1, "a.b.c")
	r := Plain("r", 1)
	r.RequestTags = map[string]string{"team": "red"}
	r.LoggingErrorCodes = []string{"A"}
	b.write(1, r)
	some := inferencelog.Query{Columns: []string{"request", "request_tags", "logging_error_codes"}}
	for _, q := range []inferencelog.Query{{}, some, some, {}} {
		got := b.rows(1, q)[0]
		if string(got.Request) != `{"model":"chat"}` || got.RequestTags["team"] != "red" || got.LoggingErrorCodes[0] != "A" {
			b.Fatalf("the stored row changed: %+v", got)
		}
		got.Request[0], got.RequestTags["team"], got.LoggingErrorCodes[0] = 'X', "blue", "B"
	}
}
