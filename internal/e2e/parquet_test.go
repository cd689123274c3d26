package e2e

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// The tables that the rows of these tests go to, each row to both.
const (
	payloadTable = 7
	usageTable   = 8
)

// layouts are the tables with the columns that their files have to have, in
// this order, by name and by the type that Apache Arrow gives them.
var layouts = []struct {
	table   uint64
	layout  inferencelog.Layout
	columns string
}{{
	payloadTable, inferencelog.Payload,
	`request_id utf8, invocation_id utf8, request_tags map, event_time timestamp, status_code int32, sampling_fraction float64,
	latency_ms int64, time_to_first_byte_ms int64, request utf8, response utf8, destination_type utf8, destination_name utf8,
	destination_model utf8, logging_error_codes list, requester utf8, schema_version int32, url utf8, api_type utf8, outcome utf8,
	attempts utf8, input_tokens int64, output_tokens int64, total_tokens int64, usage_source utf8, draw utf8, request_bytes int64,
	response_bytes int64, request_sha256 utf8, response_sha256 utf8, requester_id utf8, request_headers map, lost_rows int64`,
}, {
	usageTable, inferencelog.Usage,
	`request_id utf8, invocation_id utf8, schema_version int32, endpoint_id utf8, endpoint_name utf8, service_id utf8, service_name utf8,
	service_type utf8, request_tags map, event_time timestamp, latency_ms int64, time_to_first_byte_ms int64, destination_type utf8,
	destination_name utf8, destination_id utf8, destination_model utf8, requester utf8, requester_type utf8, ip_address utf8, url utf8,
	user_agent utf8, api_type utf8, input_tokens int64, output_tokens int64, total_tokens int64, token_details json,
	response_content_type utf8, status_code int32, routing_information json, outcome utf8, usage_source utf8, requester_id utf8,
	logging_error_codes list, lost_rows int64`,
}}

// Apache Arrow finds in the files what was logged: the columns in their order,
// with their types, all rows in the order in which they were written, and every
// value, null or not.
func TestParquetReadByArrow(t *testing.T) {
	t.Run("odd payloads", func(t *testing.T) {
		rows := []*inferencelog.Record{inferencelogtest.Plain("plain", 0), inferencelogtest.Full("full"), bare("of nothing"), empty("of empty things")}
		for what, body := range inferencelogtest.OddPayloads() {
			r := inferencelogtest.Plain(what, len(rows))
			if r.Request = body; len(body) < 1<<20 {
				r.Response = body
			}
			rows = append(rows, r)
		}
		written(t, t.TempDir(), rows)
	})
	t.Run("any rows", func(t *testing.T) {
		var rows []*inferencelog.Record
		for i := range 500 {
			row := inferencelogtest.Record(fmt.Sprint(i)).Example(i)
			if i%50 == 0 {
				row.Request = []byte(strings.Repeat("long ", 1<<17)) // several pages
			}
			rows = append(rows, row)
		}
		written(t, t.TempDir(), rows)
	})
}

// bare is a row of which nothing is known but when it was, and empty one whose
// texts, maps and lists have nothing in them.
func bare(id string) *inferencelog.Record {
	return &inferencelog.Record{ID: id, EventTime: time.UnixMicro(-1).UTC()}
}

func empty(id string) *inferencelog.Record {
	r := bare(id)
	r.RequestTags, r.RequestHeaders, r.LoggingErrorCodes = map[string]string{}, map[string]string{}, []string{}
	r.Request, r.Response = []byte{}, []byte{}
	return r
}

// written logs the rows and compares what a reader finds with them.
func written(t *testing.T, dir string, rows []*inferencelog.Record) {
	t.Helper()
	sink, err := parquetlog.Open(dir, &parquetlog.Options{RollBytes: 1 << 30})
	must(t, err)
	log := inferencelog.New(sink, &inferencelog.Options{MaxBytes: 1 << 30})
	for _, l := range layouts {
		must(t, sink.Create(t.Context(), inferencelog.Table{ID: l.table, Name: fmt.Sprint("a.b.", l.table), Layout: l.layout}))
	}
	// What a row has to hold is written down before the log has it.
	want := make([]*inferencelog.Record, len(rows))
	for i, row := range rows {
		want[i] = row.Clone()
		if !log.LogTo(inferencelog.Target{Table: payloadTable, Usage: usageTable}, row) {
			t.Fatal("a row is not taken")
		}
	}
	lost, err := log.Close(t.Context())
	if must(t, err); lost != 0 {
		t.Fatalf("%d rows lost", lost)
	}
	must(t, sink.Close())
	for i, row := range want {
		complete(row, rows[i])
	}
	for _, l := range layouts {
		files, err := filepath.Glob(filepath.Join(dir, fmt.Sprint("t_", l.table), "*"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		table, json := arrowTable(t, files[0])
		compare(t, l.layout, l.columns, json, table, want)
		table.Release()
	}
}

// complete sets what the log adds to a row, and nothing that was there.
func complete(row, logged *inferencelog.Record) {
	if row.Request != nil {
		row.RequestSize = max(row.RequestSize, int64(len(row.Request)))
	}
	if row.Response != nil {
		row.ResponseSize = max(row.ResponseSize, int64(len(row.Response)))
	}
	if row.RequestSHA256 == "" {
		row.RequestSHA256 = logged.RequestSHA256
	}
	if row.ResponseSHA256 == "" {
		row.ResponseSHA256 = logged.ResponseSHA256
	}
	// A body of which only a part was handed over is not kept.
	if logged.Request == nil && slices.Contains(logged.LoggingErrorCodes, inferencelog.MaxRequestSizeExceeded) {
		row.Request, row.LoggingErrorCodes = nil, logged.LoggingErrorCodes
	}
	if logged.Response == nil && slices.Contains(logged.LoggingErrorCodes, inferencelog.MaxResponseSizeExceeded) {
		row.Response, row.LoggingErrorCodes = nil, logged.LoggingErrorCodes
	}
}

// arrowTable reads a file, every column of which is compressed with zstd, and
// says which columns of text are JSON to readers who know the type.
func arrowTable(t *testing.T, path string) (table arrow.Table, json map[string]bool) {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	must(t, err)
	defer f.Close()
	json = map[string]bool{}
	for i := range f.MetaData().Schema.NumColumns() {
		if column := f.MetaData().Schema.Column(i); column.LogicalType().Equals(schema.JSONLogicalType{}) {
			json[column.Path()] = true
		}
	}
	for i := range f.NumRowGroups() {
		group := f.MetaData().RowGroup(i)
		for k := range group.NumColumns() {
			column, err := group.ColumnChunk(k)
			if must(t, err); column.Compression() != compress.Codecs.Zstd {
				t.Errorf("column %v is compressed as %v", column.PathInSchema(), column.Compression())
			}
		}
	}
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	must(t, err)
	table, err = reader.ReadTable(t.Context())
	must(t, err)
	return table, json
}

func compare(t *testing.T, layout inferencelog.Layout, columns string, json map[string]bool, table arrow.Table, want []*inferencelog.Record) {
	t.Helper()
	if int(table.NumRows()) != len(want) {
		t.Fatalf("%d rows, want %d", table.NumRows(), len(want))
	}
	var have []string
	for i, field := range table.Schema().Fields() {
		name := typeName(field.Type)
		if json[field.Name] {
			name = "json"
		}
		have = append(have, field.Name+" "+name)
		if !field.Nullable {
			t.Errorf("column %s cannot be null", field.Name)
		}
		row := 0
		for _, chunk := range table.Column(i).Data().Chunks() {
			for k := range chunk.Len() {
				got, value := arrowValue(t, chunk, k), want[row].Value(field.Name)
				if !reflect.DeepEqual(got, value) {
					t.Fatalf("column %s of row %d of layout %q: %.200q, want %.200q", field.Name, row, layout, fmt.Sprint(got), fmt.Sprint(value))
				}
				row++
			}
		}
	}
	if got, want := strings.Join(have, ", "), strings.Join(strings.Fields(columns), " "); got != want {
		t.Fatalf("layout %q has the columns\n%s\nwant\n%s", layout, got, want)
	}
}

// typeName is a type of Arrow's in a word; of another than those of the tables
// it is all that Arrow says.
func typeName(of arrow.DataType) string {
	switch of := of.(type) {
	case *arrow.TimestampType:
		if of.Unit == arrow.Microsecond && of.TimeZone == "UTC" {
			return "timestamp"
		}
	case *arrow.MapType:
		if of.KeyType().ID() == arrow.STRING && of.ItemType().ID() == arrow.STRING {
			return "map"
		}
	case *arrow.ListType:
		if of.Elem().ID() == arrow.STRING {
			return "list"
		}
	case *arrow.StringType, *arrow.Int32Type, *arrow.Int64Type, *arrow.Float64Type:
		return of.Name()
	}
	return of.String()
}

// arrowValue returns a value as inferencelog.Record.Value does.
func arrowValue(t *testing.T, a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary: // what has the type JSON
		return string(a.Value(i))
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		if math.IsNaN(a.Value(i)) {
			t.Fatal("a number that is none")
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
