package inferencelog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// RowReader is a sink that can be read.
type RowReader interface {
	// Rows yields the rows of a table that the query asks for, newest first by event time, and the later written first
	// among equals; with Query.Oldest exactly the other way round.
	// The records are the caller's own. The first error ends the sequence: [ErrNoTable], [ErrNoColumn],
	// the context's, or the sink's own.
	Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error]
}

// Query says which rows to read and what of them. Its zero value asks for everything, newest first. All conditions hold at once;
// of the lists, one entry is enough, and an empty list is no condition.
type Query struct {
	// Columns names the columns to fill in, of those that the table's layout has; the others stay null. Default: none
	// named, all of them.
	Columns []string

	// Limit is the greatest number of rows to yield. Default: 0, no limit; negative is the same.
	Limit int64

	// From and To bound the event time: From ≤ event time < To. Default: the zero time, no bound.
	From, To time.Time

	// Requesters and RequesterIDs are who called, by name as the row has it and by id.
	Requesters   []string
	RequesterIDs []string

	// Statuses are HTTP status codes; 0 stands for none.
	Statuses []int

	// Destinations are names of destinations, DestinationName.
	Destinations []string

	// Outcomes are how requests ended.
	Outcomes []Outcome

	// Oldest turns the order round.
	Oldest bool

	// After is where to go on: only rows that come after it in the order are yielded. Default: nil, from the beginning.
	After *Position
}

// Position is a row's place in the order of its table. [Record.Position] tells it of a row that was read with the
// columns event_time and invocation_id.
type Position struct {
	EventTime time.Time
	ID        string
}

// Position returns the row's place, for [Query].After.
func (r *Record) Position() Position { return Position{r.EventTime, r.ID} }

// Validate returns an error that wraps [ErrNoColumn] when a column is not one of the layout's.
func (q *Query) Validate(l Layout) error {
	for _, name := range q.Columns {
		if !l.Has(name) {
			return fmt.Errorf("%w: %q", ErrNoColumn, name)
		}
	}
	return nil
}

// Matches reports whether a row meets the conditions of the query, all but After and Limit, which are no matter of one row.
func (q *Query) Matches(r *Record) bool {
	return (q.From.IsZero() || !r.EventTime.Before(q.From)) &&
		(q.To.IsZero() || r.EventTime.Before(q.To)) &&
		among(q.Requesters, r.Requester) &&
		among(q.RequesterIDs, r.RequesterID) &&
		among(q.Statuses, r.StatusCode) &&
		among(q.Destinations, r.DestinationName) &&
		among(q.Outcomes, r.Outcome)
}

func among[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }
