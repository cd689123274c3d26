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

// The request path allocates the model's name and the replaced value, no more;
// what an event or an answer says costs nothing.
func TestAllocations(t *testing.T) {
	body := request4K()
	for _, api := range apis {
		if got := testing.AllocsPerRun(100, func() { _, _ = ParseRequest(api, body) }); got > 1 {
			t.Errorf("API %d: ParseRequest: %v allocations, want at most 1", api, got)
		}
	}
	for _, s := range spoken {
		var events []Event
		r := NewReader(strings.NewReader(s.stream), &ReaderOptions{})
		for {
			e, err := r.Next()
			if err != nil {
				break
			}
			e.Data = append([]byte(nil), e.Data...)
			events = append(events, e)
		}
		var usage Usage
		if got := testing.AllocsPerRun(100, func() {
			for _, e := range events {
				usage.Merge(InspectEvent(s.api, e).Usage)
			}
		}); got > 0 {
			t.Errorf("%s: InspectEvent: %v allocations in a stream", s.name, got)
		}
	}
	for api, answer := range answers {
		if got := testing.AllocsPerRun(100, func() {
			if !InspectAnswer(api, answer).Valid {
				t.Error("no answer")
			}
		}); got > 0 {
			t.Errorf("API %d: InspectAnswer: %v allocations", api, got)
		}
	}
}

// answers are whole ones, one for each API.
var answers = map[API][]byte{
	ChatCompletions: []byte(`{"choices":[{"message":{"content":"a\n"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"total_tokens":3}}`),
	Embeddings:      []byte(`{"data":[{"embedding":[0.25,-1e-3]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`),
	Responses:       []byte(`{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a\n"}]}],"usage":{"input_tokens":1}}`),
	Messages:        []byte(`{"type":"message","content":[{"type":"text","text":"a\n"}],"stop_reason":"end_turn","usage":{"input_tokens":1}}`),
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
		var inspector Inspector
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
			if inspector.Inspect(ChatCompletions, e).Content {
				contents++
			}
		}
		r.Release()
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
