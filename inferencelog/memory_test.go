package inferencelog_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestMemoryLaws(t *testing.T) {
	inferencelogtest.TestSink(t, func(*testing.T) inferencelog.LogSink { return inferencelog.NewMemory() }, &inferencelogtest.Features{
		Forgetful: "its rows live in memory",
	})
}

// remembered is a row of the slow and obvious table that Memory is compared with.
type remembered struct {
	*inferencelog.Record
	written int
}

// Whatever is written and asked, the rows that come are those of a list that is cut, sorted and filtered anew each time.
func TestMemoryAgainstList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		maxRows := rapid.IntRange(1, 12).Draw(t, "max rows")
		maxBytes := rapid.Int64Range(1, 400).Draw(t, "max bytes")
		sink := inferencelog.NewMemoryWith(&inferencelog.MemoryOptions{MaxRows: maxRows, MaxBytes: maxBytes})
		if err := sink.Create(ctx, inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
			t.Fatal(err)
		}
		var list []remembered
		start := inferencelogtest.Plain("", 0).EventTime
		moment := func(what string) time.Time {
			return start.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, what)) * 500 * time.Nanosecond)
		}
		written := 0
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				var batch []*inferencelog.Record
				for range rapid.IntRange(0, 4).Draw(t, "rows") {
					r := inferencelogtest.Plain(fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id")), 0)
					r.EventTime = moment("at")
					r.StatusCode = rapid.SampledFrom([]int{200, 500}).Draw(t, "status")
					r.Response = make([]byte, rapid.IntRange(0, 90).Draw(t, "bytes"))
					batch = append(batch, r)
				}
				if err := sink.Write(ctx, 1, batch); err != nil {
					t.Fatal(err)
				}
				for _, r := range batch {
					if !slices.ContainsFunc(list, func(l remembered) bool { return l.ID == r.ID }) {
						list = append(list, remembered{r, written})
						written++
					}
				}
				weight := func() (n int64) {
					for _, l := range list {
						n += int64(len(l.Request) + len(l.Response))
					}
					return n
				}
				for len(list) > maxRows || len(list) > 1 && weight() > maxBytes {
					list = list[1:]
				}
			},
			"read": func(t *rapid.T) {
				q := inferencelog.Query{Limit: rapid.Int64Range(-1, 5).Draw(t, "limit"), Oldest: rapid.Bool().Draw(t, "oldest")}
				if rapid.Bool().Draw(t, "bounded") {
					q.From, q.To = moment("from"), moment("to")
				}
				if rapid.Bool().Draw(t, "filtered") {
					q.Statuses = []int{500}
				}
				if rapid.Bool().Draw(t, "paged") {
					p := inferencelog.Position{EventTime: moment("after").Truncate(time.Microsecond), ID: fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "after id"))}
					q.After = &p
				}
				rows, err := inferencelogtest.Rows(ctx, sink, 1, q)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range rows {
					got = append(got, r.ID)
				}
				if want := ask(list, q); !slices.Equal(got, want) {
					t.Fatalf("%+v yields %q, want %q", q, got, want)
				}
			},
		})
	})
}

// ask answers a query in the obvious way.
func ask(list []remembered, q inferencelog.Query) (ids []string) {
	at := func(r remembered) time.Time { return r.EventTime.Truncate(time.Microsecond) }
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b remembered) int {
		c := cmp.Or(at(b).Compare(at(a)), b.written-a.written)
		if q.Oldest {
			return -c
		}
		return c
	})
	begin := 0
	if q.After != nil {
		begin = len(list)
		there := slices.IndexFunc(list, func(r remembered) bool { return r.ID == q.After.ID && at(r).Equal(q.After.EventTime) })
		for i, r := range list {
			c := q.After.EventTime.Compare(at(r))
			if q.Oldest {
				c = -c
			}
			if there >= 0 && i > there || there < 0 && c > 0 {
				begin = i
				break
			}
		}
	}
	for _, r := range list[begin:] {
		switch {
		case !q.From.IsZero() && at(r).Before(q.From), !q.To.IsZero() && !at(r).Before(q.To):
		case len(q.Statuses) > 0 && !slices.Contains(q.Statuses, r.StatusCode):
		case q.Limit > 0 && int64(len(ids)) == q.Limit:
		default:
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// A row of the usage table keeps no body alive, and the record that came is not touched.
func TestMemoryUsageKeepsNoPayloads(t *testing.T) {
	sink := inferencelog.NewMemoryWith(&inferencelog.MemoryOptions{MaxBytes: 1})
	for _, table := range []inferencelog.Table{{ID: 1, Name: "a.b.c"}, {ID: 2, Name: "a.b.usage", Layout: inferencelog.Usage}} {
		if err := sink.Create(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	batch := []*inferencelog.Record{inferencelogtest.Plain("1", 1), inferencelogtest.Plain("2", 2), inferencelogtest.Plain("3", 3)}
	for id, want := range map[uint64]int{1: 1, 2: 3} { // payloads count where they are kept only
		if err := sink.Write(t.Context(), id, batch); err != nil {
			t.Fatal(err)
		}
		rows, err := inferencelogtest.Rows(t.Context(), sink, id, inferencelog.Query{})
		if err != nil || len(rows) != want || rows[0].ID != "3" || rows[0].RequestID == "" {
			t.Errorf("table %d has %d rows, %v; want %d", id, len(rows), err, want)
		}
	}
	if batch[0].Request == nil || batch[0].Response == nil {
		t.Error("the record was changed")
	}
}

// A row that has left may come again.
func TestMemoryForgetsIDs(t *testing.T) {
	sink := inferencelog.NewMemoryWith(&inferencelog.MemoryOptions{MaxRows: 1})
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2", "1"} {
		if err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain(id, 1)}); err != nil {
			t.Fatal(err)
		}
		rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
		if err != nil || len(rows) != 1 || rows[0].ID != id {
			t.Fatalf("%v, %v; want the row %s", rows, err, id)
		}
	}
}

func BenchmarkMemory(b *testing.B) {
	const rows = 100_000
	ctx := context.Background()
	sink := inferencelog.NewMemory()
	if err := sink.Create(ctx, inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		b.Fatal(err)
	}
	n := 0
	next := func() []*inferencelog.Record {
		n++
		return []*inferencelog.Record{{ID: fmt.Sprint(n), EventTime: time.UnixMicro(int64(n/2 + n%7*3))}}
	}
	for range rows {
		if err := sink.Write(ctx, 1, next()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("write-when-full", func(b *testing.B) {
		for b.Loop() {
			if err := sink.Write(ctx, 1, next()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read-ten", func(b *testing.B) {
		for b.Loop() {
			if got, err := inferencelogtest.Rows(ctx, sink, 1, inferencelog.Query{Limit: 10, Columns: []string{"request_id"}}); len(got) != 10 || err != nil {
				b.Fatal(len(got), err)
			}
		}
	})
}
