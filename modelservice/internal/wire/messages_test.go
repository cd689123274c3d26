package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMessagesEvents(t *testing.T) {
	content := func(size int64) Chunk { return Chunk{Content: true, TextBytes: size} }
	partial := func(in, out int64) Usage {
		u := tokens(in, out, in+out)
		u.Partial = true
		return u
	}
	tests := []struct {
		name, event, data string
		want              Chunk
	}{
		{"nothing", "", "", Chunk{}},
		{"a word of another API", "", "[DONE]", Chunk{}},
		{"broken", "message_stop", `{"type":"message_stop"`, Chunk{Malformed: true}},
		{"array", "", `[]`, Chunk{Malformed: true}},
		{"too deep", "", `{"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, Chunk{Malformed: true}},
		{"no type", "", `{}`, Chunk{}},
		{"no known type", "", `{"type":"later","delta":{"text":"a"},"content_block":{"text":"a"}}`, Chunk{}},
		{"ping", "ping", `{"type": "ping"}`, Chunk{}},
		{"start", "message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude","stop_reason":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":3,"cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":3},"output_tokens":1}}}`,
			Chunk{Usage: partial(128, 1)}},
		{"start without usage", "", `{"type":"message_start","message":{"content":[]}}`, Chunk{}},
		{"start of another kind", "", `{"type":"message_start","message":"x"}`, Chunk{}},
		{"empty block", "", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`, Chunk{}},
		{"empty thinking", "", `{"type":"content_block_start","content_block":{"type":"thinking","thinking":"","signature":""}}`, Chunk{}},
		{"block with text", "", `{"type":"content_block_start","content_block":{"type":"text","text":"ab"}}`, content(2)},
		{"tool", "", `{"type":"content_block_start","content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`, content(0)},
		{"tool without a name", "", `{"type":"content_block_start","content_block":{"type":"tool_use","id":"t","name":"","input":{}}}`, Chunk{}},
		{"tool with its input", "", `{"type":"content_block_start","content_block":{"type":"server_tool_use","name":"web_search","input": {"q":"x"}}}`, content(9)},
		{"reasoning that is veiled", "", `{"type":"content_block_start","content_block":{"type":"redacted_thinking","data":"AAAA"}}`, content(0)},
		{"data of another sort", "", `{"type":"content_block_start","content_block":{"type":"image","data":"AAAA"}}`, Chunk{}},
		{"a tool's result", "", `{"type":"content_block_start","content_block":{"type":"web_search_tool_result","content":[{"title":"x"}]}}`, Chunk{}},
		{"text", "content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"h\u00e9"}}`, content(3)},
		{"the event field stands in", "content_block_delta", `{"delta":{"type":"text_delta","text":"ab"}}`, content(2)},
		{"the data's type goes", "message_stop", `{"type":"content_block_delta","delta":{"text":"ab"}}`, content(2)},
		{"empty text", "", `{"type":"content_block_delta","delta":{"type":"text_delta","text":""}}`, Chunk{}},
		{"thinking", "", `{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"abc"}}`, content(3)},
		{"input", "", `{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\""}}`, content(4)},
		{"empty input", "", `{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":""}}`, Chunk{}},
		{"signature", "", `{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"AAAA"}}`, Chunk{}},
		{"citation", "", `{"type":"content_block_delta","delta":{"type":"citations_delta","citation":{"cited_text":"x","text":"y"}}}`, Chunk{}},
		{"delta of another kind", "", `{"type":"content_block_delta","delta":["text"]}`, Chunk{}},
		{"block's end", "", `{"type":"content_block_stop","index":0}`, Chunk{}},
		{"stop reason", "message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}`, Chunk{Finish: true, Usage: tokens(0, 15, 15)}},
		{"stop reason, all counts", "", `{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":15}}`,
			Chunk{Finish: true, Usage: tokens(15, 15, 30)}},
		{"no stop reason", "", `{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":0}}`, Chunk{Usage: tokens(0, 0, 0)}},
		{"empty stop reason", "", `{"type":"message_delta","delta":{"stop_reason":""}}`, Chunk{}},
		{"a stop reason elsewhere", "", `{"type":"content_block_delta","delta":{"text":"a","stop_reason":"x"}}`, content(1)},
		{"stop", "message_stop", `{"type":"message_stop"}`, Chunk{Done: true}},
		{"stop by its event field", "message_stop", `{}`, Chunk{Done: true}},
		{"error", "error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`,
			Chunk{Failure: &Failure{Message: "Overloaded", Type: "overloaded_error", Object: json.RawMessage(`{"type":"overloaded_error","message":"Overloaded"}`)}}},
		{"error without its object", "", `{"type":"error","message":"m"}`, Chunk{Failure: &Failure{Message: "m"}}},
		{"error by its event field", "error", `{"message":"m"}`, Chunk{Failure: &Failure{Message: "m"}}},
		{"error in a proxy's form", "", `{"error":{"message":"m"}}`, Chunk{Failure: &Failure{Message: "m", Object: json.RawMessage(`{"message":"m"}`)}}},
		{"error in Databricks' form", "", `{"error_code":"X","message":"m"}`, Chunk{Failure: &Failure{Message: "m", Code: "X"}}},
		{"error code beside a type", "", `{"type":"ping","error_code":"X"}`, Chunk{}},
		{"a chat's chunk", "", `{"choices":[{"delta":{"content":"a"}}]}`, Chunk{}},
	}
	for _, test := range tests {
		if got := inspectNamed(Messages, test.event, test.data); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

func TestMessagesAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		want       Answer
	}{
		{"answer", `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"ab","signature":"AAAA"},{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"cache_read_input_tokens":4,"output_tokens":2}}`,
			Answer{Valid: true, TextBytes: 7, Usage: tokens(5, 2, 7)}},
		{"tool", `{"type":"message","content":[{"type":"tool_use","name":"f","input":{"a":1}}],"stop_reason":"tool_use"}`, Answer{Valid: true, TextBytes: 7}},
		{"nothing said, and why", `{"type":"message","content":[],"stop_reason":"refusal"}`, Answer{Valid: true}},
		{"nothing said", `{"type":"message","content":[],"stop_reason":null}`, Answer{}},
		{"blocks of another kind", `{"type":"message","content":[1,{"text":2}]}`, Answer{Valid: true}},
		{"content of another kind", `{"type":"message","content":"text","stop_reason":"end_turn"}`, Answer{}},
		{"no content", `{"type":"message","stop_reason":"end_turn"}`, Answer{}},
		{"no type", `{"content":[{"type":"text","text":"a"}]}`, Answer{TextBytes: 1}},
		{"error", `{"type":"error","error":{"type":"api_error","message":"m"}}`,
			Answer{Failure: &Failure{Message: "m", Type: "api_error", Object: json.RawMessage(`{"type":"api_error","message":"m"}`)}}},
		{"error, bare", `{"type":"error"}`, Answer{Failure: &Failure{}}},
		{"error in a proxy's form", `{"error":"m"}`, Answer{Failure: &Failure{Message: "m"}}},
		{"error in Databricks' form", `{"error_code":"X","message":"m"}`, Answer{Failure: &Failure{Message: "m", Code: "X"}}},
		{"null error", `{"type":"message","content":[{"type":"text","text":"a"}],"error":null}`, Answer{Valid: true, TextBytes: 1}},
		{"a chat completion", `{"choices":[{"message":{"content":"a"}}]}`, Answer{}},
		{"empty", ``, Answer{}},
		{"cut", `{"type":"message","content":[{"type":"te`, Answer{}},
		{"trailing data", `{"type":"message","content":[1]} x`, Answer{}},
	}
	for _, test := range tests {
		if got := inspectAnswer(Messages, test.body); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

// Events and answers built at random mean what an obvious reading of the
// decoded document says.
func TestMessagesAgreeWithDecoding(t *testing.T) {
	kinds := rapid.SampledFrom([]any{nil, 7, "", "ping", "message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop"})
	texts := rapid.SampledFrom([]any{nil, "", "a", "é\n", 7, []any{"b"}, map[string]any{"text": "f"}})
	rapid.Check(t, func(t *rapid.T) {
		part := func() map[string]any {
			return map[string]any{
				"type":     rapid.SampledFrom([]any{nil, "text", "tool_use", "server_tool_use", "redacted_thinking", "signature_delta"}).Draw(t, "part"),
				"thinking": texts.Draw(t, "thinking"), "text": texts.Draw(t, "text"), "partial_json": texts.Draw(t, "partial_json"),
				"name": texts.Draw(t, "name"), "data": texts.Draw(t, "data"), "signature": "s", "citations": texts.Draw(t, "citations"),
				"stop_reason": texts.Draw(t, "stop_reason"),
			}
		}
		report := func() (map[string]any, Usage) {
			in, out, cached := rapid.Int64Range(0, 1<<40).Draw(t, "in"), rapid.Int64Range(0, 1<<40).Draw(t, "out"), rapid.Int64Range(0, 1<<40).Draw(t, "cached")
			return map[string]any{"input_tokens": in, "output_tokens": out, "cache_read_input_tokens": cached, "service_tier": "x"}, tokens(in+cached, out, in+cached+out)
		}
		said := func(part map[string]any) (content bool, size int64) {
			for _, key := range []string{"text", "thinking", "partial_json"} {
				if s, ok := part[key].(string); ok {
					size += int64(len(s))
				}
			}
			name, _ := part["name"].(string)
			data, _ := part["data"].(string)
			tool := part["type"] == "tool_use" || part["type"] == "server_tool_use"
			return size > 0 || tool && name != "" || part["type"] == "redacted_thinking" && data != "", size
		}
		blocks := []any{}
		var size int64
		for range rapid.IntRange(0, 3).Draw(t, "blocks") {
			block := part()
			_, n := said(block)
			blocks, size = append(blocks, block), size+n
		}
		startReport, startUsage := report()
		endReport, endUsage := report()
		body := map[string]any{"type": "message", "content": blocks, "stop_reason": texts.Draw(t, "stopped"), "usage": startReport}
		event := map[string]any{"type": kinds.Draw(t, "kind"), "delta": part(), "content_block": part(), "message": body, "usage": endReport, "index": 0}

		var want Chunk
		switch kind, _ := event["type"].(string); kind {
		case "message_start":
			want.Usage = startUsage
			want.Usage.Partial = true
		case "content_block_start":
			want.Content, want.TextBytes = said(event["content_block"].(map[string]any))
		case "content_block_delta":
			want.Content, want.TextBytes = said(event["delta"].(map[string]any))
		case "message_delta":
			reason, _ := event["delta"].(map[string]any)["stop_reason"].(string)
			want.Finish, want.Usage = reason != "", endUsage
		case "message_stop":
			want.Done = true
		}
		if data := marshal(t, event); inspect(Messages, data) != want {
			t.Fatalf("%s:\n got %+v\nwant %+v", data, inspect(Messages, data), want)
		}
		reason, _ := body["stop_reason"].(string)
		answer := Answer{Valid: len(blocks) > 0 || reason != "", TextBytes: size, Usage: startUsage}
		if data := marshal(t, body); inspectAnswer(Messages, data) != answer {
			t.Fatalf("%s:\n got %+v\nwant %+v", data, inspectAnswer(Messages, data), answer)
		}
	})
}
