package inferencelogtest

import (
	"slices"

	"github.com/modelward/modelward/inferencelog"
)

// answer is what a query of a table yields, worked out the slow and obvious way from the rows in the order they were
// written. It is what sinks are compared with.
func answer(written []*inferencelog.Record, q inferencelog.Query) []*inferencelog.Record {
	rows := slices.Clone(written)
	slices.Reverse(rows)
	slices.SortStableFunc(rows, func(a, b *inferencelog.Record) int { return b.EventTime.Compare(a.EventTime) })
	if q.Oldest {
		slices.Reverse(rows)
	}
	if q.After != nil {
		rows = following(rows, *q.After, q.Oldest)
	}
	var list []*inferencelog.Record
	for _, r := range rows {
		if meets(r, q) && (q.Limit <= 0 || int64(len(list)) < q.Limit) {
			list = append(list, r)
		}
	}
	return list
}

// meets is [inferencelog.Query.Matches] without a line of it.
func meets(r *inferencelog.Record, q inferencelog.Query) bool {
	switch {
	case !q.From.IsZero() && r.EventTime.Compare(q.From) < 0,
		!q.To.IsZero() && r.EventTime.Compare(q.To) >= 0,
		len(q.Requesters) > 0 && !slices.Contains(q.Requesters, r.Requester),
		len(q.RequesterIDs) > 0 && !slices.Contains(q.RequesterIDs, r.RequesterID),
		len(q.Statuses) > 0 && !slices.Contains(q.Statuses, r.StatusCode),
		len(q.Destinations) > 0 && !slices.Contains(q.Destinations, r.DestinationName),
		len(q.Outcomes) > 0 && !slices.Contains(q.Outcomes, r.Outcome):
		return false
	}
	return true
}

// following returns the rows that come after a position, of all rows in their order.
func following(rows []*inferencelog.Record, p inferencelog.Position, oldest bool) []*inferencelog.Record {
	for i, r := range rows {
		if r.ID == p.ID && r.EventTime.Equal(p.EventTime) {
			return rows[i+1:]
		}
	}
	var list []*inferencelog.Record
	for _, r := range rows {
		if oldest && r.EventTime.After(p.EventTime) || !oldest && r.EventTime.Before(p.EventTime) {
			list = append(list, r)
		}
	}
	return list
}

// shown is what a table of that layout keeps of a row, told by its columns.
func shown(l inferencelog.Layout, r *inferencelog.Record) (*inferencelog.Record, error) {
	return picked(layoutNames(l), r)
}

// picked is a copy of a row with the named columns only.
func picked(names []string, r *inferencelog.Record) (*inferencelog.Record, error) {
	part := &inferencelog.Record{}
	for _, name := range names {
		if err := part.SetValue(name, r.Value(name)); err != nil {
			return nil, err
		}
	}
	return part.Clone(), nil
}

func layoutNames(l inferencelog.Layout) []string {
	var names []string
	for _, c := range l.Columns() {
		names = append(names, c.Name)
	}
	return names
}

// columnNames are those of all layouts.
func columnNames() []string {
	var names []string
	for _, c := range append(inferencelog.Payload.Columns(), inferencelog.Usage.Columns()...) {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func rowIDs(rows []*inferencelog.Record) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}
