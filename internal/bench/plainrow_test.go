package bench

import (
	"encoding/json"

	"github.com/modelward/modelward/inferencelog"
)

// plainRow is a row as a program would have it that writes its log by itself,
// with libraries: a struct with a field for each column. It is put together
// before the clock runs. The columns differ in what JSON and Parquet call a time
// and a list of structs.
type plainRow struct {
	Table   string `json:"table" parquet:"-"`
	TableID string `json:"table_id" parquet:"-"`

	RequestID         *string           `json:"request_id" parquet:"request_id,optional"`
	ID                *string           `json:"invocation_id" parquet:"invocation_id,optional"`
	RequestTags       map[string]string `json:"request_tags" parquet:"request_tags,optional"`
	EventTime         string            `json:"event_time" parquet:"-"`
	Micros            *int64            `json:"-" parquet:"event_time,optional,timestamp(microsecond)"`
	StatusCode        *int32            `json:"status_code" parquet:"status_code,optional"`
	SamplingFraction  *float64          `json:"sampling_fraction" parquet:"sampling_fraction,optional"`
	LatencyMs         *int64            `json:"latency_ms" parquet:"latency_ms,optional"`
	TimeToFirstByteMs *int64            `json:"time_to_first_byte_ms" parquet:"time_to_first_byte_ms,optional"`
	Request           *string           `json:"request" parquet:"request,optional"`
	Response          *string           `json:"response" parquet:"response,optional"`
	DestinationType   *string           `json:"destination_type" parquet:"destination_type,optional,dict"`
	DestinationName   *string           `json:"destination_name" parquet:"destination_name,optional,dict"`
	DestinationModel  *string           `json:"destination_model" parquet:"destination_model,optional,dict"`
	LoggingErrorCodes []string          `json:"logging_error_codes" parquet:"logging_error_codes,optional,list"`
	Requester         *string           `json:"requester" parquet:"requester,optional,dict"`
	SchemaVersion     *int32            `json:"schema_version" parquet:"schema_version,optional"`
	URL               *string           `json:"url" parquet:"url,optional,dict"`
	APIType           *string           `json:"api_type" parquet:"api_type,optional,dict"`
	Outcome           *string           `json:"outcome" parquet:"outcome,optional,dict"`
	Attempts          []plainAttempt    `json:"attempts" parquet:"-"`
	AttemptsText      *string           `json:"-" parquet:"attempts,optional"`
	InputTokens       *int64            `json:"input_tokens" parquet:"input_tokens,optional"`
	OutputTokens      *int64            `json:"output_tokens" parquet:"output_tokens,optional"`
	TotalTokens       *int64            `json:"total_tokens" parquet:"total_tokens,optional"`
	UsageSource       *string           `json:"usage_source" parquet:"usage_source,optional,dict"`
	Draw              *string           `json:"draw" parquet:"draw,optional"`
	RequestBytes      *int64            `json:"request_bytes" parquet:"request_bytes,optional"`
	ResponseBytes     *int64            `json:"response_bytes" parquet:"response_bytes,optional"`
	RequestSHA256     *string           `json:"request_sha256" parquet:"request_sha256,optional"`
	ResponseSHA256    *string           `json:"response_sha256" parquet:"response_sha256,optional"`
	RequesterID       *string           `json:"requester_id" parquet:"requester_id,optional,dict"`
	RequestHeaders    map[string]string `json:"request_headers" parquet:"request_headers,optional"`
	LostRows          *int64            `json:"lost_rows" parquet:"lost_rows,optional"`
}

type plainAttempt struct {
	Destination string  `json:"destination"`
	Action      string  `json:"action"`
	Status      *int    `json:"status_code"`
	ErrorCode   *string `json:"error_code"`
	LatencyMs   int64   `json:"latency_ms"`
	Class       *string `json:"class"`
}

func plainRows(records []*inferencelog.Record) []plainRow {
	rows := make([]plainRow, len(records))
	for i, r := range records {
		rows[i] = plainOf(r)
	}
	return rows
}

func plainOf(r *inferencelog.Record) plainRow {
	micros := r.EventTime.UnixMicro()
	p := plainRow{
		Table: logTable.Name, TableID: "1",
		RequestID: cell[string](r, "request_id"), ID: cell[string](r, "invocation_id"), RequestTags: r.RequestTags,
		EventTime: string(inferencelog.AppendTime(nil, r.EventTime)), Micros: &micros,
		StatusCode: narrow(r, "status_code"), SamplingFraction: cell[float64](r, "sampling_fraction"),
		LatencyMs: cell[int64](r, "latency_ms"), TimeToFirstByteMs: cell[int64](r, "time_to_first_byte_ms"),
		Request: cell[string](r, "request"), Response: cell[string](r, "response"),
		DestinationType: cell[string](r, "destination_type"), DestinationName: cell[string](r, "destination_name"),
		DestinationModel: cell[string](r, "destination_model"), LoggingErrorCodes: r.LoggingErrorCodes,
		Requester: cell[string](r, "requester"), SchemaVersion: narrow(r, "schema_version"),
		URL: cell[string](r, "url"), APIType: cell[string](r, "api_type"), Outcome: cell[string](r, "outcome"),
		AttemptsText: cell[string](r, "attempts"), InputTokens: cell[int64](r, "input_tokens"),
		OutputTokens: cell[int64](r, "output_tokens"), TotalTokens: cell[int64](r, "total_tokens"),
		UsageSource: cell[string](r, "usage_source"), Draw: cell[string](r, "draw"),
		RequestBytes: cell[int64](r, "request_bytes"), ResponseBytes: cell[int64](r, "response_bytes"),
		RequestSHA256: cell[string](r, "request_sha256"), ResponseSHA256: cell[string](r, "response_sha256"),
		RequesterID: cell[string](r, "requester_id"), RequestHeaders: r.RequestHeaders, LostRows: cell[int64](r, "lost_rows"),
	}
	for _, a := range r.Attempts {
		p.Attempts = append(p.Attempts, plainAttempt{a.Destination, a.Action, known(a.Status), known(a.ErrorCode), a.LatencyMs, known(a.Class)})
	}
	return p
}

// cell is what the column holds; nil is null.
func cell[T any](r *inferencelog.Record, column string) *T {
	if v, ok := r.Value(column).(T); ok {
		return &v
	}
	return nil
}

func narrow(r *inferencelog.Record, column string) *int32 {
	wide := cell[int64](r, column)
	if wide == nil {
		return nil
	}
	n := int32(*wide)
	return &n
}

// known is v, or nil for what is not known.
func known[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// values are the columns in their order, as database/sql takes them.
func (p *plainRow) values() []any {
	return []any{
		p.RequestID, p.ID, jsonText(p.RequestTags), p.EventTime, p.StatusCode, p.SamplingFraction, p.LatencyMs, p.TimeToFirstByteMs,
		p.Request, p.Response, p.DestinationType, p.DestinationName, p.DestinationModel, jsonText(p.LoggingErrorCodes), p.Requester,
		p.SchemaVersion, p.URL, p.APIType, p.Outcome, jsonText(p.Attempts), p.InputTokens, p.OutputTokens, p.TotalTokens, p.UsageSource,
		p.Draw, p.RequestBytes, p.ResponseBytes, p.RequestSHA256, p.ResponseSHA256, p.RequesterID, jsonText(p.RequestHeaders), p.LostRows,
	}
}

// jsonText is v as JSON text, or nil when it is null.
func jsonText(v any) any {
	text, err := json.Marshal(v)
	if err != nil || string(text) == "null" {
		return nil
	}
	return string(text)
}
