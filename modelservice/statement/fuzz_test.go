package statement

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, r := range readings {
		f.Add(r.text)
	}
	for _, r := range refusals {
		f.Add(r.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		checkRoundTrip(t, s)
	})
}

// checkError holds for the error of any text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	e, ok := err.(*SyntaxError)
	if !ok {
		t.Fatalf("%q: not a *SyntaxError: %T", text, err)
	}
	if e.Offset < 0 || e.Offset > len(text) || e.Line < 1 || e.Column < 1 {
		t.Fatalf("%q: impossible place: %v", text, e)
	}
	if line := strings.NewReplacer("\r\n", "\n", "\r", "\n"); utf8.ValidString(text) {
		n, column := 1, 1
		for _, r := range line.Replace(text[:e.Offset]) {
			column++
			if r == '\n' {
				n, column = n+1, 1
			}
		}
		if e.Line != n || e.Column != column {
			t.Fatalf("%q: line %d, column %d for offset %d, want %d, %d", text, e.Line, e.Column, e.Offset, n, column)
		}
		if near := strings.TrimSuffix(e.Near, "…"); !strings.HasPrefix(text[e.Offset:], near) {
			t.Fatalf("%q: %q is not what stands at %d", text, e.Near, e.Offset)
		}
	}
	switch e.Code + e.SQLState {
	case "PARSE_SYNTAX_ERROR42601", "INVALID_IDENTIFIER42602":
	default:
		t.Fatalf("%q: code %s with SQLSTATE %s", text, e.Code, e.SQLState)
	}
	for _, w := range e.Expected {
		if !strings.Contains(e.Message, w) {
			t.Fatalf("%q: %s is expected, and the message keeps it back: %s", text, w, e.Message)
		}
	}
	if e.Message == "" || strings.HasSuffix(e.Message, ".") || !utf8.ValidString(e.Error()) {
		t.Fatalf("%q: bad message %q", text, e.Error())
	}
}
