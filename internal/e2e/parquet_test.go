package e2e

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// Apache Arrow reads what parquetlog writes: the columns in their order, their types, and every value.
func TestArrowReadsParquet(t *testing.T) {
	for _, layout := range []inferencelog.Layout{inferencelog.Payload, inferencelog.Usage} {
		t.Run(string(layout), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				var want []*inferencelog.Record
				for i := range rapid.IntRange(1, 40).Draw(r, "rows") {
					row := inferencelogtest.Record(fmt.Sprint(i)).Draw(r, "row")
					if rapid.IntRange(0, 9).Draw(r, "long") == 0 {
						row.Request = []byte(strings.Repeat("long ", 1<<17)) // several pages
					}
					want = append(want, row)
				}
				dir, err := os.MkdirTemp(t.TempDir(), "")
				if err != nil {
					r.Fatal(err)
				}
				arrowTable := arrowOf(r, parquetOf(r, dir, layout, want))
				defer arrowTable.Release()
				compareArrow(r, layout, arrowTable, want)
			})
		})
	}
}

// parquetOf writes the rows and returns the path of the file.
func parquetOf(t *rapid.T, dir string, layout inferencelog.Layout, rows []*inferencelog.Record) string {
	sink, err := parquetlog.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Create(context.Background(), inferencelog.Table{ID: 1, Name: "a.b.c", Layout: layout}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(context.Background(), 1, rows); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "t_1", "*.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}

func arrowOf(t *rapid.T, path string) arrow.Table {
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func compareArrow(t *rapid.T, layout inferencelog.Layout, table arrow.Table, want []*inferencelog.Record) {
	columns := layout.Columns()
	if int(table.NumRows()) != len(want) || int(table.NumCols()) != len(columns) {
		t.Fatalf("%d rows of %d columns, want %d of %d", table.NumRows(), table.NumCols(), len(want), len(columns))
	}
	for i, c := range columns {
		field := table.Schema().Field(i)
		if field.Name != c.Name || !field.Nullable || !arrowType(c.Type, field.Type) {
			t.Fatalf("column %d is %s, want %+v", i, field, c)
		}
		row := 0
		for _, chunk := range table.Column(i).Data().Chunks() {
			for k := range chunk.Len() {
				got, value := arrowValue(t, chunk, k), want[row].Value(c.Name)
				if !reflect.DeepEqual(got, value) {
					t.Fatalf("column %s of row %d: %#v, want %#v", c.Name, row, got, value)
				}
				row++
			}
		}
	}
}

func arrowType(name string, have arrow.DataType) bool {
	switch {
	case name == "STRING":
		return have.ID() == arrow.STRING
	case strings.HasPrefix(name, "STRUCT<"):
		extension, ok := have.(arrow.ExtensionType)
		return ok && extension.ExtensionName() == "arrow.json" || have.ID() == arrow.BINARY // which has the text, too
	case name == "INT":
		return have.ID() == arrow.INT32
	case name == "BIGINT":
		return have.ID() == arrow.INT64
	case name == "DOUBLE":
		return have.ID() == arrow.FLOAT64
	case name == "TIMESTAMP":
		return arrow.TypeEqual(have, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
	case name == "MAP<STRING,STRING>":
		m, ok := have.(*arrow.MapType)
		return ok && m.KeyType().ID() == arrow.STRING && m.ItemType().ID() == arrow.STRING
	case name == "ARRAY<STRING>":
		l, ok := have.(*arrow.ListType)
		return ok && l.Elem().ID() == arrow.STRING
	}
	return false
}

// arrowValue returns what Record.Value would.
func arrowValue(t *rapid.T, a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case array.ExtensionArray:
		return a.Storage().(*array.String).Value(i)
	case *array.Binary:
		return string(a.Value(i))
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		if math.IsNaN(a.Value(i)) {
			t.Fatal("NaN")
		}
		return a.Value(i)
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(i))).UTC()
	case *array.Map:
		start, end := a.ValueOffsets(i)
		keys, items := a.Keys().(*array.String), a.Items().(*array.String)
		m := map[string]string{}
		for k := start; k < end; k++ {
			m[keys.Value(int(k))] = items.Value(int(k))
		}
		return m
	case *array.List:
		start, end := a.ValueOffsets(i)
		list := []string{}
		for k := start; k < end; k++ {
			list = append(list, a.ListValues().(*array.String).Value(int(k)))
		}
		return list
	}
	t.Fatalf("an array of type %T", a)
	return nil
}
