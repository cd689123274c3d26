package modelservice

import (
	"context"
	"iter"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// Rows reads an inference table or the usage table, newest first unless the
// query says otherwise. A row is there once its call has ended. To read on,
// [inferencelog.Query].After is the Position of the last row of the page before,
// which needs the columns event_time and invocation_id.
//
// It takes USE on the table's parents (spec §12.6) and one of these on the table;
// who holds several sees what each of them shows:
//
//   - SELECT: everything. Ownership and ALL PRIVILEGES include it.
//   - SELECT MASKED: all rows, where the bodies, their hashes and the headers of
//     requests are null.
//   - SELECT OWN ROWS: the rows of the caller's own requests, whole. They go by
//     requester_id, so whoever has the same name later sees none of them.
//
// Metastore admins may read the usage table without any of them (spec §9).
//
// Rights are checked when Rows is called. What the caller may not see is taken
// away before a row is handed on, and none of the query's conditions is on a
// column that can be masked.
func (m *Metastore) Rows(ctx context.Context, caller catalog.PrincipalID, name catalog.FullName, q inferencelog.Query) (iter.Seq2[*inferencelog.Record, error], error) {
	s := m.catalog.Snapshot()
	at, sight, err := m.readable(s, caller, name)
	if err != nil {
		return nil, err
	}
	layout := layoutOf(s, at.id)
	if err := q.Validate(layout); err != nil {
		return nil, &Error{Code: CodeInvalidParameter, Field: "columns", Message: "There is no such column in " + at.String() + ".", Err: err}
	}
	if m.log == nil {
		return nil, noLog()
	}
	hide, some := sight.narrow(&q, layout)
	if !some {
		return func(func(*inferencelog.Record, error) bool) {}, nil
	}
	rows := m.log.Rows(ctx, uint64(at.id), q)
	if hide == nil {
		return rows, nil
	}
	return func(yield func(*inferencelog.Record, error) bool) {
		for row, err := range rows {
			if row != nil {
				hide(row)
			}
			if !yield(row, err) {
				return
			}
		}
	}, nil
}

// TableColumns returns the columns of a table in their order, to whoever may
// read its metadata.
func (m *Metastore) TableColumns(caller catalog.PrincipalID, name catalog.FullName) ([]inferencelog.Column, error) {
	s := m.catalog.Snapshot()
	at, err := m.find(s, caller, catalog.TypeTable, name)
	if err != nil {
		return nil, err
	}
	return layoutOf(s, at.id).Columns(), nil
}

// readable looks a table up and finds out what of it the caller may read: not
// nothing.
func (m *Metastore) readable(s *catalog.Snapshot, caller catalog.PrincipalID, name catalog.FullName) (place, rowSight, error) {
	kind, _ := s.Kinds().Kind(catalog.TypeTable)
	if name.Parts() != 3 {
		return place{}, rowSight{}, invalid("name", "The name of a Table has 3 parts, '%s' has %d.", name, name.Parts())
	}
	at := place{kind: kind, name: name}
	var ok bool
	if at.id, ok = s.Lookup(catalog.TypeTable, name); !ok {
		return place{}, rowSight{}, missing(kind, name)
	}
	all := m.authz.Check(s, caller, catalog.Select, at.id)
	if all.Allowed || isUsage(s, at.id) && m.admin(s, caller) {
		return at, rowSight{all: true}, nil
	}
	sight := rowSight{
		masked: m.authz.Check(s, caller, catalog.SelectMasked, at.id).Allowed,
		own:    m.authz.Check(s, caller, catalog.SelectOwnRows, at.id).Allowed,
		caller: idText(caller),
	}
	switch {
	case sight.masked || sight.own:
		return at, sight, nil
	case !all.Visible:
		return place{}, rowSight{}, missing(kind, name)
	}
	return place{}, rowSight{}, lacksOne(s, all.Missing(), at, catalog.Select)
}
