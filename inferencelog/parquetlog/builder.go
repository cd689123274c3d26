package parquetlog

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

const (
	groupBytes = 16 << 20  // of rows, after which a row group ends
	pageBytes  = 1 << 20   // of a column, after which a page ends: large ones compress better, and faster
	pieceBytes = 128 << 10 // of rows, that are handed to the Parquet writer at once
)

// What a file says of itself beside its columns.
const (
	keyMin  = "modelward.event_time.min" // in microseconds since 1970
	keyMax  = "modelward.event_time.max"
	keyName = "modelward.table"
)

// builder makes Parquet files out of spools, one after the other, and keeps its buffers between them.
type builder struct {
	shape  *shape
	writer *parquet.GenericWriter[any]
	values [][]parquet.Value // by leaf, of the rows of a piece
	buffer []byte            // the piece; the values are in it
	used   int
	bytes  int // of the row group
}

func newBuilder(s *shape) *builder {
	return &builder{
		shape:  s,
		writer: parquet.NewGenericWriter[any](io.Discard, s.options...),
		values: make([][]parquet.Value, s.leaves),
		buffer: make([]byte, 2*pieceBytes),
	}
}

// build writes the rows of a spool as a Parquet file. After an error the builder is of no more use.
func (b *builder) build(sp *spool, table string, to io.Writer) (damage, err error) {
	b.writer.Reset(to)
	b.writer.SetKeyValueMetadata(keyMin, strconv.FormatInt(sp.min, 10))
	b.writer.SetKeyValueMetadata(keyMax, strconv.FormatInt(sp.max, 10))
	b.writer.SetKeyValueMetadata(keyName, table)
	var full error
	scan := &scanner{file: sp.file, size: sp.size, room: func(n int) []byte {
		if n > len(b.buffer)-b.used {
			full = b.hand()
			b.used = 0
			if n > len(b.buffer) {
				b.buffer = make([]byte, n)
			}
		}
		b.used += n
		return b.buffer[b.used-n : b.used : b.used]
	}}
	if _, err := scan.columns(); err != nil {
		return nil, err
	}
	rows := 0
	for {
		content, _, _, err := scan.next()
		if err == io.EOF {
			break
		}
		if err == nil && full == nil {
			n, failed := b.add(content)
			rows, full = rows+n, failed
		}
		if err = cmp.Or(err, full); err != nil {
			return nil, err
		}
	}
	if err := b.hand(); err != nil {
		return nil, err
	}
	if err := b.writer.Close(); err != nil {
		return nil, err
	}
	b.used, b.bytes = 0, 0
	if len(b.buffer) > 1<<20 {
		b.buffer = make([]byte, 2*pieceBytes)
	}
	if scan.damage == nil && rows != len(sp.rows) {
		scan.damage = fmt.Errorf("parquetlog: %d of %d rows read from the spool", rows, len(sp.rows))
	}
	return scan.damage, nil
}

// add takes up the rows of a frame.
func (b *builder) add(content []byte) (rows int, err error) {
	since := 0
	for len(content) > 0 {
		row, rest, err := cut(content)
		if err != nil {
			return rows, err
		}
		if err := b.shape.decode(row, b.put); err != nil {
			return rows, err
		}
		rows, content = rows+1, rest
		if since += len(row); since >= pieceBytes {
			if err := b.hand(); err != nil {
				return rows, err
			}
			since = 0
		}
		if b.bytes += len(row); b.bytes >= groupBytes {
			if err := b.hand(); err != nil {
				return rows, err
			}
			if err := b.writer.Flush(); err != nil {
				return rows, err
			}
			since, b.bytes = 0, 0
		}
	}
	return rows, nil
}

// put appends a cell to the values of its leaves.
func (b *builder) put(i int, x cell) error {
	c := &b.shape.columns[i]
	switch c.kind {
	case kindMap, kindList:
		b.putEntries(c, x)
		return nil
	}
	level := 1
	var v parquet.Value
	switch {
	case x.null:
		level = 0
	case c.kind == kindText || c.kind == kindJSON:
		v = parquet.ByteArrayValue(x.text)
	case c.kind == kindInt:
		v = parquet.Int32Value(narrow(int64(x.bits)))
	case c.kind == kindDouble:
		v = parquet.DoubleValue(math.Float64frombits(x.bits))
	default:
		v = parquet.Int64Value(int64(x.bits))
	}
	b.values[c.leaf] = append(b.values[c.leaf], v.Level(0, level, c.leaf))
	return nil
}

// putEntries appends a map or a list: null at level 0, empty at level 1, entries at level 2.
func (b *builder) putEntries(c *column, x cell) {
	leaves := c.leaves()
	if x.count == 0 {
		level := 1
		if x.null {
			level = 0
		}
		for leaf := c.leaf; leaf < c.leaf+leaves; leaf++ {
			b.values[leaf] = append(b.values[leaf], parquet.NullValue().Level(0, level, leaf))
		}
		return
	}
	rest := x.text
	for n := range x.count {
		for leaf := c.leaf; leaf < c.leaf+leaves; leaf++ {
			var text []byte
			text, rest, _ = takeText(rest)
			b.values[leaf] = append(b.values[leaf], parquet.ByteArrayValue(text).Level(min(n, 1), 2, leaf))
		}
	}
}

// hand gives the rows of the piece to the Parquet writer, which copies them.
func (b *builder) hand() error {
	for leaf, w := range b.writer.ColumnWriters() {
		if len(b.values[leaf]) == 0 {
			continue
		}
		if _, err := w.WriteRowValues(b.values[leaf]); err != nil {
			return err
		}
		clear(b.values[leaf])
		b.values[leaf] = b.values[leaf][:0]
	}
	return nil
}

// buildFile makes the file at path out of the spool. It is whole, and lasts, when it is there.
func (b *builder) buildFile(d *disk, sp *spool, table, path string) (size int64, damage, err error) {
	tmp := path + ".tmp"
	if err := os.Remove(tmp); err != nil && !os.IsNotExist(err) {
		return 0, nil, err
	}
	f, err := d.create(tmp)
	if err != nil {
		return 0, nil, err
	}
	out := &output{disk: d, file: f}
	if damage, err = b.build(sp, table, out); err == nil {
		err = d.sync(f)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = d.rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp) // Open does, if this cannot
		return 0, nil, err
	}
	return out.size, damage, nil
}
