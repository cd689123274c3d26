package parquetlog

import "github.com/modelward/modelward/inferencelog"

// The columns that nearly every row has, and that are a field as it is, are taken from their fields. It is what
// [inferencelog.Record.Value] returns, without the search for the column by its name and without an allocation for
// each value.

// bodyOf returns how to take a payload, which is not to be copied on the way, or nil for another column.
func bodyOf(name string) func(*inferencelog.Record) []byte {
	switch name {
	case "request":
		return func(r *inferencelog.Record) []byte { return r.Request }
	case "response":
		return func(r *inferencelog.Record) []byte { return r.Response }
	}
	return nil
}

// textOf returns how to take a text that is null when it is empty, or nil for another column.
func textOf(name string) func(*inferencelog.Record) string {
	switch name {
	case "request_id":
		return func(r *inferencelog.Record) string { return r.RequestID }
	case "invocation_id":
		return func(r *inferencelog.Record) string { return r.ID }
	case "destination_type":
		return func(r *inferencelog.Record) string { return r.DestinationType }
	case "destination_name":
		return func(r *inferencelog.Record) string { return r.DestinationName }
	case "destination_model":
		return func(r *inferencelog.Record) string { return r.DestinationModel }
	case "requester":
		return func(r *inferencelog.Record) string { return r.Requester }
	case "requester_id":
		return func(r *inferencelog.Record) string { return r.RequesterID }
	case "url":
		return func(r *inferencelog.Record) string { return r.URL }
	case "api_type":
		return func(r *inferencelog.Record) string { return r.APIType }
	case "outcome":
		return func(r *inferencelog.Record) string { return string(r.Outcome) }
	case "usage_source":
		return func(r *inferencelog.Record) string { return r.UsageSource }
	case "request_sha256":
		return func(r *inferencelog.Record) string { return r.RequestSHA256 }
	case "response_sha256":
		return func(r *inferencelog.Record) string { return r.ResponseSHA256 }
	}
	return nil
}

// numberOf returns how to take a whole number, or nil for another column.
func numberOf(name string) func(*inferencelog.Record) inferencelog.NullInt {
	switch name {
	case "latency_ms":
		return func(r *inferencelog.Record) inferencelog.NullInt { return inferencelog.Known(r.LatencyMs) }
	case "time_to_first_byte_ms":
		return func(r *inferencelog.Record) inferencelog.NullInt { return r.TimeToFirstByteMs }
	case "input_tokens":
		return func(r *inferencelog.Record) inferencelog.NullInt { return r.InputTokens }
	case "output_tokens":
		return func(r *inferencelog.Record) inferencelog.NullInt { return r.OutputTokens }
	case "total_tokens":
		return func(r *inferencelog.Record) inferencelog.NullInt { return r.TotalTokens }
	case "lost_rows":
		return func(r *inferencelog.Record) inferencelog.NullInt { return r.LostRows }
	}
	return nil
}
