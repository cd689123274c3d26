package inferencelog_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

func Example() {
	ctx := context.Background()
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

	if err := log.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload", CreatedAt: received}); err != nil {
		fmt.Println(err)
		return
	}
	for i, status := range []int{200, 429} {
		log.Log(7, &inferencelog.Record{
			RequestID:  fmt.Sprint("request-", i),
			EventTime:  received.Add(time.Duration(i) * time.Second),
			StatusCode: status,
			Request:    []byte(`{"model":"main.default.chat"}`),
		})
	}
	for row, err := range log.Rows(ctx, 7, inferencelog.Query{Limit: 10}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row.EventTime.Format(time.TimeOnly), row.RequestID, row.StatusCode)
	}
	lost, err := log.Close(ctx)
	fmt.Println("lost:", lost, err)
	// Output:
	// 12:00:01 request-1 429
	// 12:00:00 request-0 200
	// lost: 0 <nil>
}

func ExampleJSONLines() {
	ctx := context.Background()
	sink := inferencelog.NewJSONLines(os.Stdout)
	if err := sink.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload"}); err != nil {
		fmt.Println(err)
		return
	}
	row := &inferencelog.Record{ID: "row-1", StatusCode: 200, Outcome: inferencelog.OutcomeOK, Response: []byte(`{"text":"hi"}`)}
	if err := sink.Write(ctx, 7, []*inferencelog.Record{row}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"table":"main.logging.chat_payload","table_id":"7","request_id":null,"invocation_id":"row-1","request_tags":null,"event_time":null,"status_code":200,"sampling_fraction":1,"latency_ms":0,"time_to_first_byte_ms":null,"request":null,"response":"{\"text\":\"hi\"}","destination_type":null,"destination_name":null,"destination_model":null,"logging_error_codes":null,"requester":null,"schema_version":1,"url":null,"api_type":null,"outcome":"ok","attempts":null,"input_tokens":null,"output_tokens":null,"total_tokens":null,"usage_source":null,"draw":null,"request_bytes":0,"response_bytes":13,"request_sha256":null,"response_sha256":null,"requester_id":null,"request_headers":null,"lost_rows":null}
}

func ExampleSecret() {
	key := inferencelog.NewSecret("sk-123")
	fmt.Printf("%v %+v %#v %d\n", key, key, struct{ Key inferencelog.Secret }{key}, len(key.Reveal()))
	// Output: REDACTED REDACTED struct { Key inferencelog.Secret }{Key:REDACTED} 6
}
