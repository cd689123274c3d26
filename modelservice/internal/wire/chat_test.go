package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestChatEvents(t *testing.T) {
	content := func(size int64) Chunk { return Chunk{Content: true, TextBytes: size} }
	tests := []struct {
		name, data string
		want       Chunk
	}{
		{"nothing", "", Chunk{}},
		{"white space", " \n", Chunk{}},
		{"done", " [DONE]\t", Chunk{Done: true}},
		{"broken", `{"choices":[`, Chunk{Malformed: true}},
		{"HTML", `<html>`, Chunk{Malformed: true}},
		{"array", `[]`, Chunk{Malformed: true}},
		{"two values", `{}{}`, Chunk{Malformed: true}},
		{"too deep", `{"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, Chunk{Malformed: true}},
		{"empty object", `{}`, Chunk{}},
		{"role only", `{"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, Chunk{}},
		{"null content", `{"choices":[{"delta":{"role":"assistant","content":null}}]}`, Chunk{}},
		{"text", `{"choices":[{"delta":{"content":"h\u00e9"}}],"usage":null,"error":null}`, content(3)},
		{"text in a later choice", `{"choices":[{"delta":{}},{"delta":{"content":"a"}}]}`, content(1)},
		{"text parts", `{"choices":[{"delta":{"content":[{"type":"text","text":"ab"}]}}]}`, content(2)},
		{"text parts without text", `{"choices":[{"delta":{"content":[{"type":"text","text":""}]}}]}`, Chunk{}},
		{"reasoning", `{"choices":[{"delta":{"reasoning":"ab"}}]}`, content(2)},
		{"reasoning_content", `{"choices":[{"delta":{"content":null,"reasoning_content":"abc"}}]}`, content(3)},
		{"reasoning summary", `{"choices":[{"delta":{"content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"abc"}]}]}}]}`, content(3)},
		{"refusal", `{"choices":[{"delta":{"refusal":"no"}}]}`, content(2)},
		{"tool call", `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}}]}`, content(0)},
		{"tool-call arguments", `{"choices":[{"delta":{"tool_calls": [{"index":0,"function":{"arguments":"{\"a\""}}]}}]}`, content(4)},
		{"no tool calls", `{"choices":[{"delta":{"tool_calls":[],"function_call":null}}]}`, Chunk{}},
		{"function call", `{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{}"}}}]}`, content(2)},
		{"audio", `{"choices":[{"delta":{"audio":{"data":"AAAA"}}}]}`, content(0)},
		{"legacy text", `{"choices":[{"text":"ab","finish_reason":null}]}`, content(2)},
		{"content filter results", `{"choices":[],"prompt_filter_results":[{"content":"x"}]}`, Chunk{}},
		{"finish", `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, Chunk{Finish: true, Finished: 1}},
		{"empty finish", `{"choices":[{"delta":{},"finish_reason":""}]}`, Chunk{}},
		{"finish and text", `{"choices":[{"finish_reason":"length","delta":{"content":"a"}}]}`, Chunk{Finish: true, Finished: 1, Content: true, TextBytes: 1}},
		{"usage only", `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}`,
			Chunk{UsageOnly: true, Usage: tokens(9, 4, 13)}},
		{"usage only, zero", `{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`,
			Chunk{UsageOnly: true, Usage: Usage{Present: true}}},
		{"usage with the last choice", `{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
			Chunk{Finish: true, Finished: 1, Usage: tokens(1, 2, 3)}},
		{"in-band error", `{"error":{"message":"overloaded","type":"server_error","code":529}}`,
			Chunk{Failure: &Failure{Message: "overloaded", Type: "server_error", Code: "529", Status: 529, Object: json.RawMessage(`{"message":"overloaded","type":"server_error","code":529}`)}}},
		{"error text", `{"error":"overloaded"}`, Chunk{Failure: &Failure{Message: "overloaded"}}},
		{"empty error text", `{"error":"","choices":[]}`, Chunk{}},
		{"error, empty choices", `{"error":{"message":"x","status":"429"},"choices":[],"usage":{"total_tokens":1}}`,
			Chunk{Usage: tokens(0, 0, 1), Failure: &Failure{Message: "x", Status: 429, Object: json.RawMessage(`{"message":"x","status":"429"}`)}}},
		{"Databricks error", `{"error_code":"RESOURCE_EXHAUSTED","message":"slow down"}`,
			Chunk{Failure: &Failure{Message: "slow down", Code: "RESOURCE_EXHAUSTED"}}},
		{"error code beside an answer", `{"error_code":"X","choices":[{"delta":{"content":"a"}}]}`, content(1)},
		{"choices of another kind", `{"choices":{"a":[1]}}`, Chunk{}},
		{"choice of another kind", `{"choices":[1,[2],{"delta":"x","finish_reason":{"a":"b"}}]}`, Chunk{}},
	}
	for _, test := range tests {
		if got := inspect(ChatCompletions, test.data); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

func TestChatAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		want       Answer
	}{
		{"answer", `{"choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`,
			Answer{Valid: true, TextBytes: 5, Usage: tokens(1, 2, 3)}},
		{"no usage", `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"arguments":"{}"}}]}}]}`, Answer{Valid: true, TextBytes: 2}},
		{"null error", `{"choices":[{}],"error":null}`, Answer{Valid: true}},
		{"empty", ``, Answer{}},
		{"HTML", `<!doctype html><p>Bad gateway`, Answer{}},
		{"cut", `{"choices":[{"message":{"content":"hel`, Answer{}},
		{"trailing data", `{"choices":[{}]} x`, Answer{}},
		{"no choices", `{"choices":[]}`, Answer{}},
		{"null choices", `{"choices":null}`, Answer{}},
		{"another object", `{"status":"ok"}`, Answer{}},
		{"in-band error", `{"choices":[{}],"error":{"message":"x"}}`, Answer{Failure: &Failure{Message: "x", Object: json.RawMessage(`{"message":"x"}`)}}},
		{"error object", `{"object":"error","message":"x","type":"t","code":404}`,
			Answer{Failure: &Failure{Message: "x", Type: "t", Code: "404", Status: 404, Object: json.RawMessage(`{"object":"error","message":"x","type":"t","code":404}`)}}},
	}
	for _, test := range tests {
		if got := inspectAnswer(ChatCompletions, test.body); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

// Chunks built at random mean what an obvious reading of the decoded document
// says.
func TestChatEventsAgreeWithDecoding(t *testing.T) {
	text := rapid.SampledFrom([]any{nil, "", "a", "é\n", 7, []any{}, map[string]any{}})
	rapid.Check(t, func(t *rapid.T) {
		choices := []any{}
		var content bool
		var finished int64
		var size int64
		for range rapid.IntRange(0, 3).Draw(t, "choices") {
			delta, choice := map[string]any{"role": "assistant"}, map[string]any{"index": 0}
			for _, key := range []string{"content", "reasoning", "reasoning_content", "refusal", "name"} {
				value := text.Draw(t, key)
				delta[key] = value
				if s, ok := value.(string); ok && key != "name" {
					content = content || s != ""
					size += int64(len(s))
				}
			}
			value := text.Draw(t, "finish")
			choice["finish_reason"] = value
			if s, ok := value.(string); ok && s != "" {
				finished++
			}
			choice["delta"] = delta
			choices = append(choices, choice)
		}
		doc := map[string]any{"id": "x", "choices": choices, "usage": nil, "created": 1}
		var usage Usage
		if rapid.Bool().Draw(t, "usage") {
			in, out := rapid.Int64Range(0, 1<<40).Draw(t, "in"), rapid.Int64Range(0, 1<<40).Draw(t, "out")
			usage = tokens(in, out, in+out)
			doc["usage"] = map[string]any{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out}
		}
		data, err := json.MarshalIndent(doc, "", rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		want := Chunk{Content: content, Finish: finished > 0, Finished: finished, TextBytes: size, Usage: usage, UsageOnly: usage.Present && len(choices) == 0}
		if got := inspect(ChatCompletions, string(data)); got != want {
			t.Fatalf("%s:\n got %+v\nwant %+v", data, got, want)
		}
	})
}
