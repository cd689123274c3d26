package inferencelog_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// The columns are those of spec §6.3(a) and ruling R34, in that order, with those types, and then our own.
func TestColumns(t *testing.T) {
	var got []string
	for _, c := range inferencelog.Columns() {
		got = append(got, c.Name+" "+c.Type)
	}
	want := `request_id STRING, invocation_id STRING, request_tags MAP<STRING,STRING>, event_time TIMESTAMP, status_code INT,
sampling_fraction DOUBLE, latency_ms BIGINT, time_to_first_byte_ms BIGINT, request STRING, response STRING,
destination_type STRING, destination_name STRING, destination_model STRING, logging_error_codes ARRAY<STRING>,
requester STRING, schema_version INT, url STRING, api_type STRING,
outcome STRING, attempts STRING, input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, usage_source STRING, draw STRING,
request_bytes BIGINT, response_bytes BIGINT, request_sha256 STRING, response_sha256 STRING, requester_id STRING,
request_headers MAP<STRING,STRING>, lost_rows BIGINT`
	if g, w := strings.Join(got, ", "), strings.ReplaceAll(want, "\n", " "); g != w {
		t.Fatalf("%s\nwant\n%s", g, w)
	}
}

// A row that is taken apart into its columns and put together again is the same row.
func TestValueAndSetValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := inferencelogtest.Record("row").Draw(t, "record")
		var again inferencelog.Record
		for _, c := range inferencelog.Columns() {
			v := r.Value(c.Name)
			if err := again.SetValue(c.Name, v); err != nil {
				t.Fatal(err)
			}
			if got := again.Value(c.Name); !reflect.DeepEqual(got, v) {
				t.Fatalf("%s: %#v, want %#v", c.Name, got, v)
			}
			if err := again.SetValue(c.Name, struct{}{}); err == nil {
				t.Fatalf("%s took a struct", c.Name)
			}
			if got := again.Value(c.Name); !reflect.DeepEqual(got, v) {
				t.Fatalf("%s: a refused value changed it", c.Name)
			}
		}
	})
}

func TestNullAndDefaults(t *testing.T) {
	var r inferencelog.Record
	want := map[string]any{"sampling_fraction": 1.0, "latency_ms": int64(0), "schema_version": int64(inferencelog.SchemaVersion),
		"request_bytes": int64(0), "response_bytes": int64(0)}
	for _, c := range inferencelog.Columns() {
		if got := r.Value(c.Name); got != want[c.Name] {
			t.Errorf("%s of an empty record is %#v, want %#v", c.Name, got, want[c.Name])
		}
		if err := r.SetValue(c.Name, nil); err != nil {
			t.Error(err)
		}
	}
	if err := r.SetValue("no_such", nil); !errors.Is(err, inferencelog.ErrNoColumn) {
		t.Error(err)
	}
	if r.Value("no_such") != nil {
		t.Error("a column that is not there has a value")
	}
	for column, bad := range map[string]any{"draw": "-1", "attempts": "[", "event_time": "yesterday", "latency_ms": 1.5} {
		if err := r.SetValue(column, bad); err == nil {
			t.Errorf("%s took %v", column, bad)
		}
	}
}
