package statement

import (
	"context"
	"iter"
	"math"
	"strconv"

	"github.com/modelward/modelward/inferencelog"
)

// A reader is a SELECT that is being answered.
type reader struct {
	*scan
	query  inferencelog.Query
	where  test  // nil: all rows
	output []int // columns of the scan, in the order of the answer
	answer *answer

	skip int64 // rows to pass over still
	give int64 // rows to answer at most
	open bool  // there is no LIMIT: more rows than that make the answer a cut one

	mode   mode
	number int64 // rows counted
	sort   sorter
	time   int  // the column event_time
	group  any  // the time of the rows in the sorter
	capped bool // the sorter may hold fewer rows of the group than are needed
}

// mode is what is done with the rows that the log yields.
type mode uint8

const (
	streaming mode = iota // they are the answer
	counting              // they are counted
	sorting               // they are put in order
	grouping              // those of one time are put in order
)

// newReader makes a plan: what to ask the log, and what to do with its rows.
func newReader(s Select, scan *scan) (*reader, error) {
	r := &reader{scan: scan, skip: s.Offset, give: DefaultRows, open: s.Limit == nil}
	if s.Limit != nil {
		r.give = *s.Limit
	}
	if err := r.outputs(s); err != nil {
		return nil, err
	}
	if s.Where != nil {
		var err error
		if r.where, err = scan.compile(s.Where); err != nil {
			return nil, err
		}
	}
	if err := r.order(s.OrderBy); err != nil {
		return nil, err
	}
	if s.Columns != nil || s.Count {
		r.query.Columns = scan.names()
	}
	if exact := scan.push(&r.query, s.Where); exact && r.mode == streaming {
		r.query.Limit = r.needed()
	}
	return r, nil
}

func (r *reader) outputs(s Select) (err error) {
	if s.Count {
		r.mode = counting
		r.answer = newAnswer(Column{"count(1)", "BIGINT"})
		return nil
	}
	if r.output, err = r.scan.output(s.Columns); err != nil {
		return err
	}
	columns := make([]Column, len(r.output))
	for i, at := range r.output {
		columns[i] = Column(r.columns[at])
	}
	r.answer = newAnswer(columns...)
	return nil
}

func (r *reader) order(by []Order) (err error) {
	if r.sort.ordering, err = r.scan.order(by); err != nil {
		return err
	}
	var byTime bool
	byTime, r.query.Oldest = r.sort.byTime(r.scan)
	switch needed := r.needed(); {
	case len(r.sort.keys) == 0: // the log's own order, one way or the other
	case byTime:
		r.mode = grouping
		r.time, err = r.want("event_time")
	case needed > maxSorted:
		return invalid("ORDER BY puts at most %d rows in order, unless by event_time first: with LIMIT and OFFSET this SELECT needs %d.", maxSorted, needed)
	default:
		r.mode = sorting
		r.sort.limit = int(needed)
	}
	return err
}

// needed is how many rows have to be seen still: one more than are given, where
// that tells whether the answer is cut.
func (r *reader) needed() int64 {
	n := r.give - int64(len(r.answer.Rows))
	if r.open {
		n++
	}
	if r.skip > math.MaxInt64-n {
		return math.MaxInt64
	}
	return n + r.skip
}

// run reads the rows.
func (r *reader) run(ctx context.Context, records iter.Seq2[*inferencelog.Record, error]) error {
	if r.give == 0 {
		return nil // to the log, 0 would be no limit
	}
	for record, err := range records {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		r.move(record)
		if r.where != nil && r.where(r.scan) != yes {
			continue
		}
		if more, err := r.take(); err != nil || !more {
			return err
		}
	}
	return r.finish()
}

// take takes the row that the scan is at. It reports whether there may be use for
// more.
func (r *reader) take() (more bool, err error) {
	switch r.mode {
	case counting:
		r.number++
	case sorting:
		r.sort.show(r.scan, r.texts)
	case grouping:
		if t := r.at(r.time); r.sort.shown == 0 || compareNullable(t, r.group) != 0 {
			if more, err := r.flush(); err != nil || !more {
				return false, err
			}
			needed := r.needed()
			r.group, r.capped = t, needed > maxSorted
			r.sort.reset(int(min(needed, maxSorted)))
		}
		r.sort.show(r.scan, r.texts)
	default:
		return r.add(r.texts), nil
	}
	return true, nil
}

// finish answers what was not answered while the rows came.
func (r *reader) finish() error {
	if r.mode == counting {
		n := strconv.FormatInt(r.number, 10)
		r.answer.add(&n)
		return nil
	}
	_, err := r.flush()
	return err
}

// flush answers the rows in the sorter.
func (r *reader) flush() (more bool, err error) {
	if r.capped && r.sort.shown > r.sort.limit {
		return false, invalid("ORDER BY puts at most %d rows in order, and there are more of one event_time.", maxSorted)
	}
	for _, row := range r.sort.sorted() {
		if !r.add(func() []*string { return row.values }) {
			return false, nil
		}
	}
	if r.sort.end != nil {
		r.answer.Truncated = true
		return false, nil
	}
	return true, nil
}

// add answers one row more. It reports whether there may be use for another one.
func (r *reader) add(values func() []*string) (more bool) {
	switch {
	case r.skip > 0:
		r.skip--
		return true
	case int64(len(r.answer.Rows)) == r.give:
		r.answer.Truncated = true
		return false
	}
	return r.answer.add(values()...) && (r.open || int64(len(r.answer.Rows)) < r.give)
}

// texts are the values of the row that the scan is at.
func (r *reader) texts() []*string {
	values := make([]*string, len(r.output))
	for i, column := range r.output {
		values[i] = text(r.at(column))
	}
	return values
}
