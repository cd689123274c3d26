package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// everyCall runs a test for each call in each way.
func everyCall(t *testing.T, s *server, test func(t *testing.T, c *program, call call)) {
	t.Helper()
	each(t, s, calls(), test)
}

// everyStream runs a test for each call that is answered by a stream.
func everyStream(t *testing.T, s *server, test func(t *testing.T, c *program, call call)) {
	t.Helper()
	each(t, s, slices.DeleteFunc(calls(), func(c call) bool { return !c.stream }), test)
}

func each(t *testing.T, s *server, calls []call, test func(t *testing.T, c *program, call call)) {
	t.Helper()
	ways(t, s, func(t *testing.T, c *program) {
		for _, call := range calls {
			t.Run(call.name, func(t *testing.T) { test(t, c, call) })
		}
	})
}

// Every call is answered; and its row holds what the caller was told and what
// the provider has counted.
func TestSDKCalls(t *testing.T) {
	s, _ := opened(t)
	everyCall(t, s, func(t *testing.T, c *program, call call) {
		text, err := call.do(t.Context(), c, call.service())
		must(t, err)
		if want := call.hello(call.first()); text != want {
			t.Errorf("answered %q, want %q", text, want)
		}
		want := map[string]string{
			"request_id": c.header("X-Databricks-Request-Id"), "requester": alice, "status_code": "200", "outcome": "ok",
			"api_type": call.api, "destination_name": "primary", "usage_source": "provider",
			"input_tokens": fmt.Sprint(call.input), "output_tokens": fmt.Sprint(call.output), "total_tokens": fmt.Sprint(call.input + call.output),
		}
		row := s.latest(t, call.family(), "request_id, requester, status_code, outcome, api_type, destination_name, usage_source, input_tokens, output_tokens, total_tokens")
		for column, value := range want {
			if row[column] != value {
				t.Errorf("column %s is %q, want %q", column, row[column], value)
			}
		}
	})
}

// The fallback answers for a primary that is down or, before any content, goes
// down, and the caller cannot tell.
func TestSDKFallback(t *testing.T) {
	s, p := opened(t)
	everyCall(t, s, func(t *testing.T, c *program, call call) {
		failures := map[string]http.HandlerFunc{"down": down(), "HTML": object("<html>"), "dropped": breakOff()}
		if call.stream {
			failures["dropped before content"] = breakOff(call.begin()...)
			failures["ended before content"] = play(call.begin()...)
		}
		for name, failure := range failures {
			p.script(call.first(), failure)
			text, err := call.do(t.Context(), c, call.service())
			if want := call.hello(call.second()); err != nil || text != want {
				t.Errorf("%s: answered %q, want %q; %v", name, text, want, err)
			}
			row := s.latest(t, call.family(), "outcome, destination_name, attempts")
			if row["outcome"] != "ok" || row["destination_name"] != "fallback" || !strings.Contains(row["attempts"], `"primary"`) {
				t.Errorf("%s: row %v", name, row)
			}
			p.script(call.first(), nil)
			if _, err := call.do(t.Context(), c, call.service()); err != nil {
				t.Errorf("%s, and back: %v", name, err)
			}
		}
	})
}

// Of a request everything reaches the provider, byte for byte, but the name of
// the model; and a stream of chat is asked to report its usage. The provider
// itself watches over all else that arrives.
func TestSDKBodies(t *testing.T) {
	s, p := opened(t)
	everyCall(t, s, func(t *testing.T, c *program, call call) {
		_, err := call.do(t.Context(), c, call.service())
		must(t, err)
		sent, arrived := string(c.body()), string(p.last().body)
		want := strings.Replace(sent, quote(call.service()), quote(call.first()), 1)
		if call.name == "chat stream" {
			var body map[string]json.RawMessage
			must(t, json.Unmarshal([]byte(arrived), &body))
			if options := string(body["stream_options"]); options != `{"include_usage":true}` {
				t.Errorf("the options of the stream are %s", options)
			}
			arrived = strings.Replace(arrived, `"stream_options":{"include_usage":true},`, "", 1)
			arrived = strings.Replace(arrived, `,"stream_options":{"include_usage":true}`, "", 1)
		}
		if arrived != want {
			t.Errorf("arrived\n%s\nwant\n%s", arrived, want)
		}
	})
}

// The words of a request that only the provider knows, and numbers as they were
// written, arrive as they were sent, in every API.
func TestSDKUnknownFields(t *testing.T) {
	s, p := opened(t)
	const numbers = `{"n":12345678901234567890.10,"e":1E+2,"s":"\u00fc\/"}`
	extra := map[string]any{"x_later": json.RawMessage(numbers)}
	ways(t, s, func(t *testing.T, c *program) {
		for api, ask := range map[string]func() error{
			"chat": func() error {
				request := ask(gptService)
				request.SetExtraFields(extra)
				_, err := c.openai.Chat.Completions.New(t.Context(), request)
				return err
			},
			"responses": func() error {
				request := question(gptService)
				request.SetExtraFields(extra)
				_, err := c.openai.Responses.New(t.Context(), request)
				return err
			},
			"embeddings": func() error {
				request := vectors(gptService)
				request.SetExtraFields(extra)
				_, err := c.openai.Embeddings.New(t.Context(), request)
				return err
			},
			"messages": func() error {
				request := prompt(claudeService)
				request.SetExtraFields(extra)
				_, err := c.anthropic.Messages.New(t.Context(), request)
				return err
			},
		} {
			must(t, ask())
			if arrived := string(p.last().body); !strings.Contains(arrived, `"x_later":`+numbers) {
				t.Errorf("%s: sent %s, arrived %s", api, c.body(), arrived)
			}
		}
	})
}
