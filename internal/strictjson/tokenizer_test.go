package strictjson

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tokenizer is Check once more, and shares nothing with it nor with
// encoding/json: no recursion, a stack of what is open and a word for what may
// come next; numbers by a regular expression. It says where the first fault is,
// and is slow: it looks at all the names of an object for each of them.
type tokenizer struct {
	rest string
	open []*level
	want string // value, first (a value or the end of an array), name, firstName, colon, more, nothing
}

// level is an object or an array that is open.
type level struct {
	object bool
	names  []string
	index  int
	within bool // the place is inside a member or an element
}

// number is as much as a reader takes for a number before it finds out better.
var (
	number      = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]*)?`)
	soundNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// fault is the place of the first fault of a document, and whether there is one.
func fault(doc string) (pointer string, bad bool) {
	t := &tokenizer{rest: doc, want: "value"}
	for {
		t.rest = strings.TrimLeft(t.rest, " \t\r\n")
		if t.want == "nothing" {
			return t.place(), t.rest != ""
		}
		if t.rest == "" || !t.step(t.rest[0]) {
			return t.place(), true
		}
	}
}

func (t *tokenizer) top() *level {
	if len(t.open) == 0 {
		return &level{}
	}
	return t.open[len(t.open)-1]
}

// step takes one token, and reports whether it may be there.
func (t *tokenizer) step(c byte) bool {
	top := t.top()
	switch t.want {
	case "colon":
		t.want = "value"
		return t.skip(":")
	case "more":
		top.within = false
		if top.object && t.skip("}") || !top.object && t.skip("]") {
			t.closed()
			return true
		}
		if top.object {
			t.want = "name"
		} else {
			t.want, top.index, top.within = "value", top.index+1, strings.HasPrefix(t.rest, ",")
		}
		return t.skip(",")
	case "firstName", "name":
		if t.want == "firstName" && t.skip("}") {
			t.closed()
			return true
		}
		if c != '"' {
			return false
		}
		name, ok := t.text()
		if !ok {
			return false
		}
		top.within = true
		top.names = append(top.names, name)
		for _, before := range top.names[:len(top.names)-1] {
			if strings.EqualFold(before, name) {
				return false
			}
		}
		t.want = "colon"
		return true
	case "first":
		if t.skip("]") {
			t.closed()
			return true
		}
		top.within = true
	}
	return t.value(c)
}

func (t *tokenizer) value(c byte) bool {
	switch c {
	case '{', '[':
		if len(t.open) == 64 {
			return false
		}
		t.rest = t.rest[1:]
		t.open = append(t.open, &level{object: c == '{'})
		t.want = map[byte]string{'{': "firstName", '[': "first"}[c]
		return true
	case '"':
		if _, ok := t.text(); !ok {
			return false
		}
	case 't', 'f', 'n':
		if !t.skip("true") && !t.skip("false") && !t.skip("null") {
			return false
		}
	default:
		text := number.FindString(t.rest)
		if !soundNumber.MatchString(text) || !inRange(text) {
			return false
		}
		t.rest = t.rest[len(text):]
	}
	t.after()
	return true
}

// closed leaves what was open, which was a value itself.
func (t *tokenizer) closed() {
	t.open = t.open[:len(t.open)-1]
	t.after()
}

func (t *tokenizer) after() {
	t.want = "more"
	if len(t.open) == 0 {
		t.want = "nothing"
	} else {
		t.top().within = false
	}
}

func (t *tokenizer) skip(word string) bool {
	rest, ok := strings.CutPrefix(t.rest, word)
	t.rest = rest
	return ok
}

func inRange(text string) bool {
	if strings.ContainsAny(text, ".eE") {
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	}
	n, ok := new(big.Int).SetString(text, 10)
	return ok && n.IsInt64()
}

// text takes a string. Its units are those of UTF-16, as JSON has it, so that
// pairs and halves are told apart at the end.
func (t *tokenizer) text() (string, bool) {
	end := 1
	for ; end < len(t.rest) && t.rest[end] != '"'; end++ {
		if t.rest[end] == '\\' {
			end++
		}
	}
	if end >= len(t.rest) {
		return "", false
	}
	raw := t.rest[1:end]
	t.rest = t.rest[end+1:]
	if !utf8.ValidString(raw) {
		return "", false
	}
	var units []uint16
	for raw != "" {
		r, n := utf8.DecodeRuneInString(raw)
		if r != '\\' {
			if r < 0x20 || 0x7F <= r && r < 0xA0 {
				return "", false
			}
			units, raw = utf16.AppendRune(units, r), raw[n:]
			continue
		}
		short := map[byte]uint16{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 'r': '\r', 't': '\t'}
		if u, ok := short[raw[1]]; ok {
			units, raw = append(units, u), raw[2:]
			continue
		}
		if raw[1] != 'u' || len(raw) < 6 {
			return "", false
		}
		u, err := strconv.ParseUint(raw[2:6], 16, 16)
		if err != nil || u < 0x20 && u != '\t' && u != '\n' && u != '\r' || 0x7F <= u && u < 0xA0 {
			return "", false
		}
		units, raw = append(units, uint16(u)), raw[6:]
	}
	for i := 0; i < len(units); i++ {
		switch units[i] & 0xFC00 {
		case 0xD800:
			if i+1 == len(units) || units[i+1]&0xFC00 != 0xDC00 {
				return "", false
			}
			i++
		case 0xDC00:
			return "", false
		}
	}
	return string(utf16.Decode(units)), true
}

// place is the pointer to where the tokenizer is.
func (t *tokenizer) place() string {
	var b strings.Builder
	for i, l := range t.open {
		switch {
		case !l.within && (t.want != "first" || i < len(t.open)-1):
		case !l.object:
			b.WriteString("/" + strconv.Itoa(l.index))
		default:
			name := l.names[len(l.names)-1]
			if len(name) > 256 {
				name = strings.ToValidUTF8(name[:256], "") + "…"
			}
			b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		}
	}
	return b.String()
}
