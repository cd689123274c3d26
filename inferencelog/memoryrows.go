package inferencelog

import (
	"slices"
	"sort"
	"time"
)

// memoryTable is a table and its rows in two orders.
type memoryTable struct {
	Table
	ids     map[string]struct{}
	written []*Record // in the order written
	sorted  []*Record // by event time, those of one time in the order written
	bytes   int64     // of payloads
}

// rowTime is the event time that a row shows.
func rowTime(r *Record) time.Time { return r.EventTime.Truncate(time.Microsecond) }

func payloadBytes(r *Record) int64 { return int64(len(r.Request)) + int64(len(r.Response)) }

// add puts a row into its place, which is the end for most.
func (t *memoryTable) add(r *Record) {
	if _, there := t.ids[r.ID]; there {
		return
	}
	if t.Layout == Usage && (r.Request != nil || r.Response != nil) {
		bare := *r
		bare.Request, bare.Response = nil, nil
		r = &bare
	}
	t.ids[r.ID] = struct{}{}
	t.bytes += payloadBytes(r)
	t.written = append(t.written, r)
	at := rowTime(r)
	place := len(t.sorted)
	if place > 0 && rowTime(t.sorted[place-1]).After(at) {
		place = t.upTo(at)
	}
	t.sorted = slices.Insert(t.sorted, place, r)
}

// trim lets the rows written first go until the rest is within the bounds.
func (t *memoryTable) trim(maxRows int, maxBytes int64) {
	for len(t.written) > maxRows || len(t.written) > 1 && t.bytes > maxBytes {
		r := t.written[0]
		t.written[0] = nil
		t.written = t.written[1:]
		delete(t.ids, r.ID)
		t.bytes -= payloadBytes(r)
		// Of the rows of its time it was written first, so it is the first of them.
		t.sorted = without(t.sorted, t.before(rowTime(r)))
	}
}

// without returns the rows without the one at a place. It moves those on the shorter side: the rows that go are old ones.
func without(rows []*Record, place int) []*Record {
	if place > len(rows)/2 {
		return slices.Delete(rows, place, place+1)
	}
	copy(rows[1:], rows[:place])
	rows[0] = nil
	return rows[1:]
}

// before returns how many rows are of an earlier time.
func (t *memoryTable) before(at time.Time) int {
	return sort.Search(len(t.sorted), func(i int) bool { return !rowTime(t.sorted[i]).Before(at) })
}

// upTo returns how many rows are of that time or of an earlier one.
func (t *memoryTable) upTo(at time.Time) int {
	return sort.Search(len(t.sorted), func(i int) bool { return rowTime(t.sorted[i]).After(at) })
}

// find returns the rows that a query asks for. It looks at no more of them than the bounds of time and the limit make
// it.
func (t *memoryTable) find(q Query) []*Record {
	from, to := 0, len(t.sorted)
	if !q.From.IsZero() {
		from = t.before(q.From)
	}
	if !q.To.IsZero() {
		to = t.before(q.To)
	}
	if q.After != nil && q.Oldest {
		from = max(from, t.past(*q.After))
	} else if q.After != nil {
		to = min(to, t.ahead(*q.After))
	}
	q.From, q.To = time.Time{}, time.Time{} // done with
	var rows []*Record
	for n := from; n < to; n++ {
		r := t.sorted[n]
		if !q.Oldest {
			r = t.sorted[to-1-(n-from)]
		}
		if !q.Matches(r) {
			continue
		}
		rows = append(rows, r)
		if q.Limit > 0 && int64(len(rows)) >= q.Limit {
			break
		}
	}
	return rows
}

// past returns how many rows, from the oldest on, are up to and with the position. When its row is gone, those of its
// very time are.
func (t *memoryTable) past(p Position) int {
	at := p.EventTime.Truncate(time.Microsecond)
	if i := t.place(at, p.ID); i >= 0 {
		return i + 1
	}
	return t.upTo(at)
}

// ahead returns how many rows, from the oldest on, are before the position, and before its very time when its row is gone.
func (t *memoryTable) ahead(p Position) int {
	at := p.EventTime.Truncate(time.Microsecond)
	if i := t.place(at, p.ID); i >= 0 {
		return i
	}
	return t.before(at)
}

// place returns where a row is, or -1.
func (t *memoryTable) place(at time.Time, id string) int {
	for i := t.before(at); i < len(t.sorted) && rowTime(t.sorted[i]).Equal(at); i++ {
		if t.sorted[i].ID == id {
			return i
		}
	}
	return -1
}
