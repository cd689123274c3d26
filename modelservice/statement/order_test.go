package statement

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// A sorter holds the beginning of the order: as many rows as it may, and as many
// bytes as an answer has. Here the oracle sorts all of them first.
func TestSorterKeepsTheBeginning(t *testing.T) {
	big := strings.Repeat("x", MaxResult+1)
	cut := 0
	rapid.Check(t, func(t *rapid.T) {
		s := newScan(inferencelog.Columns(), oracleNow)
		o, err := s.order([]Order{{"latency_ms", rapid.Bool().Draw(t, "descending")}})
		if err != nil {
			t.Fatal(err)
		}
		sort := sorter{ordering: o, limit: rapid.IntRange(0, 8).Draw(t, "limit")}
		type shown struct {
			key  int64
			size int
		}
		var all []shown
		most := 0
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			r := shown{rapid.Int64Range(-3, 3).Draw(t, "key"), rapid.SampledFrom([]int{0, 10, 1 << 20, 8 << 20, MaxResult / 2, MaxResult, MaxResult + 1}).Draw(t, "size")}
			all = append(all, r)
			s.move(&inferencelog.Record{LatencyMs: r.key})
			value := big[:r.size]
			sort.show(s, func() []*string { return []*string{&value} })
			most = max(most, sort.size)
		}
		slices.SortStableFunc(all, func(a, b shown) int {
			if o.descending[0] {
				a, b = b, a
			}
			return int(a.key - b.key)
		})
		var want []shown
		size := 0
		for _, r := range all[:min(len(all), sort.limit)] {
			if size += r.size + 2*valueCharge; size > MaxResult {
				cut++
				break
			}
			want = append(want, r)
		}
		var got []shown
		for _, r := range sort.sorted() {
			got = append(got, shown{r.keys[0].(int64), len(*r.values[0])})
		}
		if !slices.Equal(got, want) || most > MaxResult {
			t.Fatalf("got %v, want %v; most %d", got, want, most)
		}
		if ended := sort.end != nil; len(want) < min(len(all), sort.limit) && !ended {
			t.Fatalf("%v of %v, and nobody is told", got, all)
		}
	})
	if cut == 0 {
		t.Error("nothing was ever too big: this proves nothing")
	}
}

// endless yields rows without end, all alike but for what make says.
func endless(make func(i int) *inferencelog.Record) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		for i := 0; yield(make(i), nil); i++ {
		}
	}
}

// limited yields the first n rows of a sequence.
func limited(rows iter.Seq2[*inferencelog.Record, error], n int) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		for r, err := range rows {
			if n--; n < 0 || !yield(r, err) {
				return
			}
		}
	}
}

// Rows that come in the order asked for are answered as they come: the reading ends
// without the end of the table.
func TestReadingEndsEarly(t *testing.T) {
	for _, text := range []string{
		"SELECT url FROM t LIMIT 3",
		"SELECT url FROM t",
		"SELECT url FROM t WHERE latency_ms > 5 LIMIT 3 OFFSET 3",
		"SELECT url FROM t ORDER BY event_time LIMIT 3",
		"SELECT url FROM t ORDER BY event_time, latency_ms DESC LIMIT 3",
	} {
		r, err := plan(t, text)
		if err != nil {
			t.Fatal(err)
		}
		err = r.run(t.Context(), endless(func(i int) *inferencelog.Record {
			return &inferencelog.Record{EventTime: oracleNow.Add(time.Duration(i/4) * time.Second), LatencyMs: int64(i)}
		}))
		if want := min(r.give, DefaultRows); err != nil || int64(len(r.answer.Rows)) != want {
			t.Errorf("%s: %d rows, error %v", text, len(r.answer.Rows), err)
		}
	}
}

// A caller who is gone ends the reading, whatever the rows do.
func TestReadingIsCancelled(t *testing.T) {
	for _, text := range []string{
		"SELECT url FROM t WHERE url = 'x'", "SELECT COUNT(*) FROM t", "SELECT url FROM t ORDER BY url", "SELECT url FROM t ORDER BY event_time, url",
	} {
		r, err := plan(t, text)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = r.run(ctx, limited(endless(func(i int) *inferencelog.Record {
			if i == 1000 {
				cancel()
			}
			return &inferencelog.Record{EventTime: oracleNow}
		}), 5000))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Rows without a match, and rows that are not the first, hold no memory.
func TestReadingHoldsLittle(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for text, want := range map[string]int{
		"SELECT request FROM t WHERE url = 'x'":                  0,
		"SELECT COUNT(*) FROM t WHERE request LIKE '%y%'":        0,
		"SELECT request FROM t ORDER BY latency_ms DESC LIMIT 5": 5,
		"SELECT latency_ms FROM t ORDER BY request, latency_ms":  24,
		"SELECT request FROM t ORDER BY event_time, latency_ms":  24,
		"SELECT request FROM t WHERE latency_ms >= 0 OFFSET 1":   24,
	} {
		r, err := plan(t, text)
		if err != nil {
			t.Fatal(err)
		}
		held := 0
		err = r.run(t.Context(), limited(endless(func(i int) *inferencelog.Record {
			held = max(held, len(r.sort.rows), len(r.answer.Rows))
			return &inferencelog.Record{EventTime: oracleNow, LatencyMs: int64(i), Request: []byte(big)}
		}), 60))
		if err != nil || held > 25 {
			t.Errorf("%s: held %d rows, error %v", text, held, err)
		}
		if got := len(r.answer.Rows); r.mode != counting && got != want {
			t.Errorf("%s: %d rows, want %d", text, got, want)
		}
		if cut := want == 24; r.answer.Truncated != cut {
			t.Errorf("%s: truncated %v", text, r.answer.Truncated)
		}
	}
}

func TestRowsOfOneTime(t *testing.T) {
	all := endless(func(i int) *inferencelog.Record {
		return &inferencelog.Record{EventTime: oracleNow, LatencyMs: int64(-i)}
	})
	const text = "SELECT latency_ms FROM t ORDER BY event_time DESC, latency_ms LIMIT "
	for _, c := range []struct{ rows, limit, want int }{{maxSorted + 1, 5, 5}, {maxSorted, 20_000, maxSorted}, {maxSorted + 1, 20_000, -1}} {
		r, err := plan(t, fmt.Sprint(text, c.limit))
		if err != nil {
			t.Fatal(err)
		}
		err = r.run(t.Context(), limited(all, c.rows))
		if c.want < 0 {
			if err == nil || !strings.Contains(modelservice.AsError(err).Message, "ORDER BY puts at most 10000 rows in order, and there are more of one event_time.") {
				t.Errorf("%d rows: %v", c.rows, err)
			}
			continue
		}
		if err != nil || len(r.answer.Rows) != c.want || *r.answer.Rows[0][0] != fmt.Sprint(1-c.rows) {
			t.Errorf("%d rows, LIMIT %d: %d, error %v", c.rows, c.limit, len(r.answer.Rows), err)
		}
	}
}
