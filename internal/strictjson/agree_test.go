package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// naive is Check by way of encoding/json: slow, obvious, without pointers.
func naive(doc []byte) bool {
	if !utf8.Valid(doc) || !json.Valid(doc) || halfPairs(doc) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	type container struct {
		keys  []string
		isKey bool
		obj   bool
	}
	var open []container
	for {
		token, err := d.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		var top *container
		if len(open) > 0 {
			top = &open[len(open)-1]
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				open = open[:len(open)-1]
				continue
			}
			if top != nil {
				top.isKey = top.obj
			}
			if open = append(open, container{obj: v == '{', isKey: v == '{'}); len(open) > maxDepth {
				return false
			}
			continue
		case json.Number:
			var n int64
			var f float64
			var err error
			if strings.ContainsAny(string(v), ".eE") {
				err = json.Unmarshal([]byte(v), &f)
			} else {
				err = json.Unmarshal([]byte(v), &n)
			}
			if err != nil {
				return false
			}
		case string:
			if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) }) {
				return false
			}
			if top != nil && top.isKey {
				for _, key := range top.keys {
					if strings.EqualFold(key, v) {
						return false
					}
				}
				top.keys = append(top.keys, v)
				top.isKey = false
				continue
			}
		}
		if top != nil {
			top.isKey = top.obj
		}
	}
}

// halfPairs finds half a surrogate pair in sound JSON: read as JSON it becomes
// U+FFFD that was not written as one.
func halfPairs(doc []byte) bool {
	written := bytes.Count(doc, []byte("\uFFFD"))
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		if i+6 <= len(doc) && strings.EqualFold(string(doc[i:i+6]), `\ufffd`) {
			written++
		}
		i++
	}
	var buf bytes.Buffer
	d := json.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.Token()
		if err != nil {
			return strings.Count(buf.String(), "\uFFFD") != written
		}
		if s, ok := token.(string); ok {
			buf.WriteString(s)
		}
	}
}

// agree holds Check against the naive reading, and the place of the first fault
// against the tokenizer's.
func agree(t interface{ Fatalf(string, ...any) }, doc []byte) {
	err := Check(doc)
	if want := naive(doc); (err == nil) != want {
		t.Fatalf("%q: got %v, the naive reading says %v", doc, err, want)
	}
	var refusal *Error
	if err != nil && (!errors.As(err, &refusal) || refusal.Offset < 0 || refusal.Offset > int64(len(doc))) {
		t.Fatalf("%q: %#v", doc, err)
	}
	place, bad := fault(string(doc))
	if bad != (err != nil) || bad && place != refusal.Pointer {
		t.Fatalf("%q: got %v, the tokenizer says %t at %q", doc, err, bad, place)
	}
	// A type can be refused before the text is, never after, and not in its place.
	var typed *Error
	if got := Unmarshal(doc, new(config)); err != nil && (!errors.As(got, &typed) || typed.Offset > refusal.Offset) {
		t.Fatalf("%q: Check says %v, Unmarshal %v", doc, err, got)
	}
	var strict, lenient any
	if got := Unmarshal(doc, &strict); got == nil {
		if err != nil {
			t.Fatalf("%q: Unmarshal takes what Check refuses: %v", doc, err)
		}
		if err := json.Unmarshal(doc, &lenient); err != nil || !reflect.DeepEqual(strict, lenient) {
			t.Fatalf("%q: stored %v, encoding/json %v, %v", doc, strict, lenient, err)
		}
	}
}

func TestCheckAgreesWithNaiveReading(t *testing.T) {
	scraps := []string{
		`{`, `}`, `[`, `]`, `,`, `:`, `"a":`, `"A":`, `"s":`, `"ſ":`, `"k":`, "\"\u212A\":", `"\u017F":`, `"b":1`, `"é":`, `"É":`,
		`1`, `-0`, `-`, `1.5`, `1.`, `1e`, `1e+`, `1E+5`, `1e400`, `9223372036854775808`, `01`, `true`, `null`, `nul`, ` `, "\n", "\x00",
		`"`, `""`, `"\ud83d\ude00"`, `"\ud83d"`, `"\u0007"`, `"\n"`, "\"\u0085\"", "\"\xff\"", `\`, "\uFFFD", `"\ufffd"`,
	}
	rapid.Check(t, func(t *rapid.T) {
		doc := strings.Join(rapid.SliceOfN(rapid.SampledFrom(scraps), 0, 8).Draw(t, "scraps"), "")
		agree(t, []byte(doc))
	})
	rapid.Check(t, func(t *rapid.T) { // objects are rare among scraps
		var members []string
		for _, key := range rapid.SliceOfN(rapid.SampledFrom(scraps), 0, 5).Draw(t, "keys") {
			members = append(members, strings.TrimSuffix(key, ":")+":"+rapid.SampledFrom(scraps).Draw(t, "value"))
		}
		agree(t, []byte("["+"{"+strings.Join(members, ",")+"}]"))
	})
}

// Numbers, of all sorts of pieces, alone and with something behind them.
func TestNumbersAgree(t *testing.T) {
	n := 0
	for _, sign := range []string{"", "-", "+", "--"} {
		for _, whole := range []string{"", "0", "00", "01", "1", "12", "9007199254740993", "9223372036854775807", "9223372036854775808", "1_0", "0x1", "١", "１", "NaN", "Infinity"} {
			for _, fraction := range []string{"", ".", ".0", ".5", ".5.5", ",5"} {
				for _, exponent := range []string{"", "e", "E", "e+", "e-", "e1", "E+01", "e-0", "e308", "e309", "e400", "e-400", "e99999999999999999999", "e1.5", "ee1", "f"} {
					for _, behind := range []string{"", " ", "]"} {
						n++
						agree(t, []byte(sign+whole+fraction+exponent+behind))
						agree(t, []byte(`{"a":[`+sign+whole+fraction+exponent+behind+`]}`))
					}
				}
			}
		}
	}
	if n < 10_000 {
		t.Errorf("only %d", n)
	}
}

// Two keys are one for us exactly when they are one field for encoding/json.
func TestFoldIsThatOfEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("aAkK\u212AsSſéÉσςΣß-_1ǅǆǄ"))
		a := string(rapid.SliceOfN(letters, 1, 4).Draw(t, "a"))
		b := string(rapid.SliceOfN(letters, 1, 4).Draw(t, "b"))
		if got, want := fold(a) == fold(b), strings.EqualFold(a, b); got != want {
			t.Fatalf("%q and %q: %v, want %v", a, b, got, want)
		}
	})
	for _, key := range []string{"NAME", "Name", "name"} {
		var into struct{ Name int }
		doc := fmt.Sprintf(`{%q:1}`, key)
		if err := json.Unmarshal([]byte(doc), &into); err != nil || into.Name != 1 {
			t.Fatalf("encoding/json does not fold %s any more: %v", key, err)
		}
		if err := Unmarshal([]byte(doc), &into); (err == nil) != (key == "Name") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"name":"a","limits":[{"tokens":10}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) { agree(t, doc) })
}

// Whatever Unmarshal takes it stores as encoding/json does.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"name":"a","Limits":[{"key":"k","tokens":10}],"any":{"x":[1]}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var strict, lenient config
		err := Unmarshal(doc, &strict)
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Fatalf("%q: %v", doc, err)
			}
			if strings.HasPrefix(refusal.Reason, "json:") {
				t.Fatalf("%q: only encoding/json saw it: %v", doc, err)
			}
			return
		}
		if err := Check(doc); err != nil {
			t.Fatalf("%q: Unmarshal takes what Check refuses: %v", doc, err)
		}
		if err := json.Unmarshal(doc, &lenient); err != nil || !reflect.DeepEqual(strict, lenient) {
			t.Fatalf("%q: stored %+v, encoding/json %+v, %v", doc, strict, lenient, err)
		}
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	doc := []byte(`{"name":"a","Limits":[` + strings.Repeat(`{"key":"k","tokens":10,"share":0.5},`, 19) + `{"key":"k"}]}`)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var into config
		if err := Unmarshal(doc, &into); err != nil {
			b.Fatal(err)
		}
	}
}
