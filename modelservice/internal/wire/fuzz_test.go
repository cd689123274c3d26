package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`), "up")
	f.Fuzz(func(t *testing.T, body []byte, model string) { fuzzRequest(t, ChatCompletions, body, model) })
}

func FuzzEmbeddingsRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","input":["hi",1,[2]]}`), "up")
	f.Fuzz(func(t *testing.T, body []byte, model string) { fuzzRequest(t, Embeddings, body, model) })
}

func FuzzResponsesRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","input":[{"role":"user","content":"hi"}],"instructions":"x","max_output_tokens":3,"stream":true}`), "up")
	f.Fuzz(func(t *testing.T, body []byte, model string) { fuzzRequest(t, Responses, body, model) })
}

func FuzzMessagesRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","system":[{"text":"x"}],"messages":[{"role":"user","content":"hi"}],"max_tokens":3,"stream":true}`), "up")
	f.Fuzz(func(t *testing.T, body []byte, model string) { fuzzRequest(t, Messages, body, model) })
}

func fuzzRequest(t *testing.T, api API, body []byte, model string) {
	q, err := ParseRequest(api, body)
	if err == nil {
		if !json.Valid(body) {
			t.Fatalf("%q is accepted and is not JSON", body)
		}
		if q.N < 1 || q.MaxTokens < 0 || q.TextBytes < 0 || q.TextBytes > bytesPerToken*int64(len(body)) {
			t.Fatalf("%q: %+v", body, q)
		}
		checkBody(t, body, q, model)
		return
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%q: %v", body, err)
	}
	s := scanner{data: body}
	s.skip()
	sound := refusal.Param != "" || strings.Contains(refusal.Message, "must be")
	if !s.deep && sound != json.Valid(body) {
		t.Fatalf("%q: %v", body, err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(`{"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzInspect(t, ChatCompletions, "", data) })
}

func FuzzInspectEmbeddings(f *testing.F) {
	f.Add([]byte(`{"data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzInspect(t, Embeddings, "", data) })
}

func FuzzInspectResponses(f *testing.F) {
	f.Add("response.completed", []byte(`{"response":{"status":"completed","output":[{"type":"message","content":[{"text":"hi"}]}],"usage":{"input_tokens":1}}}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) { fuzzInspect(t, Responses, name, data) })
}

func FuzzInspectMessages(f *testing.F) {
	f.Add("content_block_delta", []byte(`{"delta":{"text":"hi","stop_reason":"x"},"content_block":{"type":"tool_use","name":"f"},"usage":{"output_tokens":1}}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) { fuzzInspect(t, Messages, name, data) })
}

func fuzzInspect(t *testing.T, api API, name string, data []byte) {
	given := string(data)
	c, a := InspectEvent(api, Event{Name: name, Data: data}), InspectAnswer(api, data)
	trimmed := bytes.Trim(data, " \t\r\n")
	s := scanner{data: data}
	s.skip()
	whole := json.Valid(data) && trimmed[0] == '{' && !s.deep
	if (a.Valid || a.Failure != nil || a.Usage.Present) && !whole || a.Valid && a.Failure != nil {
		t.Fatalf("%q is taken for an answer: %+v", data, a)
	}
	if says := whole || len(trimmed) == 0 || string(trimmed) == "[DONE]"; c.Malformed == says {
		t.Fatalf("%q: malformed is %v", data, c.Malformed)
	}
	if c.Malformed && c != (Chunk{Malformed: true}) || c.Failure != nil && (c.Done || c.Content && api != ChatCompletions && api != Embeddings) {
		t.Fatalf("%q says too much: %+v", data, c)
	}
	later := c.Usage
	later.Merge(a.Usage)
	for _, n := range []int64{c.Usage.Input, c.Usage.Output, c.Usage.Total, c.TextBytes, a.TextBytes, later.Input, later.Output, later.Total} {
		if n < 0 {
			t.Fatalf("%q: %+v %+v", data, c, a)
		}
	}
	if object, ok := ErrorObject(data); ok && !json.Valid(object) {
		t.Fatalf("%q: error object %q", data, object)
	}
	if whole && InspectFailure(data) == nil {
		t.Fatalf("%q is an object and nothing is read of it", data)
	}
	if string(data) != given {
		t.Fatalf("%q became %q", given, data)
	}
}

func FuzzReader(f *testing.F) {
	for _, stream := range recorded {
		f.Add([]byte(stream), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var parts pieces
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+int(size))
			parts = append(parts, rest[:n])
			rest = rest[n:]
		}
		got, gotErr := readAll(&parts, 64)
		want, wantErr := readAll(bytes.NewReader(stream), 64)
		if gotErr != wantErr || joined(got) != joined(want) || len(got) != len(want) {
			t.Fatalf("%q: got %q %v, want %q %v", stream, got, gotErr, want, wantErr)
		}
		if gotErr == io.EOF && joined(got) != string(stream) {
			t.Fatalf("%q: frames %q", stream, got)
		}
	})
}
