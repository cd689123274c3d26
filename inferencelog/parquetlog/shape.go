package parquetlog

import (
	"fmt"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"github.com/modelward/modelward/inferencelog"
)

// shape is the columns of a table and what a Parquet file makes of them. It is immutable.
type shape struct {
	columns  []column
	id, time int // the places of invocation_id and event_time
	schema   *parquet.Schema
	leaves   int
	options  []parquet.WriterOption
}

func newShape(list []inferencelog.Column) (*shape, error) {
	s := &shape{id: -1, time: -1}
	fields := make([]parquet.Field, len(list))
	for i, c := range list {
		made, err := columnOf(c, s.leaves)
		if err != nil {
			return nil, err
		}
		switch c.Name {
		case "invocation_id":
			s.id = i
		case "event_time":
			s.time = i
		}
		s.columns = append(s.columns, made)
		s.leaves += made.leaves()
		fields[i] = field{made.node(), c.Name}
	}
	if s.id < 0 || s.time < 0 || s.columns[s.id].kind != kindText || s.columns[s.time].kind != kindTime {
		return nil, fmt.Errorf("parquetlog: columns without invocation_id and event_time")
	}
	s.schema = parquet.NewSchema("inference_table", group{fields: fields})
	// The codec is our own: the library's shares encoders, which hold channels, between all who use it, and so between
	// what runs in a bubble of testing/synctest and what does not.
	s.options = []parquet.WriterOption{
		s.schema, parquet.Compression(&zstd.Codec{}), parquet.PageBufferSize(pageBytes), parquet.DataPageStatistics(false),
	}
	for i, path := range s.schema.Columns() {
		if !s.columns[s.columnOfLeaf(i)].bounded() {
			s.options = append(s.options, parquet.SkipPageBounds(path...))
		}
	}
	return s, nil
}

// columnOfLeaf returns the place of the column that the leaf belongs to.
func (s *shape) columnOfLeaf(leaf int) int {
	return slices.IndexFunc(s.columns, func(c column) bool { return leaf < c.leaf+c.leaves() })
}

// same reports whether the columns are those of the list.
func (s *shape) same(list []inferencelog.Column) bool {
	return slices.EqualFunc(s.columns, list, func(a column, b inferencelog.Column) bool { return a.Column == b })
}

// list returns the columns as the wall has them.
func (s *shape) list() []inferencelog.Column {
	list := make([]inferencelog.Column, len(s.columns))
	for i := range s.columns {
		list[i] = s.columns[i].Column
	}
	return list
}

// node is the column as a node of the file's schema.
func (c *column) node() parquet.Node {
	text := parquet.Leaf(unbounded{parquet.String().Type()})
	switch c.kind {
	case kindJSON:
		return parquet.Optional(parquet.Leaf(unbounded{parquet.JSON().Type()}))
	case kindInt:
		return parquet.Optional(parquet.Int(32))
	case kindBigint:
		return parquet.Optional(parquet.Int(64))
	case kindDouble:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case kindTime:
		return parquet.Optional(parquet.Timestamp(parquet.Microsecond))
	case kindMap:
		return parquet.Optional(parquet.Map(text, text))
	case kindList:
		return parquet.Optional(parquet.List(text))
	}
	switch {
	case c.repeats():
		return parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	case c.bounded():
		return parquet.Optional(parquet.String())
	}
	return parquet.Optional(text)
}

// group is a group whose fields keep their order; that of the library sorts them by name.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g group) Fields() []parquet.Field { return g.fields }

// unbounded is a type of text without bounds of its values in the file. The library would leave the bounds of pages
// empty then, and a reader that trusts them would skip every page.
type unbounded struct{ parquet.Type }

func (unbounded) NewColumnIndexer(int) parquet.ColumnIndexer { return &openIndex{} }

// openIndex says of every page that it may hold any text.
type openIndex struct{ index format.ColumnIndex }

func (x *openIndex) Reset() { x.index = format.ColumnIndex{} }

func (x *openIndex) IndexPage(values, nulls int64, _, _ parquet.Value) {
	x.index.NullPages = append(x.index.NullPages, values == nulls)
	x.index.NullCounts = append(x.index.NullCounts, nulls)
	x.index.MinValues = append(x.index.MinValues, []byte{})
	if values == nulls {
		x.index.MaxValues = append(x.index.MaxValues, []byte{})
	} else {
		x.index.MaxValues = append(x.index.MaxValues, []byte(greatest))
	}
}

func (x *openIndex) ColumnIndex() format.ColumnIndex { return x.index }

// greatest is above every text that does not begin with as many of the last code point, which is no character.
const greatest = "\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF"

// narrow brings a number into 32 bits.
func narrow(n int64) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }
