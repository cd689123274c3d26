package inferencelogtest

import (
	"fmt"
	"reflect"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

func checkLayouts(b *bench) {
	layouts := map[uint64]inferencelog.Layout{1: inferencelog.Payload, 2: inferencelog.Usage, 3: ""}
	for id, l := range layouts {
		b.createAs(id, fmt.Sprint("a.b.", id), l)
	}
	full := Full("full")
	for id, l := range layouts {
		b.write(id, full, Plain("plain", 1))
		wantShown(b, id, l, full)
		for _, name := range columnNames() {
			got, err := Rows(b.Context(), b.sink, id, inferencelog.Query{Columns: []string{name}, From: full.EventTime, To: full.EventTime.Add(1)})
			switch {
			case !l.Has(name):
				b.wantErr(fmt.Sprintf("column %s of layout %q", name, l), err, inferencelog.ErrNoColumn)
			case err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Value(name), full.Value(name)):
				b.Fatalf("column %s of layout %q: %v, %v", name, l, got, err)
			}
		}
	}
	n := 0
	rapid.Check(b.T, func(t *rapid.T) {
		n++
		r := Record(fmt.Sprint("row ", n)).Draw(t, "record")
		for id, l := range layouts {
			if err := b.sink.Write(b.Context(), id, []*inferencelog.Record{r}); err != nil {
				t.Fatal(err)
			}
			wantShown(&bench{T: b.T, sink: b.sink, fatalf: t.Fatalf}, id, l, r)
		}
	})
}

// wantShown reads a row and checks that it has what the layout shows of the record, and nothing else.
func wantShown(b *bench, id uint64, l inferencelog.Layout, r *inferencelog.Record) {
	b.Helper()
	want, err := shown(l, r)
	if err != nil {
		b.Fatal(err)
	}
	for _, got := range b.rows(id, inferencelog.Query{From: r.EventTime, To: r.EventTime.Add(1)}) {
		if got.ID != r.ID {
			continue
		}
		for _, name := range columnNames() {
			if g, w := got.Value(name), want.Value(name); !reflect.DeepEqual(g, w) {
				b.failf("layout %q, column %s: %#v, want %#v", l, name, g, w)
			}
		}
		return
	}
	b.failf("layout %q: row %q is not there", l, r.ID)
}
