package modelservice_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
)

// Every column of a row says what happened (spec §6.3, ruling R34).
func TestRowColumns(t *testing.T) {
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, &setup{draw: func() uint64 { return 1<<64 - 1 }})
			w.service(to("one", "two"))
			w.letIn("app", chat)
			w.backend.plays("one", reply{status: 429, wait: time.Second, body: `{"error":{"message":"slow down","code":"slow"}}`})
			w.backend.plays("two", reply{wait: 2 * time.Second, pause: 500 * time.Millisecond})
			body := ask(`"temperature":1.0`)
			if stream {
				body = ask(streamed, withReport)
			}
			received := time.Now().Add(-3 * time.Second)
			out := &recorder{}
			res := w.call(t.Context(), &modelservice.Call{
				Caller: w.who["app"], Body: []byte(body), RequestID: "the-caller-saw-this", Received: received,
				URL: "/ai-gateway/x", APIType: "mlflow/v1/chat/completions", Tags: map[string]string{"team": "blue"},
			}, out)
			row := w.row()
			for column, want := range map[string]any{
				"request_id": "the-caller-saw-this", "event_time": received.UTC().Truncate(time.Microsecond), "status_code": int64(200),
				"request": body, "response": out.body.String(), "destination_type": string(modelservice.PayPerToken),
				"destination_name": "d1", "destination_model": "system.ai.two", "requester": "app", "url": "/ai-gateway/x",
				"api_type": "mlflow/v1/chat/completions", "outcome": "ok", "input_tokens": int64(3), "output_tokens": int64(4),
				"total_tokens": int64(7), "usage_source": inferencelog.UsageProvider, "draw": "18446744073709551615",
				"sampling_fraction": 1.0, "schema_version": int64(inferencelog.SchemaVersion),
			} {
				if got := row.Value(column); got != want {
					t.Errorf("stream %t: %s is %#v, want %#v", stream, column, got, want)
				}
			}
			if tags, _ := row.Value("request_tags").(map[string]string); len(tags) != 1 || tags["team"] != "blue" {
				t.Errorf("request_tags %v", tags)
			}
			latency, first := row.LatencyMs, row.TimeToFirstByteMs
			if total := time.Since(received).Milliseconds(); latency != total || !first.Valid || first.Int > latency || first.Int != out.first.Sub(received).Milliseconds() {
				t.Errorf("stream %t: latency %d of %d, first byte %+v", stream, latency, total, first)
			}
			if row.ID == "" || row.ID == row.RequestID {
				t.Errorf("the row's own id is %q", row.ID)
			}
			want := []inferencelog.Attempt{
				{Destination: "d0", Action: routing.InitialAttempt, Status: 429, ErrorCode: "slow", LatencyMs: 1000, Class: "refused"},
				{Destination: "d1", Action: routing.Fallback, Status: 200, LatencyMs: row.Attempts[1].LatencyMs},
			}
			if len(row.Attempts) != 2 || row.Attempts[0] != want[0] || row.Attempts[1] != want[1] || want[1].LatencyMs < 2000 {
				t.Errorf("attempts %+v, want %+v", row.Attempts, want)
			}
			if res.Draw != 1<<64-1 {
				t.Errorf("draw %d", res.Draw)
			}
		})
	}
}

// The row's own id is the server's, whatever the caller calls his requests.
func TestRowIDs(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	call := &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask())}
	named := &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask()), RequestID: "again"}
	seen := map[string]bool{}
	for range 20 {
		w.call(t.Context(), named, &recorder{})
		seen[w.call(t.Context(), call, &recorder{}).RequestID] = true
	}
	if len(seen) != 20 || call.RequestID != "" || !call.Received.IsZero() || call.API != "" {
		t.Errorf("%d ids in 20 calls of one Call, which is now %+v", len(seen), call)
	}
	ids := map[string]bool{}
	for _, row := range w.rows() {
		ids[row.ID] = true
	}
	if len(ids) != 40 {
		t.Errorf("%d rows of 40", len(ids))
	}
}

// What an attempt said before it failed is not said by the one that answers.
func TestRowIsOfTheAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	start := events("one", 1000, 0, "well")
	w.backend.plays("one", reply{body: start[0] + start[3]}) // a role, a report, and the end
	w.backend.plays("two", reply{body: strings.Join(events("two", -1, 0, "well"), "")})
	res := w.serve(t.Context(), "bob", ask(streamed), &recorder{})
	if res.Status != 200 || res.Usage.Source != inferencelog.UsageEstimate || res.Usage.Total >= 1000 {
		t.Errorf("%d, usage %+v", res.Status, res.Usage)
	}

	w = newWorld(t, nil)
	w.service(to("one", "two"))
	w.backend.plays("one", reply{body: "<html>"})
	w.backend.plays("two", reply{status: 503})
	w.serve(t.Context(), "bob", ask(), &recorder{})
	if row := w.row(); row.DestinationName != "" || row.StatusCode != 503 {
		t.Errorf("nobody answered, the row says %q", row.DestinationName)
	}
}

// A paused table gets no rows, and neither does a service without one.
func TestNoTable(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.InferenceTable.Disabled = true
	w.service(spec)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("%d", res.Status)
	}
	if rows := w.rows(); len(rows) != 0 {
		t.Errorf("%d rows in a paused table", len(rows))
	}
	if s := w.books(); s.Accepted != 0 {
		t.Errorf("%+v", s)
	}
}

// A sink that fails or hangs changes no answer (I26).
func TestSinkIsUnwell(t *testing.T) {
	w := newWorld(t, nil)
	w.sink.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
		return errors.Join(errSink, inferencelog.ErrRejected)
	}
	w.service(to("one"))
	for range 100 {
		if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 || res.Outcome != inferencelog.OutcomeOK {
			t.Fatalf("%d %s", res.Status, res.Outcome)
		}
	}
	w.must(w.log.Flush(t.Context()))
	if s := w.books(); s.Accepted != 100 || s.Lost != 100 {
		t.Errorf("%+v, want 100 lost and counted", s)
	}
}

// Who reads rows needs SELECT, and USE on what is above (spec §12.6).
func TestRowsRights(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.serve(t.Context(), "bob", ask(), &recorder{})
	read := func(who string) (int, error) {
		rows, err := w.ms.Rows(t.Context(), w.who[who], w.name(chatTable), inferencelog.Query{})
		if err != nil {
			return 0, err
		}
		n := 0
		for _, err := range rows {
			w.must(err)
			n++
		}
		return n, nil
	}
	if n, err := read("alice"); n != 1 || err != nil {
		t.Errorf("its owner reads %d rows, %v", n, err)
	}
	_, err := read("admin")
	w.refused(err, modelservice.CodePermissionDenied, "User does not have")
	_, err = read("bob")
	w.refused(err, modelservice.CodeDoesNotExist, "Table 'main.logging.chat_payload' does not exist")
	w.grant("bob", catalog.TypeTable, chatTable, catalog.Select)
	_, err = read("bob")
	w.refused(err, modelservice.CodeDoesNotExist, "Table 'main.logging.chat_payload' does not exist")
	w.grant("bob", catalog.TypeSchema, "main.logging", catalog.UseSchema)
	if n, err := read("bob"); n != 1 || err != nil {
		t.Errorf("with SELECT and USE bob reads %d rows, %v", n, err)
	}
	w.revoke("bob", catalog.TypeTable, chatTable, catalog.Select)
	w.grant("bob", catalog.TypeTable, chatTable, catalog.Manage)
	_, err = read("bob")
	w.refused(err, modelservice.CodePermissionDenied, "User does not have SELECT on Table 'main.logging.chat_payload'.")
}

// A provider's error code goes into the row if it is one: of what is too long, the cause in our words does.
func TestRowErrorCodeIsShort(t *testing.T) {
	for n, want := range map[int]int{1: 1, 128: 128, 129: len(routing.CauseMalformed), 1 << 20: len(routing.CauseMalformed)} {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.backend.plays("one", reply{body: `{"error":{"message":"no","code":"` + strings.Repeat("c", n) + `"}}`})
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		if got := w.row().Attempts[0].ErrorCode; len(got) != want {
			t.Errorf("of a code of %d bytes the row has %d", n, len(got))
		}
	}
}
