package query

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTags(t *testing.T) {
	for text, want := range map[string]map[string]string{
		`{}`:                          {},
		` { "a" : "b" , "c" : "" } `:  {"a": "b", "c": ""},
		`{"Größe":"\u00e9\n"}`:        {"Größe": "é\n"},
		`{"":"empty"}`:                {"": "empty"},
		`{"{":"}","a":"\"},{\"b\":"}`: {"{": "}", "a": `"},{"b":`},
	} {
		got, err := requestTags(http.Header{TagsHeader: {text}})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	if got, err := requestTags(http.Header{}); got != nil || err != nil {
		t.Errorf("no header: got %v, %v", got, err)
	}
	for _, text := range badTagTexts {
		if got, err := requestTags(http.Header{TagsHeader: {text}}); err == nil {
			t.Errorf("%q: got %v; want an error", text, got)
		}
	}
}

var badTagTexts = []string{
	``, ` `, `null`, `true`, `1`, `"a"`, `[]`, `["a"]`, `{`, `}`, `{]`, `{"a"}`, `{"a":}`, `{"a":"b"`, `{"a":"b",}`, `{,}`, `{"a" "b"}`,
	`{"a":"b" "c":"d"}`, `{a:"b"}`, `{'a':'b'}`, `{"a":"b"}}`, `{"a":"b"} {}`, `{"a":"b"},`, `{"a":"b"}x`, `{}null`,
	`{"a":1}`, `{"a":null}`, `{"a":true}`, `{"a":{}}`, `{"a":[]}`, `{"a":{"b":"c"}}`,
	`{"a":"b","a":"b"}`, `{"a":"b","A":"c"}`, `{"a":"b","\u0061":"c"}`,
	"{\"a\":\"\xff\"}", "{\"\xff\":\"a\"}", "{\"a\":\"\n\"}", `{"a":"\x"}`, `{1:"a"}`, `{null:"a"}`,
	`{"a":"\ud800"}`, `{"\udc00":"a"}`,
}

// What is taken is what encoding/json reads, once it has been checked for all
// that it lets pass.
func FuzzTags(f *testing.F) {
	for _, text := range badTagTexts {
		f.Add(text)
	}
	f.Add(`{"a":"b","c":"\ud83d\ude00"}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseTags(text)
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
