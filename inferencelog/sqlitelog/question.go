package sqlitelog

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelward/modelward/inferencelog"
)

// question is a query being put into SQL.
type question struct {
	table uint64
	where strings.Builder // " AND …" as often as needed
	args  []any
}

func (a *question) and(condition string, args ...any) {
	a.where.WriteString(" AND " + condition)
	a.args = append(a.args, args...)
}

// text returns the SQL. The order is that of an index, in which rows of one event time follow in the order written.
func (a *question) text(columns []column, q *inferencelog.Query) string {
	list := make([]inferencelog.Column, len(columns))
	for i, c := range columns {
		list[i] = c.Column
	}
	text := "SELECT " + qualified(a.table, list) + " FROM " + quote(tableName(a.table)) + " WHERE true" + a.where.String()
	if q.Oldest {
		text += " ORDER BY event_time, rowid"
	} else {
		text += " ORDER BY event_time DESC, rowid DESC"
	}
	if q.Limit > 0 {
		text += " LIMIT ?"
		a.args = append(a.args, q.Limit)
	}
	return text
}

// conditions adds those of the query, which are those of [inferencelog.Query.Matches].
func (a *question) conditions(q *inferencelog.Query) {
	if !q.From.IsZero() {
		a.and("event_time >= ?", edge(q.From))
	}
	if !q.To.IsZero() {
		a.and("event_time < ?", edge(q.To))
	}
	among(a, "requester", q.Requesters)
	among(a, "requester_id", q.RequesterIDs)
	among(a, "status_code", q.Statuses)
	among(a, "destination_name", q.Destinations)
	among(a, "outcome", texts(q.Outcomes))
}

// among asks for a column that is one of the list, in which the zero value stands for null. One value is asked for by =,
// so that an index gives the rows in their order; many go as one JSON list, however many they are.
func among[T string | int](a *question, column string, list []T) {
	if len(list) == 0 {
		return
	}
	var zero T
	null := slices.Contains(list, zero)
	list = slices.DeleteFunc(slices.Clone(list), func(v T) bool { return v == zero || !storable(v) })
	switch {
	case null && len(list) == 0:
		a.and(column + " IS NULL")
	case null:
		a.and("("+column+" IS NULL OR "+column+" IN (SELECT value FROM json_each(?)))", jsonText(list))
	case len(list) == 1:
		a.and(column+" = ?", list[0])
	default:
		a.and(column+" IN (SELECT value FROM json_each(?))", jsonText(list))
	}
}

// storable reports whether there may be such a value in the file. JSON would make another text of one that is not valid
// UTF-8, and that one may be there.
func storable[T string | int](v T) bool {
	text, ok := any(v).(string)
	return !ok || utf8.ValidString(text)
}

// texts returns the outcomes as texts.
func texts(outcomes []inferencelog.Outcome) []string {
	list := make([]string, len(outcomes))
	for i, o := range outcomes {
		list[i] = string(o)
	}
	return list
}

// after goes on after a position: after its row, or, when the row is gone, after those of its very time.
func (a *question) after(ctx context.Context, tx *sql.Tx, p inferencelog.Position, oldest bool) error {
	var row int64
	at := edge(p.EventTime)
	err := sql.ErrNoRows
	if p.EventTime.Equal(p.EventTime.Truncate(time.Microsecond)) { // else it is no row's time
		err = tx.QueryRowContext(ctx, "SELECT rowid FROM "+quote(tableName(a.table))+" WHERE "+rowID+" = ? AND event_time = ?", p.ID, at).Scan(&row)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows) && oldest:
		a.and("event_time >= ?", edge(p.EventTime.Add(1)))
	case errors.Is(err, sql.ErrNoRows):
		a.and("event_time < ?", at)
	case err != nil:
		return err
	case oldest:
		a.and("(event_time, rowid) > (?, ?)", at, row)
	default:
		a.and("(event_time, rowid) < (?, ?)", at, row)
	}
	return nil
}

// edge turns a bound into text that compares with the rows' times. Rows have whole microseconds, so a bound between two
// of them is moved up to the later: the same rows are on either side. So they are of bounds that rows cannot have.
func edge(t time.Time) string {
	if whole := t.Truncate(time.Microsecond); whole.Before(t) {
		t = whole.Add(time.Microsecond)
	}
	switch y := t.UTC().Year(); {
	case y < 1:
		return ""
	case y > 9999:
		return ":" // what follows 9 in the order of texts
	}
	return string(inferencelog.AppendTime(nil, t))
}
