package statement

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/modelward/modelward/internal/spelling"
)

// ErrTooLong is what a [*SyntaxError] wraps when the text has more than
// [MaxLength] bytes.
var ErrTooLong = errors.New("statement: text longer than 1 MiB")

// SyntaxError is every error of [Parse]: where the text stops being a
// statement, and why.
type SyntaxError struct {
	// Offset is where the trouble starts, in bytes from 0; len(text) when
	// something is missing at the end.
	Offset int
	// Line and Column are the same place, from 1. Lines end with LF, CR LF
	// or CR; columns count characters.
	Line, Column int
	// Message says what is wrong, without place, code or SQLSTATE.
	Message string
	// Code is PARSE_SYNTAX_ERROR, or INVALID_IDENTIFIER when a name needs
	// back-ticks (spec §2).
	Code string
	// SQLState is 42601 for the first code and 42602 for the second.
	SQLState string
	// Expected lists what could have stood there: grammar words in upper
	// case, descriptions such as "a name" in lower. It may be empty.
	Expected []string
	// Near is the text found there, cut to 40 characters; empty at the end.
	Near string

	cause error
}

// Error gives the message in the form of Spark's, with place and SQLSTATE.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("statement: [%s] %s (line %d, column %d, offset %d). SQLSTATE: %s",
		e.Code, e.Message, e.Line, e.Column, e.Offset, e.SQLState)
}

// Unwrap returns [ErrTooLong] for a text that is too long, and otherwise nil.
func (e *SyntaxError) Unwrap() error { return e.cause }

const (
	codeSyntax     = "PARSE_SYNTAX_ERROR"
	codeIdentifier = "INVALID_IDENTIFIER"
	stateSyntax    = "42601"
	stateIdent     = "42602"

	nearLimit = 40 // characters of the text that an error repeats
)

func newSyntaxError(text string, off int, near, message string, expected ...string) *SyntaxError {
	line, column := place(text, off)
	return &SyntaxError{
		Offset: off, Line: line, Column: column, Message: message,
		Code: codeSyntax, SQLState: stateSyntax, Expected: expected, Near: clip(near),
	}
}

// place counts lines and characters up to a byte offset.
func place(text string, off int) (line, column int) {
	line, column = 1, 1
	for i, r := range text[:off] {
		switch {
		case r == '\n', r == '\r' && !strings.HasPrefix(text[i+1:], "\n"):
			line, column = line+1, 1
		default:
			column++
		}
	}
	return line, column
}

// clip cuts s to nearLimit characters.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == nearLimit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// found names what stands at the place of an error.
func found(near string) string {
	if near == "" {
		return "at the end of the text"
	}
	return fmt.Sprintf("near %q", clip(near))
}

// either joins alternatives: A, A or B, A, B or C. Punctuation is quoted.
func either(words []string) string {
	var text string
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " or "
		default:
			text += ", "
		}
		if len(w) == 1 {
			w = `"` + w + `"`
		}
		text += w
	}
	return text
}

// guess asks for the word that a bare word was probably meant to be.
func guess(t token, words []string) string {
	if w := closest(t.val, words); t.kind == tokenWord && w != "" {
		return ", did you mean " + w + "?"
	}
	return ""
}

// closest returns the word at most two edits away from s, or "". It looks at
// short words only, so that its cost is bounded.
func closest(s string, words []string) string {
	const longest = 24
	if len(s) > longest || utf8.RuneCountInString(s) < 3 {
		return ""
	}
	best, least := "", 3
	for _, w := range words {
		if d := spelling.Distance(strings.ToUpper(s), w); d < least {
			best, least = w, d
		}
	}
	return best
}
