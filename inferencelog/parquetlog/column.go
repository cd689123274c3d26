package parquetlog

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/modelward/modelward/inferencelog"
)

// leaf returns the place of a column's first leaf in the file and whether it is there with that type: a file of an
// earlier version may have fewer columns.
func (p *openedFile) leaf(c *column) (int, bool) {
	path := []string{c.Name}
	switch c.kind {
	case kindMap:
		path = append(path, "key_value", "key")
	case kindList:
		path = append(path, "list", "element")
	}
	found, ok := p.Schema().Lookup(path...)
	return found.ColumnIndex, ok
}

// read sets a column of records from the file: records[i] from row rows[i]. The rows are in ascending order.
func (p *openedFile) read(c *column, rows []int64, records []inferencelog.Record) (err error) {
	defer rescue(&err)
	leaf, ok := p.leaf(c)
	if !ok {
		return nil
	}
	if c.kind == kindMap {
		maps := make([]map[string]string, len(rows))
		keys := make([][]string, len(rows))
		if err := p.texts(leaf, rows, keys); err != nil {
			return err
		}
		values := make([][]string, len(rows))
		if err := p.texts(leaf+1, rows, values); err != nil {
			return err
		}
		for i := range maps {
			if keys[i] == nil || len(keys[i]) != len(values[i]) {
				continue
			}
			m := make(map[string]string, len(keys[i]))
			for k, key := range keys[i] {
				m[key] = values[i][k]
			}
			if err := records[i].SetValue(c.Name, m); err != nil {
				return err
			}
		}
		return nil
	}
	if c.kind == kindList {
		lists := make([][]string, len(rows))
		if err := p.texts(leaf, rows, lists); err != nil {
			return err
		}
		for i, list := range lists {
			if list == nil {
				continue
			}
			if err := records[i].SetValue(c.Name, list); err != nil {
				return err
			}
		}
		return nil
	}
	return p.each(leaf, rows, func(i int, values []parquet.Value) error {
		return c.put(&records[i], c.cellOf(values[0]))
	})
}

// texts reads the elements of a list, or the keys or values of a map. What is null stays nil.
func (p *openedFile) texts(leaf int, rows []int64, into [][]string) error {
	return p.each(leaf, rows, func(i int, values []parquet.Value) error {
		if values[0].DefinitionLevel() == 0 {
			return nil
		}
		into[i] = make([]string, 0, len(values))
		for _, v := range values {
			if !v.IsNull() {
				into[i] = append(into[i], string(v.ByteArray()))
			}
		}
		return nil
	})
}

// cellOf returns a value that is no map or list as a cell.
func (c *column) cellOf(v parquet.Value) cell {
	switch {
	case v.IsNull():
		return cell{null: true}
	case c.kind == kindText || c.kind == kindJSON:
		return cell{text: v.ByteArray()}
	case c.kind == kindInt:
		return cell{bits: uint64(int64(v.Int32()))}
	}
	return cell{bits: v.Uint64()}
}

// each calls f with the values that a leaf has in each of the rows, in their order.
func (p *openedFile) each(leaf int, rows []int64, f func(i int, values []parquet.Value) error) error {
	first, i := int64(0), 0
	for _, group := range p.RowGroups() {
		end := first + group.NumRows()
		n := i
		for n < len(rows) && rows[n] < end {
			n++
		}
		if n > i {
			base := i
			err := eachInChunk(group.ColumnChunks()[leaf], first, rows[i:n], func(k int, values []parquet.Value) error {
				return f(base+k, values)
			})
			if err != nil {
				return err
			}
		}
		first, i = end, n
	}
	if i < len(rows) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// eachInChunk is each within one row group, whose first row has the number first.
func eachInChunk(chunk parquet.ColumnChunk, first int64, rows []int64, f func(i int, values []parquet.Value) error) (err error) {
	pages := chunk.Pages()
	defer pages.Close()
	end := int64(-1) // the row after the page that was read last
	for i := 0; i < len(rows); {
		if rows[i] != end {
			if err := pages.SeekToRow(rows[i] - first); err != nil {
				return err
			}
		}
		page, err := pages.ReadPage()
		if err != nil {
			return err
		}
		start := rows[i]
		end = start + page.NumRows()
		if end == start {
			return io.ErrUnexpectedEOF
		}
		for i < len(rows) && rows[i] < end {
			run := i + 1
			for run < len(rows) && rows[run] < end && rows[run] == rows[run-1]+1 {
				run++
			}
			part := page.Slice(rows[i]-start, rows[run-1]+1-start)
			if err := eachValue(part, run-i, func(k int, values []parquet.Value) error { return f(i+k, values) }); err != nil {
				return err
			}
			i = run
		}
		parquet.Release(page)
	}
	return nil
}

// eachValue calls f with the values of each of the rows of a page.
func eachValue(page parquet.Page, rows int, f func(i int, values []parquet.Value) error) error {
	reader := page.Values()
	buffer := make([]parquet.Value, 256)
	var row []parquet.Value
	done := 0
	for {
		n, err := reader.ReadValues(buffer)
		for _, v := range buffer[:n] {
			if v.RepetitionLevel() == 0 && len(row) > 0 {
				if err := f(done, row); err != nil {
					return err
				}
				done, row = done+1, row[:0]
			}
			row = append(row, v)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrNoProgress
		}
	}
	if len(row) > 0 {
		if err := f(done, row); err != nil {
			return err
		}
		done++
	}
	if done != rows {
		return io.ErrUnexpectedEOF
	}
	return nil
}
