package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestCheckRefuses(t *testing.T) {
	tests := []struct {
		name, doc, pointer, reason string
		offset                     int64
	}{
		{"nothing", "", "", "the document is empty", 0},
		{"white space", " \n", "", "the document is empty", 2},
		{"second value", `{} {}`, "", "the document has data behind its value", 3},
		{"second bracket", `{"a":1}}`, "", "the document has data behind its value", 7},
		{"cut", `{"a":[1,`, "/a/1", "the document ends where a value should be", 8},
		{"cut behind a value", `{"a":[1`, "/a", "the document ends where a comma or a closing bracket should be", 7},
		{"trailing comma", `[1,]`, "/1", "is not valid JSON: want a value at byte 3", 3},
		{"trailing comma, object", `{"a":1,}`, "", "is not valid JSON: want a member's name at byte 7", 7},
		{"no colon", `{"a" 1}`, "/a", "is not valid JSON: want a colon at byte 5", 5},
		{"single quotes", `{'a':1}`, "", "is not valid JSON: want a member's name at byte 1", 1},
		{"comment", `{/**/}`, "", "is not valid JSON: want a member's name at byte 1", 1},
		{"byte order mark", "\xEF\xBB\xBF{}", "", "is not valid JSON: want a value at byte 0", 0},
		{"literal", `[nul]`, "/0", "is not valid JSON: want a value at byte 1", 1},
		{"leading zero", `[01]`, "", "is not valid JSON: want a comma or a closing bracket at byte 2", 2},
		{"repeated", `{"a":{"b":1,"c":2,"b":1}}`, "/a/b", "is given more than once", 18},
		{"repeated, escaped", `{"a":1,"\u0061":2}`, "/a", "is given more than once", 7},
		{"repeated, other case", `{"name":1,"NAME":2}`, "/NAME", `differs only by case from "name"`, 10},
		{"repeated, long s", `{"owners":1,"ownerſ":2}`, "/ownerſ", `differs only by case from "owners"`, 12},
		{"repeated, Kelvin sign", `{"key":1,"` + "\u212A" + `ey":2}`, "/\u212Aey", `differs only by case from "key"`, 9},
		{"repeated, empty", `{"":1,"":2}`, "/", "is given more than once", 6},
		{"pointer escapes", `{"a/b":{"~":[{},{"x":1,"x":2}]}}`, "/a~1b/~0/1/x", "is given more than once", 23},
		{"not UTF-8", "[\"a\xffb\"]", "/0", "is not UTF-8 at byte 3", 3},
		{"overlong", "\"\xc0\x80\"", "", "is not UTF-8 at byte 1", 1},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", "", "is not UTF-8 at byte 1", 1},
		{"high surrogate", `"\ud83d"`, "", "holds half a surrogate pair at byte 1", 1},
		{"low surrogate", `"\ude00\ud83d"`, "", "holds half a surrogate pair at byte 1", 1},
		{"two high surrogates", `"\ud83d\ud83d"`, "", "holds half a surrogate pair at byte 1", 1},
		{"surrogate in a key", `{"\ud83d":1}`, "", "holds half a surrogate pair at byte 2", 2},
		{"raw line feed", "\"a\nb\"", "", "holds the control character U+000A", 2},
		{"escaped NUL", `{"a":"\u0000"}`, "/a", "holds the control character U+0000", 6},
		{"escaped backspace", `"\b"`, "", "holds the control character U+0008", 1},
		{"DEL", "\"\x7f\"", "", "holds the control character U+007F", 1},
		{"C1", "\"\u0085\"", "", "holds the control character U+0085", 1},
		{"bad escape", `"\x"`, "", "is not valid JSON: want an escape sequence at byte 1", 1},
		{"short escape", `"\u12"`, "", "is not valid JSON: want an escape sequence at byte 1", 1},
		{"open string", `["abc`, "/0", "is a string without an end", 1},
		{"string ends in an escape", `"\`, "", "the document ends where an escape sequence should be", 2},
		{"1e400", `{"a":[0,1e400]}`, "/a/1", "is a number out of range", 8},
		{"-1e400", `-1e400`, "", "is a number out of range", 0},
		{"beyond int64", `9223372036854775808`, "", "is a number out of range", 0},
		{"below int64", `-9223372036854775809`, "", "is a number out of range", 0},
		{"65 levels", nested(65), strings.Repeat("/0", 64), "is nested deeper than 64 levels", 64},
		{"a million levels", nested(1_000_000), strings.Repeat("/0", 64), "is nested deeper than 64 levels", 64},
		{"a million open objects", strings.Repeat(`{"":`, 1_000_000), strings.Repeat("/", 64), "is nested deeper than 64 levels", 256},
	}
	for _, test := range tests {
		err := Check([]byte(test.doc))
		want := &Error{test.pointer, test.reason, test.offset}
		var got *Error
		if !errors.As(err, &got) || *got != *want {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, err, want)
		}
		var into any
		if err := Unmarshal([]byte(test.doc), &into); err == nil || into != nil {
			t.Errorf("%s: Unmarshal says %v and stores %v", test.name, err, into)
		}
	}
}

func TestCheckAccepts(t *testing.T) {
	for _, doc := range []string{
		`{}`, `[]`, ` null `, `true`, `0`, `-0`, `-1.5e-3`, `1e308`, `1e-400`, `""`,
		`9223372036854775807`, `-9223372036854775808`, `"\ud83d\ude00\t\n\r\/\"\\"`, `"` + "\uFFFD" + `"`,
		`{"a":{"a":1},"b":{"a":1}}`, `[{"a":1},{"a":1}]`, nested(64),
	} {
		if err := Check([]byte(doc)); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// limit and config stand for the shapes that the library owns.
type limit struct {
	Key    string  `json:"key"`
	Tokens *int64  `json:"tokens,omitempty"`
	Share  float64 `json:"share"`
	Small  int8    `json:"small"`
	Count  uint16  `json:"count"`
	Ratio  float32 `json:"ratio"`
}

type config struct {
	Name    string `json:"name"`
	On      *bool  `json:"on"`
	Limits  []limit
	By      map[string]*limit `json:"by"`
	Raw     json.RawMessage   `json:"raw"`
	Any     any               `json:"any"`
	Number  json.Number       `json:"number"`
	Bytes   []byte            `json:"bytes"`
	At      *time.Time        `json:"at"`
	Wait    wait              `json:"wait"`
	Pause   *wait             `json:"pause"`
	Colour  colour            `json:"colour"`
	Inner   inner             `json:"inner"`
	Big     uint64            `json:"big"`
	Odd     chan int          `json:"odd"`
	Hidden  int               `json:"-"`
	private int
}

// wait reads its own JSON.
type wait struct{ time.Duration }

func (w *wait) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New("must be a duration")
	}
	d, err := time.ParseDuration(text)
	w.Duration = d
	return err
}

// colour reads itself from a string, and is a number inside.
type colour int

func (c *colour) UnmarshalText(text []byte) error {
	if string(text) != "RED" {
		return fmt.Errorf("must be RED, not %q", text)
	}
	*c = 7
	return nil
}

// inner answers with errors of this package.
type inner struct{ N int }

func (n *inner) UnmarshalJSON(data []byte) error {
	type plain inner
	return Unmarshal(data, (*plain)(n))
}

func TestUnmarshalStores(t *testing.T) {
	tokens, on := int64(9007199254740993), true
	want := config{
		Name:   "a",
		On:     &on,
		Limits: []limit{{Key: "k", Tokens: &tokens, Share: 0.1, Small: -128, Count: 65535, Ratio: 1.5}},
		By:     map[string]*limit{"x": nil, "y": {Tokens: new(int64)}},
		Raw:    json.RawMessage(`{"ANY": [9007199254740993]}`),
		Any:    map[string]any{"b": []any{1.0, "c", true, nil}},
		Number: "12345678901234567",
		Bytes:  []byte("hi"),
		Wait:   wait{time.Second},
		Colour: 7,
		Inner:  inner{N: 3},
		Big:    9223372036854775807,
	}
	doc := `{"name":"a","on":true,"Limits":[{"key":"k","tokens":9007199254740993,"share":1e-1,"small":-128,"count":65535,"ratio":1.5}],
		"by":{"x":null,"y":{"tokens":0}},"raw":{"ANY": [9007199254740993]},"any":{"b":[1,"c",true,null]},"number":12345678901234567,
		"bytes":"aGk=","at":null,"wait":"1s","pause":null,"colour":"RED","inner":{"N":3},"big":9223372036854775807,"odd":null}`
	var got config
	if err := Unmarshal([]byte(doc), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if got.private != 0 || got.Hidden != 0 {
		t.Error("stored where no member leads")
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	tests := []struct{ name, doc, pointer, reason string }{
		{"unknown", `{"nam":"a"}`, "/nam", "is not known"},
		{"unknown, nested", `{"by":{"x":{"tokns":1}}}`, "/by/x/tokns", "is not known"},
		{"case", `{"NAME":"a"}`, "/NAME", `is not known, want "name"`},
		{"case without a tag", `{"limits":[]}`, "/limits", `is not known, want "Limits"`},
		{"long s", `{"Limitſ":[]}`, "/Limitſ", `is not known, want "Limits"`},
		{"hidden", `{"Hidden":1}`, "/Hidden", "is not known"},
		{"private", `{"private":1}`, "/private", "is not known"},
		{"object", `[]`, "", "must be an object, not an array"},
		{"string", `{"name":1}`, "/name", "must be a string, not a number"},
		{"string, object", `{"name":{}}`, "/name", "must be a string, not an object"},
		{"bool", `{"on":"true"}`, "/on", "must be true or false, not a string"},
		{"bool, number", `{"on":1}`, "/on", "must be true or false, not a number"},
		{"array", `{"Limits":{}}`, "/Limits", "must be an array, not an object"},
		{"map", `{"by":true}`, "/by", "must be an object, not true"},
		{"integer in quotes", `{"Limits":[{},{"tokens":"10"}]}`, "/Limits/1/tokens", "must be a whole number, not a string"},
		{"fraction", `{"Limits":[{"tokens":1.5}]}`, "/Limits/0/tokens", "must be a whole number from -9223372036854775808 to 9223372036854775807"},
		{"exponent", `{"Limits":[{"tokens":1e3}]}`, "/Limits/0/tokens", "must be a whole number from -9223372036854775808 to 9223372036854775807"},
		{"int8", `{"Limits":[{"small":128}]}`, "/Limits/0/small", "must be a whole number from -128 to 127"},
		{"uint16", `{"Limits":[{"count":-1}]}`, "/Limits/0/count", "must be a whole number from 0 to 65535"},
		{"big", `{"big":-1}`, "/big", "must be a whole number from 0 to 9223372036854775807"},
		{"float, text", `{"Limits":[{"share":"1"}]}`, "/Limits/0/share", "must be a number, not a string"},
		{"float, inexact", `{"Limits":[{"share":9007199254740993}]}`, "/Limits/0/share", "is a whole number that a float64 cannot hold"},
		{"float, most", `{"Limits":[{"share":9223372036854775807}]}`, "/Limits/0/share", "is a whole number that a float64 cannot hold"},
		{"float32, inexact", `{"Limits":[{"ratio":16777217}]}`, "/Limits/0/ratio", "is a whole number that a float32 cannot hold"},
		{"float32, range", `{"Limits":[{"ratio":1e39}]}`, "/Limits/0/ratio", "is a number out of range"},
		{"any, inexact", `{"any":[9007199254740993]}`, "/any/0", "is a whole number that a float64 cannot hold"},
		{"any, repeated", `{"any":{"a":1,"A":2}}`, "/any/A", `differs only by case from "a"`},
		{"raw, repeated", `{"raw":{"a":1,"a":2}}`, "/raw/a", "is given more than once"},
		{"map keys", `{"by":{"x":{},"X":{}}}`, "/by/X", `differs only by case from "x"`},
		{"json.Number", `{"number":"1"}`, "/number", "must be a number, not a string"},
		{"base64", `{"bytes":"?"}`, "/bytes", "must be base64"},
		{"bytes", `{"bytes":[1]}`, "/bytes", "must be a string, not an array"},
		{"own JSON", `{"wait":1}`, "/wait", "must be a duration"},
		{"own text", `{"colour":"BLUE"}`, "/colour", `must be RED, not "BLUE"`},
		{"own text, number", `{"colour":7}`, "/colour", "must be a string, not a number"},
		{"own text, bool", `{"colour":true}`, "/colour", "must be a string, not true"},
		{"own text, array", `{"colour":[]}`, "/colour", "must be a string, not an array"},
		{"own JSON, strict inside", `{"inner": {"N":1.5}}`, "/inner/N", "must be a whole number from -9223372036854775808 to 9223372036854775807"},
		{"unsupported", `{"odd":1}`, "/odd", "cannot be stored: chan int is not supported"},
	}
	for _, test := range tests {
		into := config{Name: "before"}
		err := Unmarshal([]byte(test.doc), &into)
		var got *Error
		if !errors.As(err, &got) || got.Pointer != test.pointer || got.Reason != test.reason {
			t.Errorf("%s:\n got %+v\nwant %s: %s", test.name, err, test.pointer, test.reason)
		}
		if !reflect.DeepEqual(into, config{Name: "before"}) {
			t.Errorf("%s: stored %+v", test.name, into)
		}
	}
	var err *Error
	if !errors.As(Unmarshal([]byte(`{"inner": {"N":1.5}}`), &config{}), &err) || err.Offset != 15 {
		t.Errorf("offset inside a part: %+v", err)
	}
	var hidden struct {
		H int `json:"-"`
	}
	if !errors.As(Unmarshal([]byte(`{"-":1}`), &hidden), &err) || err.Pointer != "/-" {
		t.Errorf("hidden field: %+v", err)
	}
	for _, into := range []any{nil, config{}, (*config)(nil)} {
		if !errors.As(Unmarshal([]byte(`{}`), into), &err) {
			t.Errorf("%T is taken", into)
		}
	}
}

// I43: each known key with one letter changed is refused by name.
func TestUnmarshalRefusesMisspelling(t *testing.T) {
	for _, key := range []string{"key", "tokens", "share", "small", "count", "ratio"} {
		for i := range len(key) {
			wrong := key[:i] + "_" + key[i+1:]
			var got *Error
			if err := Unmarshal([]byte(`{"`+wrong+`":null}`), &limit{}); !errors.As(err, &got) || got.Pointer != "/"+wrong {
				t.Errorf("%s: %v", wrong, err)
			}
		}
	}
}

func TestErrorNamesPackageAndPlace(t *testing.T) {
	err := Unmarshal([]byte(`{"name":1}`), &config{})
	if got, want := err.Error(), "strictjson: /name: must be a string, not a number"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Check(nil).Error(), "strictjson: the document is empty"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
