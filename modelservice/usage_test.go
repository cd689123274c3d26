package modelservice_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

var sseHeader = http.Header{"Content-Type": {"text/event-stream"}}

// The provider's report in response.failed is what the call is charged (R4).
func TestReportBesideFailure(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = wide()
	w.service(spec)
	w.backend.plays("one", reply{header: sseHeader, body: "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n" +
		"event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"},\"usage\":{\"input_tokens\":1000,\"output_tokens\":500,\"total_tokens\":1500}}}\n\n"})
	out := &recorder{}
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: modelservice.Responses, Body: []byte(`{"model":"main.default.chat","input":"hi","stream":true}`)}, out)
	if res.Outcome != inferencelog.OutcomeTruncated || res.Usage != (modelservice.Usage{Input: 1000, Output: 500, Total: 1500, Source: inferencelog.UsageProvider}) {
		t.Errorf("%s, charged %+v", res.Outcome, res.Usage)
	}
}

// Two choices were asked for, one has finished, the line is cut inside the
// other: that is no whole answer (I5).
func TestSecondChoiceCut(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	c := func(s string) string { return "data: {\"choices\":[" + s + "]}\n\n" }
	w.backend.plays("one", reply{cut: true, body: c(`{"index":0,"delta":{"content":"a"}}`) + c(`{"index":1,"delta":{"content":"To be or"}}`) + c(`{"index":0,"delta":{},"finish_reason":"stop"}`) + c(`{"index":1,"delta":{"content":" not"}}`)})
	out := &recorder{}
	res := w.serve(t.Context(), "bob", ask(streamed, `"n":2`), out)
	if res.Outcome != inferencelog.OutcomeTruncated || strings.Contains(out.body.String(), "[DONE]") {
		t.Errorf("%s\n%s", res.Outcome, out.body.String())
	}
}

// A total is never below 0, whatever a provider reports.
func TestTotalSaturates(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = wide()
	w.service(spec)
	start := "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9223372036854775807,\"output_tokens\":1}}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hello\"}}\n\n"
	w.backend.plays("one", reply{body: start, header: sseHeader, cut: true})
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: modelservice.Messages, Body: []byte(ask(streamed))}, &recorder{})
	if res.Usage.Total < res.Usage.Input {
		t.Errorf("%+v, charged %d", res.Usage, w.used(ratelimit.KeyService, "", ratelimit.Tokens))
	}
}

// A call that no provider answered has used nothing, streamed or not: both are
// told 502 of an answer that had a report and no content (I17: settled alike).
func TestFailedAlike(t *testing.T) {
	list := events("one", 30, 40, "x")
	for mode, tt := range map[string]struct{ member, body string }{
		"streamed": {streamed, list[0] + list[3] + "data: [DONE]\n\n"},
		"whole":    {`"stream":false`, `{"choices":[]` + report(30, 40) + "}"},
	} {
		w := newWorld(t, nil)
		spec := to("one")
		spec.RateLimits = wide()
		w.service(spec)
		w.backend.plays("one", reply{body: tt.body})
		res := w.serve(t.Context(), "bob", ask(tt.member), &recorder{})
		if res.Status != 502 || res.Usage.Total != 0 {
			t.Errorf("%s: %d %s, charged %+v", mode, res.Status, res.Outcome, res.Usage)
		}
	}
}

// A caller who hangs up on an answer that the provider was already making pays
// at least for the input, as he does when the headers have come.
func TestHangUpBeforeHeaders(t *testing.T) {
	for _, stream := range []string{streamed, `"stream":false`} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one")
			spec.RateLimits = wide()
			w.service(spec)
			w.backend.plays("one", reply{wait: 20 * time.Second})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(19*time.Second, cancel)
			res := w.serve(ctx, "bob", ask(stream), &recorder{})
			if res.Usage.Total == 0 {
				t.Errorf("class %s, charged %+v", res.Steps[0].Class, res.Usage)
			}
		})
	}
}

// A provider that repeats a long request before it answers, as the Responses
// API does twice, is relayed: two events of 2.5 MiB, each within the limit.
func TestLongRequestRepeated(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	long := strings.Repeat("x", 5<<19)
	event := func(kind, rest string) string {
		return "event: " + kind + "\ndata: {\"type\":\"" + kind + "\"," + rest + "}\n\n"
	}
	w.backend.plays("one", reply{header: sseHeader, body: event("response.created", `"response":{"instructions":"`+long+`"}`) +
		event("response.in_progress", `"response":{"instructions":"`+long+`"}`) +
		event("response.output_text.delta", `"delta":"hi"`) + event("response.completed", `"response":{"output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`)})
	out := &recorder{}
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: modelservice.Responses, Body: []byte(`{"model":"main.default.chat","input":"hi","stream":true}`)}, out)
	if res.Outcome != inferencelog.OutcomeOK {
		t.Errorf("%s %v", res.Outcome, res.Err)
	}
}
