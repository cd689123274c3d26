package parquetlog

import (
	"cmp"
	"slices"
)

// source is a file or a spool as a reader sees it.
type source interface {
	// open returns the rows that may be asked for, as they were written.
	open(d *demand) ([]place, error)

	// fetch reads rows that open has returned. Those that are not asked for after all are nil.
	fetch(d *demand, places []place) ([]*fetched, error)

	// weight is about how many bytes there are to a row.
	weight() int64

	close()
}

// place is a row of a source: the time, and where it is.
type place struct {
	micros int64
	at     int64
	hidden bool // not asked for, but it may be the row of demand.query.After
}

// merge brings the rows of sources into one order. It opens a source when its turn comes, and closes it after its last
// row.
type merge struct {
	demand  *demand
	waiting []*cursor // in the order in which they have to be opened
	opened  []*cursor
	used    *cursor // the one that had the last row
}

// cursor is a source and how far it was read.
type cursor struct {
	source
	first, last int64 // times of its rows
	number      uint64
	places      []place // to be read yet, in the order of the query
	rows        []*fetched
}

func (m *merge) add(s source, first, last int64, number uint64) {
	if m.demand.covers(first, last) {
		m.waiting = append(m.waiting, &cursor{source: s, first: first, last: last, number: number})
	}
}

// sort has to be called after the last add.
func (m *merge) sort() {
	slices.SortFunc(m.waiting, func(a, b *cursor) int { return m.order(a.edge(m), b.edge(m), a.number, b.number) })
}

// order compares two rows by time and, where it is equal, by which was written first.
func (m *merge) order(a, b int64, na, nb uint64) int {
	c := compare(a, b, na, nb)
	if m.demand.query.Oldest {
		return c
	}
	return -c
}

// edge is the time that the first row of a source may have.
func (c *cursor) edge(m *merge) int64 {
	if m.demand.query.Oldest {
		return c.first
	}
	return c.last
}

// next returns the next row, or nil after the last one.
func (m *merge) next() (*fetched, error) {
	if c := m.used; c != nil && len(c.rows) == 0 {
		if err := m.fill(c); err != nil {
			return nil, err
		}
	}
	best, err := m.best()
	if m.used = best; best == nil || err != nil {
		return nil, err
	}
	row := best.rows[0]
	best.rows[0] = nil
	best.rows = best.rows[1:]
	return row, nil
}

// best returns the cursor that has the next row.
func (m *merge) best() (*cursor, error) {
	for {
		var best *cursor
		for _, c := range m.opened {
			if best == nil || m.order(c.rows[0].micros, best.rows[0].micros, c.number, best.number) < 0 {
				best = c
			}
		}
		if len(m.waiting) == 0 {
			return best, nil
		}
		next := m.waiting[0]
		if best != nil && m.order(best.rows[0].micros, next.edge(m), best.number, next.number) < 0 {
			return best, nil
		}
		m.waiting = m.waiting[1:]
		if err := m.open(next); err != nil {
			return nil, err
		}
	}
}

// open brings a source's places into the order, and reads the first of its rows.
func (m *merge) open(c *cursor) error {
	m.opened = append(m.opened, c)
	places, err := c.source.open(m.demand)
	if err != nil {
		return err
	}
	if !m.demand.query.Oldest {
		slices.Reverse(places)
	}
	slices.SortStableFunc(places, func(a, b place) int {
		if m.demand.query.Oldest {
			return cmp.Compare(a.micros, b.micros)
		}
		return cmp.Compare(b.micros, a.micros)
	})
	c.places = places
	return m.fill(c)
}

const (
	fetchBytes = 4 << 20 // of rows of a source, about, that are read at once
	fetchRows  = 256
)

// fill reads the next rows of a cursor, and closes it when there are none.
func (m *merge) fill(c *cursor) error {
	limit := max(1, min(fetchRows, fetchBytes/max(c.weight(), 1)))
	if m.demand.query.Limit > 0 {
		limit = min(limit, m.demand.query.Limit)
	}
	for len(c.rows) == 0 && len(c.places) > 0 {
		n := min(limit, int64(len(c.places)))
		rows, err := c.fetch(m.demand, c.places[:n])
		if err != nil {
			return err
		}
		c.places = c.places[n:]
		c.rows = slices.DeleteFunc(rows, func(r *fetched) bool { return r == nil })
	}
	if len(c.rows) == 0 {
		c.close()
		m.opened = slices.DeleteFunc(m.opened, func(other *cursor) bool { return other == c })
	}
	return nil
}

// close closes the sources that are open.
func (m *merge) close() {
	for _, c := range m.opened {
		c.close()
	}
}
