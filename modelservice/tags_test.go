package modelservice_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelward/modelward/modelservice"
)

func TestTags(t *testing.T) {
	for text, want := range map[string]map[string]string{
		`{}`:                          {},
		` { "a" : "b" , "c" : "" } `:  {"a": "b", "c": ""},
		`{"Größe":"\u00e9\n\u0007"}`:  {"Größe": "é\n\a"},
		`{"":"empty"}`:                {"": "empty"},
		`{"{":"}","a":"\"},{\"b\":"}`: {"{": "}", "a": `"},{"b":`},
		long(modelservice.MaxTags):    {"a": strings.Repeat("x", modelservice.MaxTags-8)},
	} {
		got, err := modelservice.ParseTags("here", text)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%.80s: got %.80v, %v; want %.80v", text, got, err, want)
		}
	}
	for _, text := range badTagTexts {
		got, err := modelservice.ParseTags("here", text)
		var e *modelservice.Error
		if !errors.As(err, &e) || e.Code != modelservice.CodeInvalidParameter || e.Field != "here" || !strings.Contains(e.Message, "here") {
			t.Errorf("%.80q: got %.80v, %v; want an error that says where", text, got, err)
		}
	}
}

// long are tags of so many bytes.
func long(n int) string { return `{"a":"` + strings.Repeat("x", n-8) + `"}` }

var badTagTexts = []string{
	``, ` `, `null`, `true`, `1`, `"a"`, `[]`, `["a"]`, `{`, `}`, `{]`, `{"a"}`, `{"a":}`, `{"a":"b"`, `{"a":"b",}`, `{,}`, `{"a" "b"}`,
	`{"a":"b" "c":"d"}`, `{a:"b"}`, `{'a':'b'}`, `{"a":"b"}}`, `{"a":"b"} {}`, `{"a":"b"},`, `{"a":"b"}x`, `{}null`,
	`{"a":1}`, `{"a":null}`, `{"a":true}`, `{"a":{}}`, `{"a":[]}`, `{"a":{"b":"c"}}`,
	`{"a":"b","a":"b"}`, `{"a":"b","A":"c"}`, `{"a":"b","\u0061":"c"}`,
	"{\"a\":\"\xff\"}", "{\"\xff\":\"a\"}", "{\"a\":\"\n\"}", `{"a":"\x"}`, `{1:"a"}`, `{null:"a"}`,
	`{"a":"\ud800"}`, `{"\udc00":"a"}`, `{"a":"\ufffd"}`, long(modelservice.MaxTags + 1),
}

// What is taken is what encoding/json reads, once it has been checked for all
// that it lets pass.
func FuzzTags(f *testing.F) {
	for _, text := range badTagTexts {
		f.Add(text)
	}
	f.Add(`{"a":"b","c":"\ud83d\ude00"}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := modelservice.ParseTags("here", text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the message has lines: %q", text, err)
			}
			return
		}
		var want map[string]string
		if err := json.Unmarshal([]byte(text), &want); err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: got %v; want %v, %v", text, got, want, err)
		}
		folded := map[string]bool{}
		for key := range got {
			folded[strings.ToLower(key)] = true
		}
		if len(folded) != len(got) || !utf8.ValidString(text) {
			t.Errorf("%q was taken", text)
		}
	})
}
