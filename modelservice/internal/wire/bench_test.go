package wire

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// request4K is a chat of ten messages, about 4 KB.
func request4K() []byte {
	var b strings.Builder
	b.WriteString(`{"model":"main.default.team-chat","temperature":0.7,"stream":true,"max_tokens":512,"messages":[`)
	for i := range 10 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"role":"user","content":"%s\n\"quoted\""}`, strings.Repeat("some words of a prompt ", 16))
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func stream50() string {
	var b strings.Builder
	for i := range 48 {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-9x","object":"chat.completion.chunk","created":1760000000,"model":"gpt-x","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}],"usage":null}`+"\n\n", i)
	}
	b.WriteString(`data: {"id":"chatcmpl-9x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n")
	return b.String()
}

// The request path allocates the model's name and the replaced value, no more.
func TestAllocations(t *testing.T) {
	body := request4K()
	chunk := []byte(`{"id":"x","choices":[{"index":0,"delta":{"content":"a\n"},"finish_reason":null}],"usage":null}`)
	for _, test := range []struct {
		name string
		most float64
		run  func()
	}{
		{"ParseRequest", 1, func() { _, _ = ParseRequest(ChatCompletions, body) }},
		{"InspectChunk", 0, func() { InspectChunk(chunk) }},
		{"InspectAnswer", 0, func() { InspectAnswer(ChatCompletions, chunk) }},
	} {
		if got := testing.AllocsPerRun(100, test.run); got > test.most {
			t.Errorf("%s: %v allocations, want at most %v", test.name, got, test.most)
		}
	}
}

func BenchmarkParseRequest4K(b *testing.B) {
	body := request4K()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		q, err := ParseRequest(ChatCompletions, body)
		if err != nil || q.TextBytes == 0 {
			b.Fatal(err)
		}
	}
}

func BenchmarkBody4K(b *testing.B) {
	q, err := ParseRequest(ChatCompletions, request4K())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		body := q.Body("gpt-x", true)
		if n, err := io.Copy(io.Discard, body.Reader()); err != nil || n != body.Len() {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkStream50 reads and inspects a stream of 50 events.
func BenchmarkStream50(b *testing.B) {
	stream := stream50()
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(strings.NewReader(stream), nil)
		events, contents := 0, 0
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			events++
			if InspectChunk(e.Data).Content {
				contents++
			}
		}
		if events != 50 || contents != 48 {
			b.Fatal(events, contents)
		}
	}
}

func BenchmarkInspectAnswer(b *testing.B) {
	body := []byte(`{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("some words of an answer ", 40) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":200,"total_tokens":300}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if !InspectAnswer(ChatCompletions, body).Valid {
			b.Fatal("no answer")
		}
	}
}
