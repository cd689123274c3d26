package parquetlog

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// fileSource reads a finished file.
type fileSource struct {
	table  *table
	file   *file
	opened *openedFile
}

// scanRows is the number of rows whose deciding columns are read at once.
const scanRows = 4096

func (s *fileSource) open(d *demand) ([]place, error) {
	p, err := s.table.open(s.file.name)
	if err != nil {
		return nil, err
	}
	s.opened = p
	decide := append([]column{d.time}, d.filters...)
	var places []place
	all := upTo(p.NumRows())
	for len(all) > 0 {
		part := all[:min(scanRows, len(all))]
		all = all[len(part):]
		records, err := s.read(decide, part)
		if err != nil {
			return nil, err
		}
		for i := range records {
			micros, matches := microsOf(&records[i]), d.query.Matches(&records[i])
			if (matches || d.marks(micros)) && d.covers(micros, micros) {
				places = append(places, place{micros, part[i], !matches})
			}
		}
	}
	return places, nil
}

// read reads columns of rows, which are in ascending order.
func (s *fileSource) read(columns []column, rows []int64) ([]inferencelog.Record, error) {
	records := make([]inferencelog.Record, len(rows))
	for i := range columns {
		if err := s.opened.read(&columns[i], rows, records); err != nil {
			return nil, fmt.Errorf("%s: column %s: %w", s.file.name, columns[i].Name, err)
		}
	}
	return records, nil
}

func (s *fileSource) fetch(d *demand, places []place) ([]*fetched, error) {
	// Ascending rows are read in one go; order says to which place each of them belongs.
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(places[a].at, places[b].at) })
	rows := make([]int64, len(places))
	for k, i := range order {
		rows[k] = places[i].at
	}
	records, err := s.read(d.columns, rows)
	if err != nil {
		return nil, err
	}
	var ids []inferencelog.Record
	if d.query.After != nil {
		if ids, err = s.read([]column{d.id}, rows); err != nil {
			return nil, err
		}
	}
	list := make([]*fetched, len(places))
	for k, i := range order {
		list[i] = &fetched{micros: places[i].micros, record: &records[k], hidden: places[i].hidden}
		if d.query.After != nil {
			list[i].id = ids[k].ID
		}
	}
	return list, nil
}

// weight is taken from the size of the columns before compression.
func (s *fileSource) weight() int64 {
	total := int64(0)
	for _, group := range s.opened.Metadata().RowGroups {
		total += group.TotalByteSize
	}
	return total / max(s.file.rows, 1)
}

func (s *fileSource) close() {
	if s.opened != nil {
		s.opened.file.Close()
		s.opened = nil
	}
}

// spoolSource reads a spool as it was when the reader came.
type spoolSource struct {
	view   spoolView
	buffer []byte
}

func (s *spoolSource) open(d *demand) ([]place, error) {
	places := make([]place, 0, len(s.view.rows))
	for i, row := range s.view.rows {
		if d.covers(row.micros, row.micros) {
			places = append(places, place{micros: row.micros, at: int64(i)})
		}
	}
	return places, nil
}

func (s *spoolSource) fetch(d *demand, places []place) ([]*fetched, error) {
	list := make([]*fetched, len(places))
	for i, p := range places {
		var err error
		if s.buffer, err = s.view.read(s.view.rows[p.at], s.buffer); err != nil {
			return nil, err
		}
		if list[i], err = s.row(d, s.buffer, p.micros); err != nil {
			return nil, fmt.Errorf("spool %d: %w", s.view.number, err)
		}
	}
	return list, nil
}

// row reads a row, or returns nil when it is not asked for.
func (s *spoolSource) row(d *demand, row []byte, micros int64) (*fetched, error) {
	made := &fetched{micros: micros, record: &inferencelog.Record{}}
	whole := &inferencelog.Record{EventTime: time.UnixMicro(micros).UTC()}
	shape := s.view.shape
	err := shape.decode(row, func(i int, x cell) error {
		c := &shape.columns[i]
		named := func(other column) bool { return other.Name == c.Name }
		if i == shape.id {
			made.id = string(x.text)
		}
		if slices.ContainsFunc(d.filters, named) {
			if err := c.put(whole, x); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(d.columns, named) {
			return c.put(made.record, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	made.hidden = !d.query.Matches(whole)
	if made.hidden && !d.marks(micros) {
		return nil, nil
	}
	return made, nil
}

// weight is the mean of the rows.
func (s *spoolSource) weight() int64 { return s.view.bytes / int64(max(len(s.view.rows), 1)) }

func (s *spoolSource) close() {}
