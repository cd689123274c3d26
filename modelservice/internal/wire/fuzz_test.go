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
	f.Fuzz(func(t *testing.T, body []byte, model string) {
		q, err := ParseRequest(ChatCompletions, body)
		if err == nil {
			if !json.Valid(body) {
				t.Fatalf("%q is accepted and is not JSON", body)
			}
			if q.N < 1 || q.MaxTokens < 0 || q.TextBytes < 0 || q.TextBytes > int64(len(body)) {
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
	})
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(`{"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, a := InspectChunk(data), InspectAnswer(ChatCompletions, data)
		trimmed := bytes.Trim(data, " \t\r\n")
		s := scanner{data: data}
		s.skip()
		whole := json.Valid(data) && trimmed[0] == '{' && !s.deep
		if a.Valid && !whole {
			t.Fatalf("%q is taken for an answer", data)
		}
		if says := whole || len(trimmed) == 0 || string(trimmed) == "[DONE]"; c.Malformed == says {
			t.Fatalf("%q: malformed is %v", data, c.Malformed)
		}
		if c.Malformed != (Chunk{Malformed: true} == c) || c.Done != (Chunk{Done: true} == c) {
			t.Fatalf("%q says too much: %+v", data, c)
		}
		for _, n := range []int64{c.Usage.Input, c.Usage.Output, c.Usage.Total, c.TextBytes} {
			if n < 0 {
				t.Fatalf("%q: %+v", data, c)
			}
		}
		if object, ok := ErrorObject(data); ok && (!whole || !json.Valid(object)) {
			t.Fatalf("%q: error object %q", data, object)
		}
		ErrorMessage(data)
	})
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
