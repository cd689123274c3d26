package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestEmbeddingsAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		want       Answer
	}{
		{"answer", `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}`,
			Answer{Valid: true, Usage: tokens(8, 0, 8)}},
		{"base64", `{"data":[{"embedding":"AAAA"},{"embedding":"AAAA"}]}`, Answer{Valid: true}},
		{"nothing", `{"object":"list","data":[],"usage":{"prompt_tokens":0,"total_tokens":0}}`, Answer{Usage: tokens(0, 0, 0)}},
		{"null", `{"data":null}`, Answer{}},
		{"another kind", `{"data":{"0":[1]}}`, Answer{}},
		{"error", `{"data":[1],"error":{"message":"m"}}`, Answer{Failure: &Failure{Message: "m", Object: json.RawMessage(`{"message":"m"}`)}}},
		{"error object", `{"object":"error","message":"m","code":400}`,
			Answer{Failure: &Failure{Message: "m", Code: "400", Status: 400, Object: json.RawMessage(`{"object":"error","message":"m","code":400}`)}}},
		{"Databricks error", `{"error_code":"X","message":"m"}`, Answer{Failure: &Failure{Message: "m", Code: "X"}}},
		{"error code beside an answer", `{"error_code":"X","data":[1]}`, Answer{Valid: true}},
		{"a chat completion", `{"choices":[{"message":{"content":"a"}}]}`, Answer{}},
		{"empty", ``, Answer{}},
		{"broken number", `{"data":[{"embedding":[0.1,NaN]}]}`, Answer{}},
		{"cut", `{"data":[{"embedding":[0.1,`, Answer{}},
		{"trailing data", `{"data":[1]} x`, Answer{}},
	}
	for _, test := range tests {
		if got := inspectAnswer(Embeddings, test.body); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

// What is sent for embedding is counted as an obvious reading of the decoded
// document counts it.
func TestEmbeddingsInputAgreesWithDecoding(t *testing.T) {
	var count func(v any) int64
	count = func(v any) (n int64) {
		switch v := v.(type) {
		case string:
			n = int64(len(v))
		case int:
			n = 4
		case []any:
			for _, e := range v {
				n += count(e)
			}
		case map[string]any:
			n = sizeOf(v, "content", "text")
		}
		return n
	}
	element := rapid.SampledFrom([]any{nil, true, "", "a", "é\n", 7, -1, 100257, map[string]any{"text": "ab", "image": "AAAA"}})
	list := rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(element, 0, 4).Draw(t, "list") })
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.OneOf(element, list, rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(list, 0, 3).Draw(t, "lists") })).Draw(t, "input")
		data := marshal(t, map[string]any{"model": "m", "input": input, "dimensions": 256, "user": "u"})
		q, err := ParseRequest(Embeddings, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if want := count(input); q.TextBytes != want {
			t.Fatalf("%s: %d bytes, want %d", data, q.TextBytes, want)
		}
	})
}
