package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBodyChangesOnlyWhatItSays(t *testing.T) {
	tests := []struct {
		name, body   string
		includeUsage bool
		want         string
	}{
		{"model", `{ "seed":9007199254740993, "model" : "a" , "x":1.50,"x":2 }`, false, `{ "seed":9007199254740993, "model" : "up\"stream" , "x":1.50,"x":2 }`},
		{"no stream", `{"model":"a"}`, true, `{"model":"up\"stream"}`},
		{"not wanted", `{"model":"a","stream":true}`, false, `{"model":"up\"stream","stream":true}`},
		{"absent", `{"model":"a","stream":true}`, true, `{"model":"up\"stream","stream_options":{"include_usage":true},"stream":true}`},
		{"null", `{"stream_options":null,"model":"a","stream":true}`, true, `{"stream_options":{"include_usage":true},"model":"up\"stream","stream":true}`},
		{"empty", `{"stream":true,"model":"a","stream_options":{ }}`, true, `{"stream":true,"model":"up\"stream","stream_options":{"include_usage":true }}`},
		{"merged", `{"stream":true,"stream_options":{"x":[1]},"model":"a"}`, true, `{"stream":true,"stream_options":{"include_usage":true,"x":[1]},"model":"up\"stream"}`},
		{"false", `{"stream":true,"stream_options":{"x":1,"include_usage": false },"model":"a"}`, true, `{"stream":true,"stream_options":{"x":1,"include_usage": true },"model":"up\"stream"}`},
		{"already", `{"stream":true,"stream_options":{"include_usage":true},"model":"a"}`, true, `{"stream":true,"stream_options":{"include_usage":true},"model":"up\"stream"}`},
		{"the provider's to refuse", `{"stream":true,"stream_options":7,"model":"a"}`, true, `{"stream":true,"stream_options":7,"model":"up\"stream"}`},
		{"the last of several", `{"stream":true,"stream_options":{"include_usage":true},"stream_options":{"include_usage":null},"model":"a"}`, true,
			`{"stream":true,"stream_options":{"include_usage":true},"stream_options":{"include_usage":true},"model":"up\"stream"}`},
	}
	for _, test := range tests {
		given := []byte(test.body)
		q, err := ParseRequest(ChatCompletions, given)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		b := q.Body(`up"stream`, test.includeUsage)
		if got := string(b.AppendTo(nil)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
		if string(given) != test.body {
			t.Errorf("%s: the caller's bytes changed to %s", test.name, given)
		}
	}
}

// Only chat completions have to be asked for their usage.
func TestBodyOfOtherAPIs(t *testing.T) {
	const body = `{ "input":[9007199254740993,1.50],"x":1,"x":2, "model" : "a" ,"stream":true,"stream_options":{"include_usage":false},"max_tokens":1e2}`
	want := strings.Replace(body, `"a"`, `"b"`, 1)
	for _, api := range []API{Embeddings, Responses, Messages} {
		q, err := ParseRequest(api, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		b := q.Body("b", true)
		if got := string(b.AppendTo(nil)); got != want {
			t.Errorf("API %d:\n got %s\nwant %s", api, got, want)
		}
	}
}

func TestBodyReadsTheSameEachTime(t *testing.T) {
	q, err := ParseRequest(ChatCompletions, []byte(`{"model":"a","stream":true,"stream_options":{},"messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := q.Body("upstream", true)
	want := b.AppendTo(nil)
	if b.Len() != int64(len(want)) {
		t.Errorf("Len is %d, want %d", b.Len(), len(want))
	}
	for range 2 {
		if err := iotest.TestReader(onlyReader{b.Reader()}, want); err != nil {
			t.Error(err)
		}
		var copied bytes.Buffer
		src := b.Reader()
		head := make([]byte, 12)
		if _, err := io.ReadFull(src, head); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(&copied, src); err != nil || n != b.Len()-12 {
			t.Errorf("copied %d bytes, %v", n, err)
		}
		if got := string(head) + copied.String(); got != string(want) {
			t.Errorf("copied %s, want %s", got, want)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}

type onlyReader struct{ io.Reader }

// checkBody holds a body against its request: the same document but for the
// model and include_usage.
func checkBody(t *testing.T, given []byte, q Request, model string) {
	t.Helper()
	for _, includeUsage := range []bool{false, true} {
		b := q.Body(model, includeUsage)
		sent := b.AppendTo(nil)
		if read, err := io.ReadAll(b.Reader()); err != nil || !bytes.Equal(read, sent) || b.Len() != int64(len(sent)) {
			t.Fatalf("body of %q reads as %q (%v), length %d", sent, read, err, b.Len())
		}
		again, err := ParseRequest(q.api, sent)
		if err != nil {
			t.Fatalf("%q became %q: %v", given, sent, err)
		}
		if want := string([]rune(model)); again.Model != want {
			t.Fatalf("%q became %q: model %q, want %q", given, sent, again.Model, want)
		}
		if again.Stream != q.Stream || again.MaxTokens != q.MaxTokens || again.N != q.N || again.TextBytes != q.TextBytes {
			t.Fatalf("%q became %q: %+v, was %+v", given, sent, again, q)
		}
		before, after := members(t, given), members(t, sent)
		if includeUsage && q.Stream && q.api == ChatCompletions {
			if kind := before["stream_options"]; kind == nil || kind[0] == '{' || kind[0] == 'n' {
				if !again.IncludeUsage {
					t.Fatalf("%q became %q: no usage asked for", given, sent)
				}
				delete(before, "stream_options")
				delete(after, "stream_options")
			}
		}
		delete(before, "model")
		delete(after, "model")
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%q became %q", given, sent)
		}
	}
}

func members(t *testing.T, doc []byte) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	return m
}
