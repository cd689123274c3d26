package inferencelogtest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// place is where a row stands.
func place(r *inferencelog.Record) *inferencelog.Position {
	p := r.Position()
	return &p
}

func checkOldest(b *bench) {
	b.create(1, "a.b.c")
	b.want(1, inferencelog.Query{Oldest: true})
	b.write(1, Plain("b1", 2), Plain("a", 1), Plain("d", 4))
	b.write(1, Plain("c", 3), Plain("b2", 2), Plain("b1", 2))
	b.want(1, inferencelog.Query{Oldest: true}, "a", "b1", "b2", "c", "d")
	b.want(1, inferencelog.Query{Oldest: true, Limit: 2}, "a", "b1")
	b.want(1, inferencelog.Query{Oldest: true, From: Plain("", 2).EventTime, To: Plain("", 4).EventTime}, "b1", "b2", "c")
	b.want(1, inferencelog.Query{Oldest: true, Columns: []string{"invocation_id"}, Limit: 1, From: Plain("", 3).EventTime}, "c")
}

// checkPages compares every page with what the oracle says of the rows that are there by then. That the walk sees each row that
// was there from the beginning exactly once is checked besides, without the oracle.
func checkPages(b *bench) {
	id := uint64(0)
	rapid.Check(b.T, func(t *rapid.T) {
		b.fatalf = t.Fatalf
		defer func() { b.fatalf = nil }()
		id++ // and a name of its own: what a run that failed leaves is in no other's way
		b.create(id, fmt.Sprint("a.b.c", id))
		var written []*inferencelog.Record
		write := func(n int) {
			var batch []*inferencelog.Record
			for range n {
				batch = append(batch, mixedRow(fmt.Sprint("row ", len(written)+len(batch)), rapid.IntRange(0, 4).Draw(t, "kind")))
			}
			b.write(id, batch...)
			written = append(written, batch...)
		}
		write(rapid.IntRange(0, 25).Draw(t, "rows"))
		q := inferencelog.Query{Oldest: rapid.Bool().Draw(t, "oldest"), Limit: rapid.Int64Range(1, 8).Draw(t, "page")}
		if rapid.Bool().Draw(t, "filtered") {
			q.Requesters = callers[:3]
		}
		if rapid.Bool().Draw(t, "two columns") {
			q.Columns = []string{"invocation_id", "event_time"}
		}
		busy := rapid.Bool().Draw(t, "writes between pages")
		whole := q
		whole.Limit = 0
		atFirst := rowIDs(answer(written, whole))
		var seen []string
		for {
			page := b.rows(id, q)
			if want := rowIDs(answer(written, q)); !slices.Equal(rowIDs(page), want) {
				b.failf("after %+v: %q, want %q", q.After, rowIDs(page), want)
			}
			if len(page) == 0 {
				break
			}
			seen = append(seen, rowIDs(page)...)
			q.After = place(page[len(page)-1])
			if busy && len(written) < 60 {
				write(rapid.IntRange(0, 3).Draw(t, "more rows"))
			}
		}
		slices.Sort(seen)
		if slices.Sort(atFirst); !busy && !slices.Equal(seen, atFirst) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
			b.failf("the pages have %q, the table %q", seen, atFirst)
		}
		for _, r := range atFirst {
			if _, ok := slices.BinarySearch(seen, r); !ok {
				b.failf("row %q is on no page", r)
			}
		}
		if err := b.sink.Drop(b.Context(), id); err != nil {
			b.failf("drop: %v", err)
		}
	})
}

func checkAfterGone(b *bench) {
	b.create(1, "a.b.c")
	b.write(1, Plain("a1", 1), Plain("a2", 1), Plain("b1", 2), Plain("c1", 3), Plain("c2", 3))
	gone := func(at time.Time) *inferencelog.Position { return &inferencelog.Position{EventTime: at, ID: "gone"} }
	second := func(n int) time.Time { return Plain("", n).EventTime }
	b.want(1, inferencelog.Query{After: gone(second(3))}, "b1", "a2", "a1")
	b.want(1, inferencelog.Query{After: gone(second(2))}, "a2", "a1")
	b.want(1, inferencelog.Query{After: gone(second(2).Add(time.Microsecond))}, "b1", "a2", "a1")
	b.want(1, inferencelog.Query{After: gone(second(1))})
	b.want(1, inferencelog.Query{After: gone(second(9)), Limit: 1}, "c2")
	b.want(1, inferencelog.Query{After: gone(second(1)), Oldest: true}, "b1", "c1", "c2")
	b.want(1, inferencelog.Query{After: gone(second(2).Add(-time.Microsecond)), Oldest: true}, "b1", "c1", "c2")
	b.want(1, inferencelog.Query{After: gone(second(3)), Oldest: true})
	b.want(1, inferencelog.Query{After: &inferencelog.Position{}})
	b.want(1, inferencelog.Query{After: &inferencelog.Position{}, Oldest: true}, "a1", "a2", "b1", "c1", "c2")
	b.want(1, inferencelog.Query{After: gone(second(2).In(time.FixedZone("east", 7200)))}, "a2", "a1")
}

func checkAfterUnmatched(b *bench) {
	b.create(1, "a.b.c")
	var rows []*inferencelog.Record
	for i, who := range []string{"ann", "bob", "ann", "bob", "ann"} {
		r := Plain(fmt.Sprint(i), i/4)
		r.Requester = who
		rows = append(rows, r)
	}
	b.write(1, rows...)
	ann := []string{"ann"}
	b.want(1, inferencelog.Query{Requesters: ann, After: place(rows[3])}, "2", "0")
	b.want(1, inferencelog.Query{Requesters: ann, After: place(rows[1])}, "0")
	b.want(1, inferencelog.Query{Requesters: ann, After: place(rows[1]), Oldest: true}, "2", "4")
	b.want(1, inferencelog.Query{To: rows[0].EventTime.Add(1), After: place(rows[4])}, "3", "2", "1", "0")
}
