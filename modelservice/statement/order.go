package statement

import (
	"container/heap"
	"slices"
)

// maxSorted is how many rows are put in order at most, those of an OFFSET included.
// Rows in the order of their times are not: the log has them in it.
const maxSorted = 10_000

// ordering is what ORDER BY asks for. NULL comes before everything else, and with
// DESC after it, as in Spark.
type ordering struct {
	keys       []int // columns of the scan
	descending []bool
}

// order finds the columns of ORDER BY.
func (s *scan) order(by []Order) (ordering, error) {
	var o ordering
	for _, key := range by {
		i, err := s.want(key.Column)
		if err != nil {
			return o, err
		}
		if kinded[s.columns[i].Type] == kindOther {
			return o, sparkError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09",
				"Cannot resolve \"%s\" due to data type mismatch: the sort order does not support the type %q.", clip(key.String()), s.columns[i].Type)
		}
		o.keys = append(o.keys, i)
		o.descending = append(o.descending, key.Descending)
	}
	return o, nil
}

// byTime takes the leading event_time out of an ordering, if it is there: what is
// left is the order among rows of one time.
func (o *ordering) byTime(s *scan) (leads, oldest bool) {
	if len(o.keys) == 0 || s.columns[o.keys[0]].Name != "event_time" {
		return false, false
	}
	oldest = !o.descending[0]
	o.keys, o.descending = o.keys[1:], o.descending[1:]
	return true, oldest
}

func (o ordering) compare(a, b *sortedRow) int {
	for i := range o.keys {
		n := compareNullable(a.keys[i], b.keys[i])
		if o.descending[i] {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return a.place - b.place
}

func compareNullable(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return compare(a, b)
}

// A sortedRow is a row that waits for its place.
type sortedRow struct {
	keys   []any
	place  int // in which it came; it decides among equals
	values []*string
	size   int
}

// A sorter keeps the first of the rows that it is shown, in an order: so many as it
// may, and no more than MaxResult bytes of them. It is a heap with the last on top.
type sorter struct {
	ordering
	limit int
	rows  []*sortedRow
	shown int
	size  int
	end   *sortedRow // the first one that there was no room for, in bytes
}

// show offers the row that a scan is at. Its values are made only if it is kept.
func (t *sorter) show(s *scan, values func() []*string) {
	r := &sortedRow{keys: make([]any, len(t.keys)), place: t.shown}
	t.shown++
	for i, column := range t.keys {
		r.keys[i] = s.at(column)
	}
	if t.limit == 0 || t.end != nil && t.compare(r, t.end) > 0 {
		return
	}
	if len(t.rows) == t.limit {
		if t.compare(r, t.rows[0]) > 0 {
			return
		}
		t.drop()
	}
	for _, key := range r.keys {
		if text, ok := key.(string); ok {
			r.size += len(text)
		}
		r.size += valueCharge
	}
	r.values = values()
	r.size += sizeOf(r.values)
	heap.Push(t, r)
	for t.size > MaxResult {
		t.end = t.drop()
		t.end.values = nil
	}
}

func (t *sorter) drop() *sortedRow { return heap.Pop(t).(*sortedRow) }

// sorted returns the rows in order.
func (t *sorter) sorted() []*sortedRow {
	slices.SortFunc(t.rows, t.compare)
	return t.rows
}

// reset forgets all rows, for other ones.
func (t *sorter) reset(limit int) { *t = sorter{ordering: t.ordering, limit: limit} }

// Len, Less, Swap, Push and Pop are what package heap asks for.
func (t *sorter) Len() int           { return len(t.rows) }
func (t *sorter) Less(i, j int) bool { return t.compare(t.rows[i], t.rows[j]) > 0 }
func (t *sorter) Swap(i, j int)      { t.rows[i], t.rows[j] = t.rows[j], t.rows[i] }

func (t *sorter) Push(x any) {
	r := x.(*sortedRow)
	t.rows = append(t.rows, r)
	t.size += r.size
}

func (t *sorter) Pop() any {
	r := t.rows[len(t.rows)-1]
	t.rows[len(t.rows)-1] = nil
	t.rows = t.rows[:len(t.rows)-1]
	t.size -= r.size
	return r
}
