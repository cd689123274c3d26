package parquetlog_test

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/modelward/modelward/inferencelog"
)

// directRow is a row as somebody would write it who uses the Parquet library alone: the same columns, the same types.
type directRow struct {
	RequestID         *string           `parquet:"request_id,optional"`
	ID                *string           `parquet:"invocation_id,optional"`
	RequestTags       map[string]string `parquet:"request_tags,optional"`
	EventTime         *int64            `parquet:"event_time,optional,timestamp(microsecond)"`
	StatusCode        *int32            `parquet:"status_code,optional"`
	SamplingFraction  *float64          `parquet:"sampling_fraction,optional"`
	LatencyMs         *int64            `parquet:"latency_ms,optional"`
	TimeToFirstByteMs *int64            `parquet:"time_to_first_byte_ms,optional"`
	Request           *string           `parquet:"request,optional"`
	Response          *string           `parquet:"response,optional"`
	DestinationType   *string           `parquet:"destination_type,optional,dict"`
	DestinationName   *string           `parquet:"destination_name,optional,dict"`
	DestinationModel  *string           `parquet:"destination_model,optional,dict"`
	LoggingErrorCodes []string          `parquet:"logging_error_codes,optional,list"`
	Requester         *string           `parquet:"requester,optional,dict"`
	SchemaVersion     *int32            `parquet:"schema_version,optional"`
	URL               *string           `parquet:"url,optional,dict"`
	APIType           *string           `parquet:"api_type,optional,dict"`
	Outcome           *string           `parquet:"outcome,optional,dict"`
	Attempts          *string           `parquet:"attempts,optional"`
	InputTokens       *int64            `parquet:"input_tokens,optional"`
	OutputTokens      *int64            `parquet:"output_tokens,optional"`
	TotalTokens       *int64            `parquet:"total_tokens,optional"`
	UsageSource       *string           `parquet:"usage_source,optional,dict"`
	Draw              *string           `parquet:"draw,optional"`
	RequestBytes      *int64            `parquet:"request_bytes,optional"`
	ResponseBytes     *int64            `parquet:"response_bytes,optional"`
	RequestSHA256     *string           `parquet:"request_sha256,optional"`
	ResponseSHA256    *string           `parquet:"response_sha256,optional"`
	RequesterID       *string           `parquet:"requester_id,optional,dict"`
	RequestHeaders    map[string]string `parquet:"request_headers,optional"`
	LostRows          *int64            `parquet:"lost_rows,optional"`
}

func directOf(r *inferencelog.Record) directRow {
	text := func(column string) *string {
		s, ok := r.Value(column).(string)
		if !ok {
			return nil
		}
		return &s
	}
	number := func(column string) *int64 {
		n, ok := r.Value(column).(int64)
		if !ok {
			return nil
		}
		return &n
	}
	narrow := func(column string) *int32 {
		n := number(column)
		if n == nil {
			return nil
		}
		m := int32(*n)
		return &m
	}
	micros, fraction := r.EventTime.UnixMicro(), r.Value("sampling_fraction").(float64)
	return directRow{
		RequestID: text("request_id"), ID: text("invocation_id"), RequestTags: r.RequestTags, EventTime: &micros,
		StatusCode: narrow("status_code"), SamplingFraction: &fraction, LatencyMs: number("latency_ms"),
		TimeToFirstByteMs: number("time_to_first_byte_ms"), Request: text("request"), Response: text("response"),
		DestinationType: text("destination_type"), DestinationName: text("destination_name"),
		DestinationModel: text("destination_model"), LoggingErrorCodes: r.LoggingErrorCodes, Requester: text("requester"),
		SchemaVersion: narrow("schema_version"), URL: text("url"), APIType: text("api_type"), Outcome: text("outcome"),
		Attempts: text("attempts"), InputTokens: number("input_tokens"), OutputTokens: number("output_tokens"),
		TotalTokens: number("total_tokens"), UsageSource: text("usage_source"), Draw: text("draw"),
		RequestBytes: number("request_bytes"), ResponseBytes: number("response_bytes"),
		RequestSHA256: text("request_sha256"), ResponseSHA256: text("response_sha256"),
		RequesterID: text("requester_id"), RequestHeaders: r.RequestHeaders, LostRows: number("lost_rows"),
	}
}

func directWriter(w io.Writer) *parquet.GenericWriter[directRow] {
	return parquet.NewGenericWriter[directRow](w, parquet.Compression(&parquet.Zstd), parquet.DataPageStatistics(false),
		parquet.SkipPageBounds("request"), parquet.SkipPageBounds("response"), parquet.SkipPageBounds("attempts"))
}
