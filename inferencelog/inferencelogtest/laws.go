package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

var laws = []law{
	{"create-twice", "creating a table whose id or whose name is live fails with ErrTableExists and changes nothing (spec §6.1)", nothing, checkCreateTwice},
	{"invalid-table", "a table without id or name, or with a NUL or invalid UTF-8 in its name, is refused with ErrInvalidTable", nothing, checkInvalidTable},
	{"tables", "Tables lists the live tables in the order of their ids, also of those beyond 63 bits", nothing, checkTables},
	{"drop-missing", "dropping, or writing to, a table that is not there is ErrNoTable", nothing, checkDropMissing},
	{"rejected", "a batch with a nil record or a record without id is ErrRejected", nothing, checkRejected},
	{"cancelled", "a context that is over stops every call", nothing, checkCancelled},
	{"closed", "after Close every call fails", nothing, checkClosed},
	{"empty-again", "a later table of a dropped one's name is empty, whatever its id", readable, checkEmptyAgain},
	{"names", "a name is data: quotes, blanks, semicolons and slashes in it name a table and do nothing else", readable, checkNames},
	{"idempotent", "a row whose id is there is left as it is; its neighbours are stored", readable, checkIdempotent},
	{"all-or-nothing", "a batch that fails leaves no row behind", readable, checkAllOrNothing},
	{"apart", "a row's id is its own within its table only, and no table shows another's rows", readable, checkApart},
	{"faithful", "every column comes back as it was written, payloads to the byte", readable, checkFaithful},
	{"newest-first", "rows come newest first by event time, the later written first among equals; limit, from and to cut exactly", readable, checkNewestFirst},
	{"some-columns", "only the columns asked for are filled in; an unknown one is ErrNoColumn", readable, checkSomeColumns},
	{"copies", "what is read is the reader's own: changing it changes nothing stored", readable, checkCopies},
	{"concurrent", "concurrent writers, readers and creators lose nothing and tear nothing", readable, checkConcurrent},
	{"reopened", "what was written and created is there after the sink is opened anew; what was dropped is not", durable, checkReopened},
}

func (b *bench) wantErr(what string, err, target error) {
	b.Helper()
	if !errors.Is(err, target) {
		b.Fatalf("%s: error %v, want %v", what, err, target)
	}
}

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
	for _, t := range []inferencelog.Table{{Name: "a.b.c"}, {ID: 1}, {ID: 1, Name: "a.b.\x00"}, {ID: 1, Name: "a.b.\xff"}} {
		b.wantErr(fmt.Sprintf("%+v", t), b.sink.Create(b.Context(), t), inferencelog.ErrInvalidTable)
	}
}

func checkTables(b *bench) {
	ids := []uint64{10, 9, 1<<64 - 1, 1 << 63}
	for _, id := range ids {
		b.create(id, fmt.Sprintf("main.logging.t%d_payload", id))
	}
	if err := b.sink.Drop(b.Context(), 10); err != nil {
		b.Fatal(err)
	}
	got, err := b.sink.Tables(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var want []inferencelog.Table
	for _, id := range []uint64{9, 1 << 63, 1<<64 - 1} {
		want = append(want, inferencelog.Table{ID: id, Name: fmt.Sprintf("main.logging.t%d_payload", id), CreatedAt: Plain("", 0).EventTime})
		b.write(id, Plain("r", 0))
	}
	if !reflect.DeepEqual(got, want) {
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

func checkRejected(b *bench) {
	b.create(1, "a.b.c")
	b.wantErr("nil", b.sink.Write(b.Context(), 1, []*inferencelog.Record{nil}), inferencelog.ErrRejected)
	b.wantErr("no id", b.sink.Write(b.Context(), 1, []*inferencelog.Record{{}}), inferencelog.ErrRejected)
	b.write(1)
}

func checkCancelled(b *bench) {
	b.create(1, "a.b.c")
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	_, tables := b.sink.Tables(ctx)
	for what, err := range map[string]error{
		"create": b.sink.Create(ctx, inferencelog.Table{ID: 2, Name: "a.b.d"}),
		"drop":   b.sink.Drop(ctx, 1),
		"tables": tables,
		"write":  b.sink.Write(ctx, 1, []*inferencelog.Record{Plain("r", 0)}),
	} {
		b.wantErr(what, err, context.Canceled)
	}
	if _, err := Rows(ctx, b.sink, 1, inferencelog.Query{}); !errors.Is(err, inferencelog.ErrNotReadable) {
		b.wantErr("rows", err, context.Canceled)
	}
	b.create(2, "a.b.d")
	b.write(1, Plain("r", 0))
}

func checkClosed(b *bench) {
	b.create(1, "a.b.c")
	if err := b.sink.Close(); err != nil {
		b.Fatal(err)
	}
	_, tables := b.sink.Tables(b.Context())
	_, rows := Rows(b.Context(), b.sink, 1, inferencelog.Query{})
	for what, err := range map[string]error{
		"create": b.sink.Create(b.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}),
		"drop":   b.sink.Drop(b.Context(), 1),
		"tables": tables,
		"write":  b.sink.Write(b.Context(), 1, []*inferencelog.Record{Plain("r", 0)}),
		"rows":   rows,
	} {
		if err == nil {
			b.Fatalf("%s worked after Close", what)
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

func checkIdempotent(b *bench) {
	b.create(1, "a.b.c")
	first, second, third := Plain("1", 1), Plain("2", 2), Plain("3", 3)
	b.write(1, first, second)
	b.write(1, first, second)
	changed := Plain("2", 2)
	changed.Response = []byte("another answer")
	b.write(1, changed, third, third)
	b.want(1, inferencelog.Query{}, "3", "2", "1")
	if got := b.rows(1, inferencelog.Query{})[1].Response; string(got) != string(second.Response) {
		b.Fatalf("the row was overwritten with %q", got)
	}
}

func checkAllOrNothing(b *bench) {
	b.create(1, "a.b.c")
	for at := range 5 {
		batch := []*inferencelog.Record{Plain("1", 1), Plain("2", 2), Plain("3", 3), Plain("4", 4)}
		batch = slices.Insert(batch, at, &inferencelog.Record{})
		b.wantErr("write", b.sink.Write(b.Context(), 1, batch), inferencelog.ErrRejected)
		b.want(1, inferencelog.Query{})
	}
}

func checkApart(b *bench) {
	b.create(1, "a.b.c")
	b.create(2, "a.b.d")
	b.write(1, Plain("same", 1), Plain("one", 2))
	b.write(2, Plain("same", 1))
	b.want(1, inferencelog.Query{}, "one", "same")
	b.want(2, inferencelog.Query{}, "same")
	if err := b.sink.Drop(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.want(2, inferencelog.Query{}, "same")
}

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

func checkConcurrent(b *bench) {
	const writers, batches, rows = 4, 10, 5
	b.create(1, "a.b.c")
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			own := uint64(100 + w)
			if err := b.sink.Create(b.Context(), inferencelog.Table{ID: own, Name: fmt.Sprint("a.b.w", w)}); err != nil {
				b.Error(err)
			}
			for i := range batches {
				var batch []*inferencelog.Record
				for k := range rows {
					batch = append(batch, Plain(fmt.Sprintf("%d/%d/%d", w, i, k), i))
				}
				for _, id := range []uint64{1, own} {
					if err := b.sink.Write(b.Context(), id, batch); err != nil {
						b.Error(err)
					}
				}
				got, err := Rows(b.Context(), b.sink, 1, inferencelog.Query{Columns: []string{"invocation_id"}})
				if err != nil || len(got)%rows != 0 {
					b.Errorf("a reader sees %d rows, part of a batch (%v)", len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(b.rows(1, inferencelog.Query{})); got != writers*batches*rows {
		b.Fatalf("%d rows, want %d", got, writers*batches*rows)
	}
	for w := range writers {
		if got := len(b.rows(uint64(100+w), inferencelog.Query{})); got != batches*rows {
			b.Fatalf("writer %d: %d rows, want %d", w, got, batches*rows)
		}
	}
}

func checkReopened(b *bench) {
	b.create(1, "a.b.c")
	b.create(2, `a.b.we"ird`)
	b.write(1, Plain("r", 1))
	b.write(2, Plain("s", 2))
	if err := b.sink.Drop(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.sink = b.reopen(b.T, b.sink)
	b.want(2, inferencelog.Query{}, "s")
	b.wantErr("dropped", b.sink.Drop(b.Context(), 1), inferencelog.ErrNoTable)
	b.wantErr("same name", b.sink.Create(b.Context(), inferencelog.Table{ID: 3, Name: `a.b.we"ird`}), inferencelog.ErrTableExists)
	b.create(3, "a.b.c")
	b.write(2, Plain("s", 2), Plain("t", 3))
	b.want(2, inferencelog.Query{}, "t", "s")
}
