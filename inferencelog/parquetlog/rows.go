package parquetlog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// Rows yields the rows of a table as they were when the sequence began. A file is read only when its times are
// asked for, a column only when it is asked for or decides. It holds the times of the files that overlap at the place
// where it is, and a few MiB of rows of each of them or, where that is more, one row.
func (s *Sink) Rows(ctx context.Context, id uint64, q inferencelog.Query) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		if err := s.read(ctx, id, q, func(r *inferencelog.Record) bool { return yield(r, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// read calls each with every row asked for, until it returns false.
func (s *Sink) read(ctx context.Context, id uint64, q inferencelog.Query, each func(*inferencelog.Record) bool) error {
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	if err := q.Validate(t.Layout); err != nil {
		return err
	}
	files, spools, err := t.pin()
	if err != nil {
		return err
	}
	defer t.unpin(s.disk, spools)
	m := merge{demand: newDemand(t.shape, q)}
	defer m.close()
	for _, f := range files {
		if f.bad != nil {
			return f.bad
		}
		m.add(&fileSource{table: t, file: f}, f.min, f.max, f.number)
	}
	for _, v := range spools {
		if len(v.rows) > 0 {
			m.add(&spoolSource{view: v}, v.min, v.max, v.number)
		}
	}
	m.sort()
	passing := q.After != nil
	left := q.Limit
	for {
		row, err := m.next()
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return wrap(err)
		case row == nil:
			return nil
		}
		if passing && m.demand.marks(row.micros) {
			passing = row.id != q.After.ID // up to and with the position's row
			continue
		}
		passing = false
		if row.hidden {
			continue
		}
		if !each(row.record) {
			return nil
		}
		if left--; left == 0 {
			return nil
		}
	}
}

func wrap(err error) error { return fmt.Errorf("parquetlog: %w", err) }

// demand is what a query asks of a source.
type demand struct {
	query   inferencelog.Query
	columns []column // to fill in
	filters []column // that decide, beside the time
	id      column
	time    column
}

func newDemand(s *shape, q inferencelog.Query) *demand {
	d := &demand{query: q, id: s.columns[s.id], time: s.columns[s.time]}
	decides := map[string]bool{
		"requester": len(q.Requesters) > 0, "requester_id": len(q.RequesterIDs) > 0, "status_code": len(q.Statuses) > 0,
		"destination_name": len(q.Destinations) > 0, "outcome": len(q.Outcomes) > 0,
	}
	for _, c := range s.columns {
		if len(q.Columns) == 0 || slices.Contains(q.Columns, c.Name) {
			d.columns = append(d.columns, c)
		}
		if decides[c.Name] {
			d.filters = append(d.filters, c)
		}
	}
	return d
}

// covers reports whether rows of these times may be asked for.
func (d *demand) covers(first, last int64) bool {
	q := &d.query
	if !q.From.IsZero() && time.UnixMicro(last).Before(q.From) || !q.To.IsZero() && !time.UnixMicro(first).Before(q.To) {
		return false
	}
	switch {
	case q.After == nil:
		return true
	case q.Oldest:
		return !time.UnixMicro(last).Before(q.After.EventTime)
	}
	return !time.UnixMicro(first).After(q.After.EventTime)
}

// marks reports whether a row of that time may be the one of query.After. Such rows are read whether they are asked for
// or not.
func (d *demand) marks(micros int64) bool {
	return d.query.After != nil && d.query.After.EventTime.Equal(time.UnixMicro(micros))
}

// fetched is a row that was read.
type fetched struct {
	micros int64
	id     string // with query.After
	record *inferencelog.Record
	hidden bool // see place
}
