package wire

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseRequestReads(t *testing.T) {
	tests := []struct {
		name, body string
		want       Request
	}{
		{"least", `{"model":"m"}`, Request{Model: "m"}},
		{"escaped key and value", `{"mod\u0065l":"a\u002eb\ud83d\ude00\ud83d\n"}`, Request{Model: "a.b😀\uFFFD\n"}},
		{"not UTF-8", "{\"model\":\"a\xff\xfeb\"}", Request{Model: "a\uFFFD\uFFFDb"}},
		{"white space", " \t\r\n{ \"model\" : \"m\" , \"stream\" : true } \n", Request{Model: "m", Stream: true}},
		{"stream null", `{"model":"m","stream":null}`, Request{Model: "m"}},
		{"stream last counts", `{"model":"m","stream":true,"stream":false}`, Request{Model: "m"}},
		{"include_usage", `{"stream_options":{"x":1,"include_usage":true},"model":"m"}`, Request{Model: "m", IncludeUsage: true}},
		{"include_usage false", `{"stream_options":{"include_usage":false},"model":"m"}`, Request{Model: "m"}},
		{"include_usage of another kind", `{"stream_options":{"include_usage":"true"},"model":"m"}`, Request{Model: "m"}},
		{"the last stream_options", `{"stream_options":{"include_usage":true},"stream_options":{},"model":"m"}`, Request{Model: "m"}},
		{"include_usage elsewhere", `{"metadata":{"include_usage":true},"model":"m"}`, Request{Model: "m"}},
		{"model elsewhere", `{"metadata":{"model":"x"},"model":"m"}`, Request{Model: "m"}},
		{"max_tokens", `{"model":"m","max_tokens":10,"max_completion_tokens":7}`, Request{Model: "m", MaxTokens: 10}},
		{"max_completion_tokens", `{"model":"m","max_tokens":10,"max_completion_tokens":70}`, Request{Model: "m", MaxTokens: 70}},
		{"max_tokens repeated", `{"model":"m","max_tokens":10,"max_tokens":7}`, Request{Model: "m", MaxTokens: 10}},
		{"max_tokens negative", `{"model":"m","max_tokens":-10}`, Request{Model: "m"}},
		{"max_tokens fraction", `{"model":"m","max_tokens":10.5}`, Request{Model: "m"}},
		{"max_tokens text", `{"model":"m","max_tokens":"10"}`, Request{Model: "m"}},
		{"max_tokens null", `{"model":"m","max_tokens":null}`, Request{Model: "m"}},
		{"max_tokens 1e3", `{"model":"m","max_tokens":1e3}`, Request{Model: "m", MaxTokens: 1000}},
		{"max_tokens absurd", `{"model":"m","max_tokens":99999999999999999999}`, Request{Model: "m", MaxTokens: math.MaxInt64}},
		{"max_tokens 1e400", `{"model":"m","max_tokens":1e400}`, Request{Model: "m", MaxTokens: math.MaxInt64}},
		{"max_tokens -1e400", `{"model":"m","max_tokens":-1e400}`, Request{Model: "m"}},
		{"max_tokens 2^63", `{"model":"m","max_tokens":9223372036854775808.0}`, Request{Model: "m", MaxTokens: math.MaxInt64}},
		{"n", `{"model":"m","n":3}`, Request{Model: "m", N: 3}},
		{"n zero", `{"model":"m","n":0}`, Request{Model: "m", N: 1}},
		{"text", `{"model":"m","messages":[{"role":"system","content":"12345"},{"role":"user","content":"678"}]}`, Request{Model: "m", TextBytes: 8}},
		{"text decoded", `{"model":"m","messages":[{"role":"user","content":"\u4e16\n\ud83d\ude00\ud83d"}]}`, Request{Model: "m", TextBytes: 3 + 1 + 4 + 3}},
		{"text parts", `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"1234"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}`, Request{Model: "m", TextBytes: 4}},
		{"tool schemas", `{"model":"m","tools":[{"function":{"description":"x","text":"y"}}],"messages":[]}`, Request{Model: "m"}},
		{"what is text elsewhere", `{"model":"m","messages":[{"output":"x","refusal":"y","arguments":"z","content":null}]}`, Request{Model: "m"}},
		{"many parts", `{"model":"m","messages":[` + strings.Repeat(`{"content":[{"text":"a"},{}]},`, 2000) + `{}]}`, Request{Model: "m", TextBytes: 2000}},
		{"input", `{"model":"m","input":["12","345"]}`, Request{Model: "m", TextBytes: 5}},
		{"prompt", `{"model":"m","prompt":"123456"}`, Request{Model: "m", TextBytes: 6}},
		{"repeated keys pass", `{"model":"m","x":1,"x":2,"seed":9007199254740993}`, Request{Model: "m"}},
	}
	for _, test := range tests {
		got, err := ParseRequest(ChatCompletions, []byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if test.want.N == 0 {
			test.want.N = 1
		}
		got.body, got.model, got.options = nil, span{}, options{}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

// What the other APIs call the things that count.
func TestParseRequestReadsEveryAPI(t *testing.T) {
	all := `{"model":"m","stream":true,"stream_options":{"include_usage":true},"n":3,"max_tokens":5,"max_completion_tokens":6,"max_output_tokens":7,` +
		`"messages":[{"content":"1"}],"prompt":"12","input":"1234","instructions":"12345678","system":"1234567890123456"}`
	tests := []struct {
		name string
		api  API
		body string
		want Request
	}{
		{"chat", ChatCompletions, all, Request{Model: "m", Stream: true, IncludeUsage: true, N: 3, MaxTokens: 6, TextBytes: 1 + 2 + 4}},
		{"embeddings", Embeddings, all, Request{Model: "m", NoOutput: true, TextBytes: 4}},
		{"responses", Responses, all, Request{Model: "m", Stream: true, MaxTokens: 7, TextBytes: 4 + 8}},
		{"messages", Messages, all, Request{Model: "m", Stream: true, MaxTokens: 5, TextBytes: 1 + 16}},
		{"texts to embed", Embeddings, `{"model":"m","input":["12","\u4e16",""]}`, Request{Model: "m", NoOutput: true, TextBytes: 5}},
		{"tokens to embed", Embeddings, `{"model":"m","input":[1,100257,-3]}`, Request{Model: "m", NoOutput: true, TextBytes: 12, TextTokens: 3}},
		{"lists of tokens to embed", Embeddings, `{"model":"m","input":[[1,2],[3]]}`, Request{Model: "m", NoOutput: true, TextBytes: 12, TextTokens: 3}},
		{"parts to embed", Embeddings, `{"model":"m","input":[{"text":"123","image":"data:AAAA"}]}`, Request{Model: "m", NoOutput: true, TextBytes: 3}},
		{"stream null to embed", Embeddings, `{"model":"m","stream":null}`, Request{Model: "m", NoOutput: true}},
		{"items of a response", Responses, `{"model":"m","input":[{"role":"user","content":"12"},{"type":"message","content":[{"type":"input_text","text":"345"},{"type":"input_image","image_url":"data:AAAA"}]},` +
			`{"type":"function_call","name":"f","arguments":"{}"},{"type":"function_call_output","output":"6789"},{"type":"reasoning","summary":[{"text":"0"}],"encrypted_content":"AAAA"}]}`,
			Request{Model: "m", TextBytes: 2 + 3 + 4 + 1}},
		{"variables of a response", Responses, `{"model":"m","prompt":{"id":"p","variables":{"text":"x"}},"text":{"format":{"type":"text"}},"tools":[{"text":"x"}]}`, Request{Model: "m"}},
		{"blocks of a message", Messages, `{"model":"m","system":[{"type":"text","text":"12","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"345"},` +
			`{"type":"image","source":{"type":"base64","data":"AAAA"}},{"type":"tool_result","tool_use_id":"t","content":"6789"},{"type":"tool_result","content":[{"type":"text","text":"0"}]}]}],"tools":[{"description":"x","text":"x"}]}`,
			Request{Model: "m", TextBytes: 2 + 3 + 4 + 1}},
	}
	for _, test := range tests {
		got, err := ParseRequest(test.api, []byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		test.want.N = max(test.want.N, 1)
		got.api, got.body, got.model, got.options = 0, nil, span{}, options{}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	deep := func(n int) string { return `{"model":"m","x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	tests := []struct{ name, body, param, message string }{
		{"nothing", "", "", "the body is empty"},
		{"white space", " ", "", "the body is not valid JSON"},
		{"cut", `{"model":"m"`, "", "the body is not valid JSON"},
		{"trailing data", `{"model":"m"} {}`, "", "the body has data behind"},
		{"trailing brace", `{"model":"m"}}`, "", "the body has data behind"},
		{"trailing comma", `{"model":"m",}`, "", "the body is not valid JSON"},
		{"byte order mark", "\xEF\xBB\xBF" + `{"model":"m"}`, "", "the body is not valid JSON"},
		{"array", `[{"model":"m"}]`, "", "the body must be a JSON object"},
		{"null", `null`, "", "the body must be a JSON object"},
		{"NaN", `{"model":"m","temperature":NaN}`, "", "the body is not valid JSON"},
		{"raw control character", "{\"model\":\"m\",\"x\":\"a\nb\"}", "", "the body is not valid JSON"},
		{"half escape", `{"model":"m\u12`, "", "the body is not valid JSON"},
		{"missing", `{"messages":[]}`, "model", "model is missing"},
		{"wrong case", `{"Model":"m"}`, "model", "model is missing"},
		{"null model", `{"model":null}`, "model", "model must be a string"},
		{"number", `{"model":1}`, "model", "model must be a string"},
		{"repeated", `{"model":"m","model":"m"}`, "model", "model is given more than once"},
		{"repeated, escaped", `{"model":"m","mode\u006c":"n"}`, "model", "model is given more than once"},
		{"repeated, other case", `{"model":"m","MODEL":"n"}`, "model", "model is given more than once"},
		{"repeated, other kind", `{"model":"m","model":null}`, "model", "model is given more than once"},
		{"stream text", `{"model":"m","stream":"true"}`, "stream", "stream must be true or false"},
		{"stream number", `{"stream":1,"model":"m"}`, "stream", "stream must be true or false"},
		{"stream wrong, then right", `{"stream":1,"model":"m","stream":true}`, "stream", "stream must be true or false"},
		{"bad JSON goes before a wrong stream", `{"stream":1,"model":"m"`, "", "the body is not valid JSON"},
		{"deep", deep(maxDepth), "", "the body is nested deeper than 512 levels"},
		{"very deep", deep(1_000_000), "", "the body is nested deeper than 512 levels"},
	}
	for _, test := range tests {
		for _, api := range apis {
			_, err := ParseRequest(api, []byte(test.body))
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Errorf("%s, API %d: got %v", test.name, api, err)
				continue
			}
			if refusal.Param != test.param || !strings.HasPrefix(refusal.Message, test.message) {
				t.Errorf("%s, API %d: got %q, %q", test.name, api, refusal.Param, refusal.Message)
			}
		}
	}
	if _, err := ParseRequest(ChatCompletions, []byte(deep(maxDepth-1))); err != nil {
		t.Errorf("512 levels: %v", err)
	}
}

// The scanner accepts exactly what encoding/json accepts: random documents and
// the same with a byte changed.
func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	scraps := []string{`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"\u00e9\ud83d\ude00"`, `"`, `\`, `"\x"`, `0`, `-1.5e+3`, `01`, `1.`, `-`, `1e`, `true`, `nul`, ` `, "\n", "\x00", "\xff", `"0123456789abcdef"`, "\"1234567\x1f\""}
	rapid.Check(t, func(t *rapid.T) {
		var doc []byte
		if rapid.Bool().Draw(t, "sound") {
			doc = []byte(document().Draw(t, "doc"))
			if rapid.Bool().Draw(t, "spoil") {
				doc[rapid.IntRange(0, len(doc)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		} else {
			doc = []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(scraps), 0, 12).Draw(t, "scraps"), ""))
		}
		s := scanner{data: doc}
		s.skip()
		if got, want := s.end(), json.Valid(doc); got != want {
			t.Fatalf("%q: got %v, encoding/json says %v", doc, got, want)
		}
	})
}

// document draws sound JSON text.
func document() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var draw func(depth int) any
		draw = func(depth int) any {
			switch n := rapid.IntRange(0, 6).Draw(t, "kind"); {
			case n == 0 && depth > 0:
				return rapid.MapOfN(rapid.String(), rapid.Just(draw(depth-1)), 0, 3).Draw(t, "object")
			case n == 1 && depth > 0:
				return []any{draw(depth - 1), draw(depth - 1)}
			case n == 2:
				return rapid.Float64().Draw(t, "float")
			case n == 3:
				return rapid.Int64().Draw(t, "integer")
			case n == 4:
				return []any{nil, true, false}[rapid.IntRange(0, 2).Draw(t, "literal")]
			}
			return rapid.String().Draw(t, "text")
		}
		text, err := json.Marshal(draw(4))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

// Decoding and measuring strings agree with encoding/json.
func TestTextAgreesWithEncodingJSON(t *testing.T) {
	scraps := []string{`a`, `é`, `世`, `😀`, `\n`, `\/`, `\"`, `\\`, `\b\f\r\t`, `\u0000`, `\u00e9`, `\u4e16`, `\ud83d`, `\ude00`, `\ud83d\ude00`, `\uD83D`, "\xff", "\xe4\xb8", `01234567`}
	rapid.Check(t, func(t *rapid.T) {
		doc := `"` + strings.Join(rapid.SliceOf(rapid.SampledFrom(scraps)).Draw(t, "scraps"), "") + `"`
		var want string
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatal(err)
		}
		s := scanner{data: []byte(doc)}
		if got := s.text(); got != want || !s.end() {
			t.Fatalf("%s: got %q, want %q", doc, got, want)
		}
		s = scanner{data: []byte(doc)}
		_, _, size := s.str()
		if utf8.ValidString(doc) && size != len(want) {
			t.Fatalf("%s: size %d, want %d", doc, size, len(want))
		}
		var again string
		if err := json.Unmarshal(quote(nil, want), &again); err != nil || again != want {
			t.Fatalf("quote(%q) = %s, %v", want, quote(nil, want), err)
		}
	})
}
