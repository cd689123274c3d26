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

// full is a record with payloads of 2 KB each way, as JSON as chat bodies are.
func full() *inferencelog.Record {
	body := []byte(`{"messages":[` + strings.Repeat(`{"role":"user","content":"What is the weather like in the mountains today?\nAnswer \"briefly\"."},`, 20) + `{}]}`)
	return &inferencelog.Record{
		RequestID: "0b6fd0a6-5d3c-4a5c-9a2f-1f0c6a3b2d10", ID: "PGW3LB6QBRS2AJ5TZQK7OYHXVE", EventTime: time.Unix(1772366400, 123456000),
		RequestTags: map[string]string{"team": "search"}, StatusCode: 200, LatencyMs: 812, TimeToFirstByteMs: inferencelog.Known(120),
		Request: body, Response: body, DestinationType: "EXTERNAL", DestinationName: "primary", DestinationModel: "gpt-4o",
		Requester: "ann@example.com", URL: "/serving-endpoints/chat/invocations", APIType: "llm/v1/chat", Outcome: inferencelog.OutcomeOK,
		Attempts:    []inferencelog.Attempt{{Destination: "primary", Action: "answer", Status: 200, LatencyMs: 800}},
		InputTokens: inferencelog.Known(512), OutputTokens: inferencelog.Known(64), TotalTokens: inferencelog.Known(576),
		UsageSource: inferencelog.UsageProvider, Draw: 1 << 63, Drawn: true,
	}
}

// discard is a sink that takes everything and keeps nothing.
type discard struct{ inferencelog.LogSink }

func (discard) Write(context.Context, uint64, []*inferencelog.Record) error { return nil }

func BenchmarkHandoff(b *testing.B) {
	b.Run("channel", func(b *testing.B) {
		ch := make(chan *inferencelog.Record, 10_000)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range ch {
			}
		}()
		r := full()
		b.ReportAllocs()
		for b.Loop() {
			ch <- r
		}
		close(ch)
		<-done
	})
	b.Run("log", func(b *testing.B) {
		// What is measured is the hand-over of rows that are taken: the background works between bursts.
		const burst = 2048
		log := inferencelog.New(discard{}, &inferencelog.Options{BatchRows: 2 * burst, FlushEvery: time.Hour})
		records := make([]*inferencelog.Record, burst)
		for i := range records {
			records[i] = full()
		}
		i := 0
		b.ReportAllocs()
		for b.Loop() {
			if i == burst {
				i = 0
				b.StopTimer()
				if err := log.Flush(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			log.Log(1, records[i])
			i++
		}
		b.StopTimer()
		if lost, err := log.Close(context.Background()); lost != 0 || err != nil {
			b.Fatal(lost, err)
		}
	})
}

func BenchmarkJSONLines(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		sink := inferencelog.NewJSONLines(io.Discard)
		if err := sink.Create(context.Background(), inferencelog.Table{ID: 1, Name: "main.logging.chat_payload"}); err != nil {
			b.Fatal(err)
		}
		batch := []*inferencelog.Record{full()}
		b.ReportAllocs()
		for b.Loop() {
			if err := sink.Write(context.Background(), 1, batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		type plain inferencelog.Record // without our methods
		row := struct {
			*plain
			Request, Response string
		}{(*plain)(full()), string(full().Request), string(full().Response)}
		enc := json.NewEncoder(io.Discard)
		b.ReportAllocs()
		for b.Loop() {
			if err := enc.Encode(row); err != nil {
				b.Fatal(err)
			}
		}
	})
}
