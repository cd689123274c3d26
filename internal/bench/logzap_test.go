package bench

import (
	"bufio"
	"io"
	"testing"

	"go.uber.org/zap/zapcore"

	"github.com/modelward/modelward/inferencelog"
)

// zapJSON writes rows as log entries of zap's, each with its JSON encoder and
// through a buffer.
func zapJSON(tb testing.TB, records []*inferencelog.Record, with bodies) *lineSide {
	rows := plainRows(records)
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{LineEnding: "\n"})
	fields := []zapcore.Field{{Type: zapcore.InlineMarshalerType}}
	buffer := bufio.NewWriterSize(nil, lineBuffer)
	core := zapcore.NewCore(encoder, zapcore.AddSync(buffer), zapcore.InfoLevel)
	return newLineSide(tb, "zap", with, len(rows), func(w io.Writer, from, to int) error {
		buffer.Reset(w)
		for i := range rows[from:to] {
			fields[0].Interface = (*zapRow)(&rows[from+i])
			if err := core.Write(zapcore.Entry{Level: zapcore.InfoLevel}, fields); err != nil {
				return err
			}
		}
		return buffer.Flush()
	})
}

// zapRow is a row that writes its columns one by one, which is how zap is quickest.
type zapRow plainRow

func (r *zapRow) MarshalLogObject(e zapcore.ObjectEncoder) error {
	z := zapColumns{e}
	e.AddString("table", r.Table)
	e.AddString("table_id", r.TableID)
	z.text("request_id", r.RequestID)
	z.text("invocation_id", r.ID)
	z.tags("request_tags", r.RequestTags)
	e.AddString("event_time", r.EventTime)
	z.narrow("status_code", r.StatusCode)
	e.AddFloat64("sampling_fraction", *r.SamplingFraction)
	z.number("latency_ms", r.LatencyMs)
	z.number("time_to_first_byte_ms", r.TimeToFirstByteMs)
	z.text("request", r.Request)
	z.text("response", r.Response)
	z.text("destination_type", r.DestinationType)
	z.text("destination_name", r.DestinationName)
	z.text("destination_model", r.DestinationModel)
	z.null("logging_error_codes")
	z.text("requester", r.Requester)
	z.narrow("schema_version", r.SchemaVersion)
	z.text("url", r.URL)
	z.text("api_type", r.APIType)
	z.text("outcome", r.Outcome)
	if err := e.AddArray("attempts", zapAttempts(r.Attempts)); err != nil {
		return err
	}
	z.number("input_tokens", r.InputTokens)
	z.number("output_tokens", r.OutputTokens)
	z.number("total_tokens", r.TotalTokens)
	z.text("usage_source", r.UsageSource)
	z.text("draw", r.Draw)
	z.number("request_bytes", r.RequestBytes)
	z.number("response_bytes", r.ResponseBytes)
	z.text("request_sha256", r.RequestSHA256)
	z.text("response_sha256", r.ResponseSHA256)
	z.text("requester_id", r.RequesterID)
	z.tags("request_headers", r.RequestHeaders)
	z.number("lost_rows", r.LostRows)
	return nil
}

type zapAttempts []plainAttempt

func (a zapAttempts) MarshalLogArray(e zapcore.ArrayEncoder) error {
	for i := range a {
		if err := e.AppendObject((*zapAttempt)(&a[i])); err != nil {
			return err
		}
	}
	return nil
}

type zapAttempt plainAttempt

func (a *zapAttempt) MarshalLogObject(e zapcore.ObjectEncoder) error {
	z := zapColumns{e}
	e.AddString("destination", a.Destination)
	e.AddString("action", a.Action)
	if a.Status == nil {
		z.null("status_code")
	} else {
		e.AddInt("status_code", *a.Status)
	}
	z.text("error_code", a.ErrorCode)
	e.AddInt64("latency_ms", a.LatencyMs)
	z.text("class", a.Class)
	return nil
}

// zapColumns adds columns that may be null.
type zapColumns struct{ zapcore.ObjectEncoder }

func (z zapColumns) null(key string) { _ = z.AddReflected(key, nil) } // nothing to fail

func (z zapColumns) text(key string, s *string) {
	if s == nil {
		z.null(key)
	} else {
		z.AddString(key, *s)
	}
}

func (z zapColumns) number(key string, n *int64) {
	if n == nil {
		z.null(key)
	} else {
		z.AddInt64(key, *n)
	}
}

func (z zapColumns) narrow(key string, n *int32) {
	if n == nil {
		z.null(key)
	} else {
		z.AddInt32(key, *n)
	}
}

func (z zapColumns) tags(key string, tags map[string]string) {
	if tags == nil {
		z.null(key)
	} else {
		_ = z.AddObject(key, zapTags(tags)) // nothing to fail
	}
}

type zapTags map[string]string

func (t zapTags) MarshalLogObject(e zapcore.ObjectEncoder) error {
	for k, v := range t {
		e.AddString(k, v)
	}
	return nil
}
