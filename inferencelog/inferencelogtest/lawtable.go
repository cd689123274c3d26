package inferencelogtest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/modelward/modelward/inferencelog"
)

func checkCreateTwice(b *bench) {
	b.create(7, "main.logging.a_payload")
	b.wantErr("same id", b.sink.Create(b.Context(), inferencelog.Table{ID: 7, Name: "main.logging.b_payload"}), inferencelog.ErrTableExists)
	b.wantErr("same name", b.sink.Create(b.Context(), inferencelog.Table{ID: 8, Name: "main.logging.a_payload"}), inferencelog.ErrTableExists)
	b.wantErr("the refused table", b.sink.Write(b.Context(), 8, []*inferencelog.Record{Plain("r", 0)}), inferencelog.ErrNoTable)
	b.create(9, "main.logging.b_payload")
	if err := b.sink.Drop(b.Context(), 7); err != nil {
		b.Fatal(err)
	}
	b.create(10, "main.logging.a_payload")
	b.create(7, "main.logging.c_payload")
}

func checkInvalidTable(b *bench) {
	for _, t := range []inferencelog.Table{{Name: "a.b.c"}, {ID: 1}, {ID: 1, Name: "a.b.\x00"}, {ID: 1, Name: "a.b.\xff"}, {ID: 1, Name: "a.b.c", Layout: "rows"}} {
		b.wantErr(fmt.Sprintf("%+v", t), b.sink.Create(b.Context(), t), inferencelog.ErrInvalidTable)
	}
}

func checkTables(b *bench) {
	want := b.severalTables()
	b.wantTables(want)
	for _, t := range want {
		b.write(t.ID, Plain("r", 0))
	}
}

func checkTablesReopened(b *bench) {
	want := b.severalTables()
	b.sink = b.reopen(b.T, b.sink)
	b.wantTables(want)
	b.wantErr("dropped", b.sink.Drop(b.Context(), 10), inferencelog.ErrNoTable)
	b.wantErr("same name", b.sink.Create(b.Context(), inferencelog.Table{ID: 3, Name: want[0].Name}), inferencelog.ErrTableExists)
	b.wantErr("same id", b.sink.Create(b.Context(), inferencelog.Table{ID: 9, Name: "a.b.c"}), inferencelog.ErrTableExists)
	b.create(10, "main.logging.t10_payload")
	if err := b.sink.Drop(b.Context(), 9); err != nil {
		b.Fatal(err)
	}
	b.sink = b.reopen(b.T, b.sink)
	b.wantTables(append([]inferencelog.Table{{ID: 10, Name: "main.logging.t10_payload", CreatedAt: want[0].CreatedAt}}, want[1:]...))
}

func checkRowsReopened(b *bench) {
	b.create(1, "a.b.c")
	b.create(2, `a.b.we"ird`)
	b.createAs(4, "a.b.usage", inferencelog.Usage)
	b.write(1, Plain("gone", 1))
	b.write(2, Plain("a", 1), Plain("c", 2))
	b.write(2, Plain("b", 1), Plain("d", 2))
	b.write(4, Plain("u", 1))
	if err := b.sink.Drop(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.sink = b.reopen(b.T, b.sink)
	b.want(2, inferencelog.Query{}, "d", "c", "b", "a")
	b.create(3, "a.b.c")
	b.want(3, inferencelog.Query{})
	b.write(2, Plain("a", 1), Plain("e", 1), Plain("d", 2))
	b.want(2, inferencelog.Query{}, "d", "c", "e", "b", "a")
	b.want(2, inferencelog.Query{Oldest: true, After: place(Plain("b", 1))}, "e", "c", "d")
	b.write(4, Plain("u", 1), Plain("v", 2))
	b.want(4, inferencelog.Query{}, "v", "u")
}

// severalTables creates tables whose ids and names are apt to be confused, drops one, and returns those that are there.
func (b *bench) severalTables() []inferencelog.Table {
	b.Helper()
	var list []inferencelog.Table
	for _, id := range []uint64{10, 9, 1<<64 - 1, 1 << 63} {
		t := inferencelog.Table{ID: id, Name: fmt.Sprintf(`main.logging."t%d" payload`, id), CreatedAt: Plain("", 0).EventTime}
		if id%2 == 1 {
			t.Layout = inferencelog.Usage
		}
		if err := b.sink.Create(b.Context(), t); err != nil {
			b.Fatal(err)
		}
		list = append(list, t)
	}
	if err := b.sink.Drop(b.Context(), 10); err != nil {
		b.Fatal(err)
	}
	return []inferencelog.Table{list[1], list[3], list[2]}
}

// wantTables checks the list of tables. A layout that is not named is Payload.
func (b *bench) wantTables(want []inferencelog.Table) {
	b.Helper()
	got, err := b.sink.Tables(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	named := func(list []inferencelog.Table) []inferencelog.Table {
		list = slices.Clone(list)
		for i := range list {
			list[i].Layout = cmp.Or(list[i].Layout, inferencelog.Payload)
		}
		return list
	}
	if !reflect.DeepEqual(named(got), named(want)) {
		b.Fatalf("tables %+v, want %+v", got, want)
	}
}

func checkDropMissing(b *bench) {
	b.wantErr("drop", b.sink.Drop(b.Context(), 1), inferencelog.ErrNoTable)
	b.wantErr("write", b.sink.Write(b.Context(), 1, []*inferencelog.Record{Plain("r", 0)}), inferencelog.ErrNoTable)
	b.create(1, "a.b.c")
	b.write(1, Plain("r", 0))
	if err := b.sink.Drop(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.wantErr("drop again", b.sink.Drop(b.Context(), 1), inferencelog.ErrNoTable)
	b.wantErr("write to dropped", b.sink.Write(b.Context(), 1, []*inferencelog.Record{Plain("s", 0)}), inferencelog.ErrNoTable)
	if reader, ok := b.sink.(inferencelog.RowReader); ok {
		for r, err := range reader.Rows(b.Context(), 1, inferencelog.Query{}) {
			if r != nil {
				b.Fatalf("a dropped table yields %q", r.ID)
			}
			b.wantErr("read", err, inferencelog.ErrNoTable)
		}
	}
}

func checkEmptyAgain(b *bench) {
	b.create(1, "a.b.c")
	b.write(1, Plain("r", 0))
	for _, id := range []uint64{2, 1} {
		before := 3 - id
		if err := b.sink.Drop(b.Context(), before); err != nil {
			b.Fatal(err)
		}
		b.create(id, "a.b.c")
		b.want(id, inferencelog.Query{})
		b.write(id, Plain("r", 0))
	}
}

func checkNames(b *bench) {
	names := []string{
		`main.logging.we"ird`, `main.logging.we""ird`, `main.logging.'; DROP TABLE t_1; --`, "main.logging.`x`", "main.logging.[x]", "a b.c d.e f",
		"a.b.é", "a.b.e\u0301", `a.b.c\`, "a.b.%", "a.b.c;", "a.b.c/../d", "select", "a.b.\n",
	}
	for i, name := range names {
		b.create(uint64(i+1), name)
		b.write(uint64(i+1), Plain(name, i))
	}
	for i, name := range names {
		b.want(uint64(i+1), inferencelog.Query{}, name)
	}
	list, err := b.sink.Tables(b.Context())
	if err != nil || len(list) != len(names) {
		b.Fatalf("%d tables (%v), want %d", len(list), err, len(names))
	}
	for i, t := range list {
		if t.Name != names[i] {
			b.Fatalf("table %d is named %q, want %q", t.ID, t.Name, names[i])
		}
		if err := b.sink.Drop(b.Context(), t.ID); err != nil {
			b.Fatal(err)
		}
	}
}
