package inferencelog

import "time"

// column is a Column and the three things one does with it. The table below is the only place that
// joins names to fields; sinks, JSON and query answers all read it.
type column struct {
	Column
	value func(r *Record) any
	set   func(r *Record, v any) bool
	json  func(dst []byte, r *Record) []byte
}

// columns are those of all layouts. A name means the same in each.
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
	size("request_bytes", func(r *Record) (*int64, []byte) { return &r.RequestSize, r.Request }),
	size("response_bytes", func(r *Record) (*int64, []byte) { return &r.ResponseSize, r.Response }),
	text("request_sha256", func(r *Record) *string { return &r.RequestSHA256 }),
	text("response_sha256", func(r *Record) *string { return &r.ResponseSHA256 }),
	text("requester_id", func(r *Record) *string { return &r.RequesterID }),
	tags("request_headers", func(r *Record) *map[string]string { return &r.RequestHeaders }),
	nullable("lost_rows", func(r *Record) *NullInt { return &r.LostRows }),

	text("endpoint_id", func(r *Record) *string { return &r.ServiceID }),
	text("endpoint_name", func(r *Record) *string { return &r.ServiceName }),
	text("service_id", func(r *Record) *string { return &r.ServiceID }),
	text("service_name", func(r *Record) *string { return &r.ServiceName }),
	text("service_type", func(r *Record) *string { return &r.ServiceType }),
	text("destination_id", func(r *Record) *string { return &r.DestinationID }),
	text("requester_type", func(r *Record) *string { return &r.RequesterType }),
	text("ip_address", func(r *Record) *string { return &r.IPAddress }),
	text("user_agent", func(r *Record) *string { return &r.UserAgent }),
	tokenDetails("token_details"),
	text("response_content_type", func(r *Record) *string { return &r.ResponseContentType }),
	routingInformation("routing_information"),
}

var columnAt = func() map[string]int {
	at := make(map[string]int, len(columns))
	for i := range columns {
		at[columns[i].Name] = i
	}
	return at
}()
