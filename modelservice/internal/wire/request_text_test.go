package wire

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// textsOf are the strings that Text yields, as long as more are wanted.
func textsOf(t testing.TB, api API, body string, atMost int) []string {
	t.Helper()
	q, err := ParseRequest(api, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var all []string
	for text := range q.Text() {
		if all = append(all, string(text)); len(all) == atMost {
			break
		}
	}
	return all
}

func TestText(t *testing.T) {
	const chat = `{"model":"m","stream":true,"tools":[{"text":"no"}],"messages":[{"role":"user","content":"one"},` +
		`{"role":"user","content":[{"type":"text","text":"t\u0077o\n"},{"type":"image_url","image_url":{"url":"data:"}}]},{"content":""}],"prompt":["three","four"]}`
	for _, tt := range []struct {
		name string
		api  API
		body string
		want []string
	}{
		{"chat", ChatCompletions, chat, []string{"one", "two\n", "three", "four"}},
		{"messages", Messages, `{"system":[{"type":"text","text":"be"}],"model":"m","messages":[{"role":"user","content":"good"}],"input":"no"}`, []string{"be", "good"}},
		{"responses", Responses, `{"model":"m","input":[{"role":"user","content":"a"},{"type":"function_call_output","output":"b"}],"instructions":"c","prompt":"no"}`, []string{"a", "b", "c"}},
		{"embeddings", Embeddings, `{"model":"m","input":["a",[1,2],"b",3],"messages":"no"}`, []string{"a", "b"}},
		{"not UTF-8", ChatCompletions, "{\"model\":\"m\",\"prompt\":\"a\xffb\"}", []string{"a\uFFFDb"}},
		{"half a pair", ChatCompletions, `{"model":"m","prompt":"\ud83d"}`, []string{"\uFFFD"}},
		{"a member twice", ChatCompletions, `{"model":"m","prompt":"a","prompt":"b"}`, []string{"a", "b"}},
		{"nothing", ChatCompletions, `{"model":"m"}`, nil},
	} {
		if got := textsOf(t, tt.api, tt.body, -1); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for n := range tt.want { // whoever has enough is not told more
			if got := textsOf(t, tt.api, tt.body, n+1); !slices.Equal(got, tt.want[:n+1]) {
				t.Errorf("%s: the first %d are %q", tt.name, n+1, got)
			}
		}
	}
}

// What needs no decoding is the body itself.
func TestTextIsShared(t *testing.T) {
	body := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("words ", 1000) + `"}]}`)
	q, err := ParseRequest(ChatCompletions, body)
	if err != nil {
		t.Fatal(err)
	}
	for text := range q.Text() {
		if &text[0] != &body[bytes.Index(body, []byte("words"))] {
			t.Error("a text without escapes was copied")
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		for range q.Text() {
		}
	}); n > 6 {
		t.Errorf("%v allocations for one long text", n)
	}
}

// The pieces are as long together as TextBytes says, but for what is no UTF-8.
func TestTextHasItsSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		api := rapid.SampledFrom(apis).Draw(t, "API")
		body := `{"model":"m"`
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			key := rapid.SampledFrom([]string{"messages", "input", "prompt", "system", "instructions", "x"}).Draw(t, "key")
			text := rapid.SampledFrom([]string{`"a"`, `"\u4e16\n"`, `["b",{"text":"c","x":"d"}]`, `[{"role":"user","content":[{"text":"e"}]}]`, `{"output":"f"}`, `[1,[2]]`, `7`, `null`}).Draw(t, "value")
			body += `,"` + key + `":` + text
		}
		q, err := ParseRequest(api, []byte(body+"}"))
		if err != nil {
			t.Fatal(err)
		}
		size := bytesPerToken * q.TextTokens
		for text := range q.Text() {
			if !utf8.Valid(text) {
				t.Fatalf("%q is no UTF-8", text)
			}
			size += int64(len(text))
		}
		if size != q.TextBytes {
			t.Fatalf("%s: %d bytes were yielded, TextBytes is %d", body, size, q.TextBytes)
		}
	})
}
