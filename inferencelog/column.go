package inferencelog

import (
	"fmt"
	"time"
)

// Column is one column of every inference table.
type Column struct {
	Name string
	Type string // as Databricks names it: STRING, INT, BIGINT, DOUBLE, TIMESTAMP, MAP<STRING,STRING>, ARRAY<STRING>
}

// Columns returns the columns of every inference table in their order: those of spec §6.3(a), then those of
// ruling R34. All are nullable. The slice is the caller's own.
func Columns() []Column {
	list := make([]Column, len(columns))
	for i := range columns {
		list[i] = columns[i].Column
	}
	return list
}

// Value returns what a column of the row holds, or nil for null. The Go type follows the column's:
// string for STRING, int64 for INT and BIGINT, float64 for DOUBLE, time.Time for TIMESTAMP,
// map[string]string and []string. A column that does not exist is null.
func (r *Record) Value(column string) any {
	i, ok := columnAt[column]
	if !ok {
		return nil
	}
	return columns[i].value(r)
}

// SetValue sets a column from a value as [Record.Value] returns it; nil sets null. STRING also takes []byte, which it
// keeps, and whole numbers also take int. It returns an error that wraps [ErrNoColumn] when there is no such
// column, and another when the value does not fit it.
func (r *Record) SetValue(column string, v any) error {
	i, ok := columnAt[column]
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoColumn, column)
	}
	if !columns[i].set(r, v) {
		return fmt.Errorf("inferencelog: column %s (%s) cannot hold a %T", column, columns[i].Type, v)
	}
	return nil
}

// pick returns a copy of the row with only the named columns filled in, or all of them when none is named.
func (r *Record) pick(names []string) (*Record, error) {
	if len(names) == 0 {
		return r.Clone(), nil
	}
	part := &Record{}
	for _, name := range names {
		if err := part.SetValue(name, r.Value(name)); err != nil {
			return nil, err
		}
	}
	return part.Clone(), nil
}

// column is a Column and the three things one does with it. The table below is the only place that
// joins names to fields; sinks, JSON and query answers all read it.
type column struct {
	Column
	value func(r *Record) any
	set   func(r *Record, v any) bool
	json  func(dst []byte, r *Record) []byte
}

var columns = []column{
	text("request_id", func(r *Record) *string { return &r.RequestID }),
	text("invocation_id", func(r *Record) *string { return &r.ID }),
	tags("request_tags", func(r *Record) *map[string]string { return &r.RequestTags }),
	timestamp("event_time", func(r *Record) *time.Time { return &r.EventTime }),
	integer("status_code", 0, func(r *Record) *int { return &r.StatusCode }),
	fraction("sampling_fraction", func(r *Record) *float64 { return &r.SamplingFraction }),
	bigint("latency_ms", func(r *Record) *int64 { return &r.LatencyMs }),
	nullable("time_to_first_byte_ms", func(r *Record) *NullInt { return &r.TimeToFirstByteMs }),
	payload("request", func(r *Record) *[]byte { return &r.Request }),
	payload("response", func(r *Record) *[]byte { return &r.Response }),
	text("destination_type", func(r *Record) *string { return &r.DestinationType }),
	text("destination_name", func(r *Record) *string { return &r.DestinationName }),
	text("destination_model", func(r *Record) *string { return &r.DestinationModel }),
	list("logging_error_codes", func(r *Record) *[]string { return &r.LoggingErrorCodes }),
	text("requester", func(r *Record) *string { return &r.Requester }),
	integer("schema_version", SchemaVersion, func(r *Record) *int { return &r.SchemaVersion }),
	text("url", func(r *Record) *string { return &r.URL }),
	text("api_type", func(r *Record) *string { return &r.APIType }),
	text("outcome", func(r *Record) *string { return (*string)(&r.Outcome) }),
	attempts("attempts"),
	nullable("input_tokens", func(r *Record) *NullInt { return &r.InputTokens }),
	nullable("output_tokens", func(r *Record) *NullInt { return &r.OutputTokens }),
	nullable("total_tokens", func(r *Record) *NullInt { return &r.TotalTokens }),
	text("usage_source", func(r *Record) *string { return &r.UsageSource }),
	draw("draw"),
}

var columnAt = func() map[string]int {
	at := make(map[string]int, len(columns))
	for i := range columns {
		at[columns[i].Name] = i
	}
	return at
}()
