package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestResponsesEvents(t *testing.T) {
	content := func(size int64) Chunk { return Chunk{Content: true, TextBytes: size} }
	const done = `{"type":"response.completed","response":{"status":"completed","error":null,"output":[{"type":"message","content":[{"type":"output_text","text":"abc"}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":8},"output_tokens":4,"total_tokens":13}}}`
	tests := []struct {
		name, event, data string
		want              Chunk
	}{
		{"nothing", "", " ", Chunk{}},
		{"done, as some servers end", "", "[DONE]", Chunk{Done: true}},
		{"broken", "response.completed", `{"type":`, Chunk{Malformed: true}},
		{"array", "", `[]`, Chunk{Malformed: true}},
		{"two values", "", `{}{}`, Chunk{Malformed: true}},
		{"no type", "", `{}`, Chunk{}},
		{"no known type", "", `{"type":"response.later","text":"a","item":{"type":"function_call"}}`, Chunk{}},
		{"created", "response.created", `{"type":"response.created","response":{"id":"r","status":"in_progress","error":null,"output":[],"usage":null}}`, Chunk{}},
		{"zeros at the start are no report", "", `{"type":"response.in_progress","response":{"usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}}}`, Chunk{}},
		{"queued", "", `{"type":"response.queued","response":{"status":"queued"}}`, Chunk{}},
		{"a message is announced", "", `{"type":"response.output_item.added","item":{"type":"message","role":"assistant","content":[]}}`, Chunk{}},
		{"a reasoning is announced", "", `{"type":"response.output_item.added","item":{"type":"reasoning","summary":[],"encrypted_content":"AAAA"}}`, Chunk{}},
		{"a part is announced", "", `{"type":"response.content_part.added","part":{"type":"output_text","text":""}}`, Chunk{}},
		{"a call is announced", "", `{"type":"response.output_item.added","item":{"type":"function_call","name":"f","arguments":""}}`, content(0)},
		{"a search is announced", "", `{"type":"response.output_item.added","item":{"type":"web_search_call","status":"in_progress"}}`, content(0)},
		{"a call's output is none", "", `{"type":"response.output_item.added","item":{"type":"function_call_output","output":"x"}}`, Chunk{}},
		{"text", "response.output_text.delta", `{"type":"response.output_text.delta","delta":"h\u00e9","logprobs":[],"obfuscation":"xxxxx"}`, content(3)},
		{"empty text", "", `{"type":"response.output_text.delta","delta":""}`, Chunk{}},
		{"text of another kind", "", `{"type":"response.output_text.delta","delta":7}`, Chunk{}},
		{"the event field stands in", "response.output_text.delta", `{"delta":"ab"}`, content(2)},
		{"the data's type goes", "response.completed", `{"type":"response.output_text.delta","delta":"ab"}`, content(2)},
		{"type last", "", `{"delta":"ab","type":"response.output_text.delta"}`, content(2)},
		{"type escaped", "", `{"type":"response.output_text\u002edelta","delta":"ab"}`, content(2)},
		{"refusal", "", `{"type":"response.refusal.delta","delta":"no"}`, content(2)},
		{"reasoning", "", `{"type":"response.reasoning_text.delta","delta":"abc"}`, content(3)},
		{"reasoning summary", "", `{"type":"response.reasoning_summary_text.delta","delta":"abc"}`, content(3)},
		{"reasoning, an object", "", `{"type":"response.reasoning.delta","delta":{"type":"x","text":"abc"}}`, content(3)},
		{"arguments", "", `{"type":"response.function_call_arguments.delta","delta":"{\"a\""}`, content(4)},
		{"input of a custom tool", "", `{"type":"response.custom_tool_call_input.delta","delta":"ls"}`, content(2)},
		{"code", "", `{"type":"response.code_interpreter_call_code.delta","delta":"1+1"}`, content(3)},
		{"audio is not text", "", `{"type":"response.audio.delta","delta":"AAAA"}`, content(0)},
		{"transcript is", "", `{"type":"response.audio.transcript.delta","delta":"abc"}`, content(3)},
		{"text that was said", "", `{"type":"response.output_text.done","text":"abc"}`, Chunk{}},
		{"a message that came whole", "", `{"type":"response.output_item.done","item":{"type":"message","content":[{"type":"output_text","text":"abc"}]}}`, content(0)},
		{"a refusal that came whole", "", `{"type":"response.output_item.done","item":{"type":"message","content":[{"type":"refusal","refusal":"no"}]}}`, content(0)},
		{"a reasoning without words", "", `{"type":"response.output_item.done","item":{"type":"reasoning","summary":[]}}`, Chunk{}},
		{"completed", "response.completed", done, Chunk{Done: true, Finish: true, Content: true, Usage: tokens(9, 4, 13)}},
		{"completed, nothing said", "", `{"type":"response.completed","response":{"status":"completed","output":[],"usage":{"input_tokens":9,"output_tokens":0}}}`,
			Chunk{Done: true, Finish: true, Usage: tokens(9, 0, 9)}},
		{"completed, a bare mark", "", `{"type":"response.completed","response":{"id":"r"}}`, Chunk{Done: true}},
		{"incomplete", "", strings.ReplaceAll(done, "completed", "incomplete"), Chunk{Done: true, Finish: true, Content: true, Usage: tokens(9, 4, 13)}},
		{"failed", "", `{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[],"usage":{"input_tokens":3,"output_tokens":0,"total_tokens":3}}}`,
			Chunk{Usage: tokens(3, 0, 3), Failure: &Failure{Message: "m", Code: "server_error", Object: json.RawMessage(`{"code":"server_error","message":"m"}`)}}},
		{"failed, without a reason", "", `{"type":"response.failed","response":{"status":"failed","error":null,"output":[]}}`, Chunk{Failure: &Failure{Code: "failed"}}},
		{"failed, without a response", "", `{"type":"response.failed"}`, Chunk{Failure: &Failure{Type: "response.failed"}}},
		{"cancelled", "", `{"type":"response.cancelled","response":{"status":"cancelled"}}`, Chunk{Failure: &Failure{Code: "cancelled"}}},
		{"error", "error", `{"type":"error","code":"rate_limit_exceeded","message":"m","param":null,"sequence_number":3}`, Chunk{Failure: &Failure{Message: "m", Code: "rate_limit_exceeded"}}},
		{"error, nested", "error", `{"type":"error","error":{"type":"server_error","message":"m"}}`,
			Chunk{Failure: &Failure{Message: "m", Type: "server_error", Object: json.RawMessage(`{"type":"server_error","message":"m"}`)}}},
		{"error by its event field", "error", `{"message":"m"}`, Chunk{Failure: &Failure{Message: "m"}}},
		{"error in a proxy's form", "", `{"error":{"message":"m"}}`, Chunk{Failure: &Failure{Message: "m", Object: json.RawMessage(`{"message":"m"}`)}}},
		{"error in Databricks' form", "", `{"error_code":"X","message":"m"}`, Chunk{Failure: &Failure{Message: "m", Code: "X"}}},
		{"error code beside a type", "", `{"type":"response.queued","error_code":"X"}`, Chunk{}},
		{"null error", "", `{"type":"response.output_text.delta","delta":"a","error":null}`, content(1)},
		{"a chat's chunk", "", `{"choices":[{"delta":{"content":"a"}}]}`, Chunk{}},
	}
	for _, test := range tests {
		if got := inspectNamed(Responses, test.event, test.data); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

func TestResponsesAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		want       Answer
	}{
		{"answer", `{"object":"response","status":"completed","error":null,"output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"ab"}]},{"type":"message","content":[{"type":"output_text","text":"hello","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}`,
			Answer{Valid: true, TextBytes: 7, Usage: tokens(1, 2, 3)}},
		{"calls", `{"output":[{"type":"function_call","name":"f","arguments":"{}"},{"type":"custom_tool_call","input":"ls"},{"type":"code_interpreter_call","code":"1+1","outputs":[{"type":"logs","logs":"xx"}]}]}`,
			Answer{Valid: true, TextBytes: 7}},
		{"refusal", `{"output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]}`, Answer{Valid: true, TextBytes: 2}},
		{"incomplete", `{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}`, Answer{Valid: true}},
		{"still working", `{"status":"queued","output":[],"error":null}`, Answer{Valid: true}},
		{"no output", `{"status":"completed"}`, Answer{}},
		{"null output", `{"status":"completed","output":null}`, Answer{}},
		{"output of another kind", `{"output":{"a":[1]}}`, Answer{}},
		{"items of another kind", `{"output":[1,[2],{"type":7,"content":{"text":"a"}}]}`, Answer{Valid: true, TextBytes: 1}},
		{"failed", `{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}`,
			Answer{Failure: &Failure{Message: "m", Code: "server_error", Object: json.RawMessage(`{"code":"server_error","message":"m"}`)}}},
		{"failed, without a reason", `{"status":"failed","error":null,"output":[]}`, Answer{Failure: &Failure{Code: "failed"}}},
		{"cancelled", `{"status":"cancelled","output":[]}`, Answer{Failure: &Failure{Code: "cancelled"}}},
		{"error", `{"error":{"message":"m"}}`, Answer{Failure: &Failure{Message: "m", Object: json.RawMessage(`{"message":"m"}`)}}},
		{"Databricks error", `{"error_code":"X","message":"m"}`, Answer{Failure: &Failure{Message: "m", Code: "X"}}},
		{"error code beside an answer", `{"error_code":"X","output":[]}`, Answer{Valid: true}},
		{"a chat completion", `{"choices":[{"message":{"content":"a"}}]}`, Answer{}},
		{"empty", ``, Answer{}},
		{"HTML", `<html>`, Answer{}},
		{"cut", `{"output":[{"type":"mess`, Answer{}},
		{"trailing data", `{"output":[]} x`, Answer{}},
	}
	for _, test := range tests {
		if got := inspectAnswer(Responses, test.body); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

// Events and answers built at random mean what an obvious reading of the
// decoded document says.
func TestResponsesAgreeWithDecoding(t *testing.T) {
	kinds := rapid.SampledFrom([]any{nil, 7, "", "response.created", "response.output_text.delta", "response.function_call_arguments.delta", "response.audio.delta",
		"response.output_item.added", "response.output_item.done", "response.completed", "response.incomplete", "response.output_text.done"})
	texts := rapid.SampledFrom([]any{nil, "", "a", "é\n", 7, []any{}, []any{"b", map[string]any{"text": "cd", "id": "e"}}, map[string]any{"refusal": "f"}})
	rapid.Check(t, func(t *rapid.T) {
		item := func() any {
			return map[string]any{
				"type": rapid.SampledFrom([]any{nil, "message", "reasoning", "function_call", "function_call_output"}).Draw(t, "item"),
				"id":   "x", "content": texts.Draw(t, "content"), "summary": texts.Draw(t, "summary"),
				"arguments": texts.Draw(t, "arguments"), "output": texts.Draw(t, "output"),
			}
		}
		items := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			items = append(items, item())
		}
		body := map[string]any{"object": "response", "output": items, "error": nil}
		var usage Usage
		if rapid.Bool().Draw(t, "usage") {
			in, out := rapid.Int64Range(0, 1<<40).Draw(t, "in"), rapid.Int64Range(0, 1<<40).Draw(t, "out")
			usage = tokens(in, out, in+out)
			body["usage"] = map[string]any{"input_tokens": in, "output_tokens": out, "total_tokens": in + out}
		}
		event := map[string]any{"type": kinds.Draw(t, "kind"), "delta": texts.Draw(t, "delta"), "item": item(), "response": body, "sequence_number": 1}

		said := func(item any) (content bool, size int64) {
			m := item.(map[string]any)
			size = sizeOf(m["content"], "content", "text", "refusal") + sizeOf(m["summary"], "content", "text", "refusal")
			if s, ok := m["arguments"].(string); ok {
				size += int64(len(s))
			}
			return size > 0 || m["type"] == "function_call", size
		}
		var content bool
		var size int64
		for _, i := range items {
			c, n := said(i)
			content, size = content || c, size+n
		}
		var want Chunk
		switch kind, _ := event["type"].(string); kind {
		case "response.output_text.delta", "response.function_call_arguments.delta":
			want.TextBytes = sizeOf(event["delta"], "content", "text", "refusal")
			want.Content = want.TextBytes > 0
		case "response.audio.delta":
			want.Content = sizeOf(event["delta"], "content", "text", "refusal") > 0
		case "response.output_item.added", "response.output_item.done":
			want.Content, _ = said(event["item"])
		case "response.completed", "response.incomplete":
			want = Chunk{Content: content, Done: true, Finish: true, Usage: usage}
		}
		if data := marshal(t, event); inspect(Responses, data) != want {
			t.Fatalf("%s:\n got %+v\nwant %+v", data, inspect(Responses, data), want)
		}
		if data, want := marshal(t, body), (Answer{Valid: true, TextBytes: size, Usage: usage}); inspectAnswer(Responses, data) != want {
			t.Fatalf("%s:\n got %+v\nwant %+v", data, inspectAnswer(Responses, data), want)
		}
	})
}
