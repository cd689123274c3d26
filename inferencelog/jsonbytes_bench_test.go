package inferencelog_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// payloadRow is the row of an inference table as one writes it down for encoding/json.
type payloadRow struct {
	Table           string             `json:"table"`
	TableID         string             `json:"table_id"`
	RequestID       string             `json:"request_id"`
	InvocationID    string             `json:"invocation_id"`
	RequestTags     map[string]string  `json:"request_tags"`
	EventTime       time.Time          `json:"event_time"`
	StatusCode      *int               `json:"status_code"`
	Fraction        float64            `json:"sampling_fraction"`
	LatencyMs       int64              `json:"latency_ms"`
	FirstByteMs     *int64             `json:"time_to_first_byte_ms"`
	Request         *string            `json:"request"`
	Response        *string            `json:"response"`
	DestinationType *string            `json:"destination_type"`
	DestinationName *string            `json:"destination_name"`
	Model           *string            `json:"destination_model"`
	ErrorCodes      []string           `json:"logging_error_codes"`
	Requester       *string            `json:"requester"`
	SchemaVersion   int                `json:"schema_version"`
	URL             *string            `json:"url"`
	APIType         *string            `json:"api_type"`
	Outcome         *string            `json:"outcome"`
	Attempts        []payloadAttempt   `json:"attempts"`
	InputTokens     *int64             `json:"input_tokens"`
	OutputTokens    *int64             `json:"output_tokens"`
	TotalTokens     *int64             `json:"total_tokens"`
	UsageSource     *string            `json:"usage_source"`
	Draw            *string            `json:"draw"`
	RequestBytes    int64              `json:"request_bytes"`
	ResponseBytes   int64              `json:"response_bytes"`
	RequestSHA256   *string            `json:"request_sha256"`
	ResponseSHA256  *string            `json:"response_sha256"`
	RequesterID     *string            `json:"requester_id"`
	RequestHeaders  *map[string]string `json:"request_headers"`
	LostRows        *int64             `json:"lost_rows"`
}

type payloadAttempt struct {
	Destination string  `json:"destination"`
	Action      string  `json:"action"`
	Status      *int    `json:"status_code"`
	ErrorCode   *string `json:"error_code"`
	LatencyMs   int64   `json:"latency_ms"`
	Class       *string `json:"class"`
}

func asPayloadRow(t inferencelog.Table, r *inferencelog.Record) payloadRow {
	request, response := string(r.Request), string(r.Response)
	outcome, draw := string(r.Outcome), "9223372036854775808"
	row := payloadRow{
		Table: t.Name, TableID: "1", RequestID: r.RequestID, InvocationID: r.ID, RequestTags: r.RequestTags, EventTime: r.EventTime.UTC(),
		StatusCode: &r.StatusCode, Fraction: 1, LatencyMs: r.LatencyMs, FirstByteMs: &r.TimeToFirstByteMs.Int,
		Request: &request, Response: &response, DestinationType: &r.DestinationType, DestinationName: &r.DestinationName,
		Model: &r.DestinationModel, Requester: &r.Requester, SchemaVersion: 1, URL: &r.URL, APIType: &r.APIType, Outcome: &outcome,
		InputTokens: &r.InputTokens.Int, OutputTokens: &r.OutputTokens.Int, TotalTokens: &r.TotalTokens.Int, UsageSource: &r.UsageSource,
		Draw: &draw, RequestBytes: int64(len(request)), ResponseBytes: int64(len(response)),
		RequestSHA256: &r.RequestSHA256, ResponseSHA256: &r.ResponseSHA256, RequesterID: &r.RequesterID,
	}
	for _, a := range r.Attempts {
		row.Attempts = append(row.Attempts, payloadAttempt{Destination: a.Destination, Action: a.Action, Status: &a.Status, LatencyMs: a.LatencyMs})
	}
	return row
}

// bodies are payloads of about 2 KB: chat bodies as they are sent, with few and with many quotes, and texts.
var bodies = []struct{ name, text string }{
	{"chat", `{"model":"main.default.chat","temperature":0.7,"messages":[` +
		strings.Repeat(`{"role":"user","content":"What is the weather like in the mountains today?\nAnswer \"briefly\"."},`, 20) + `{}]}`},
	{"quotes", `{"id":"chatcmpl-1","choices":[{"index":0,"delta":{` +
		strings.Repeat(`"a":"b","tool":{"id":"c1","type":"fn","arg":"{\"x\":1}"},`, 34) + `"z":0}}]}`},
	{"text", strings.Repeat("The mountains are clear today, with light winds from the west, and a little snow above two thousand metres.\n", 19)},
	{"text-utf8", strings.Repeat("Die Höhenlagen sind heute klar – mit schwachem Wind aus Westen, 山の天気は晴れ, und etwas Schnee.\n", 17)},
}

func BenchmarkRow(b *testing.B) {
	table := inferencelog.Table{ID: 1, Name: "main.logging.chat_payload"}
	for _, body := range bodies {
		r := full()
		r.Request, r.Response = []byte(body.text), []byte(body.text)
		r.RequestSHA256, r.ResponseSHA256 = strings.Repeat("0f", 32), strings.Repeat("e1", 32)
		r.RequesterID = "user-17"
		b.Run(body.name+"/ours", func(b *testing.B) {
			sink := inferencelog.NewJSONLines(io.Discard)
			if err := sink.Create(context.Background(), table); err != nil {
				b.Fatal(err)
			}
			batch := []*inferencelog.Record{r}
			b.ReportAllocs()
			for b.Loop() {
				if err := sink.Write(context.Background(), 1, batch); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(body.name+"/encoding-json", func(b *testing.B) {
			row := asPayloadRow(table, r)
			enc := json.NewEncoder(io.Discard)
			enc.SetEscapeHTML(false)
			b.ReportAllocs()
			for b.Loop() {
				if err := enc.Encode(&row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
