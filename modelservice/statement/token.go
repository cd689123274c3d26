package statement

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // letters, digits, underscores
	tokenQuoted           // `…`
	tokenString           // '…'
	tokenSymbol           // any other character
	tokenBad              // something without its end; val says what
)

// A token is text[off:end]; val is the same without quotes and escapes.
type token struct {
	kind     tokenKind
	off, end int
	val      string
}

// is reports whether the token is the bare word given in upper case. Words of
// equal length in bytes cannot match a letter outside ASCII, such as the
// Kelvin sign that folds to K.
func (t token) is(word string) bool {
	return t.kind == tokenWord && len(t.val) == len(word) && strings.EqualFold(t.val, word)
}

func (t token) isSymbol(s string) bool { return t.kind == tokenSymbol && t.val == s }

// stray reports whether the token is a character that has no place outside a
// quoted name, such as - or @.
func (t token) stray() bool {
	return t.kind == tokenSymbol && !strings.Contains(structure, t.val)
}

// structure is the characters that are punctuation in SQL: never a sign that
// somebody forgot to quote a name.
const structure = `.,;*()=<>"`

// A lexer walks the text once, from front to back.
type lexer struct {
	text string
	pos  int
	work int // bytes walked, for the tests' proof of linear time
}

func (l *lexer) next() token {
	start := l.pos
	t := l.scan()
	l.pos = t.end
	l.work += t.end - start + 1
	return t
}

func (l *lexer) scan() token {
	off, open := l.blank()
	if open != "" {
		return token{kind: tokenBad, off: off, end: len(l.text), val: open}
	}
	if off == len(l.text) {
		return token{kind: tokenEnd, off: off, end: off}
	}
	switch c := l.text[off]; c {
	case '`':
		return l.quoted(off, "`", tokenQuoted, "a back-quoted name")
	case '\'':
		return l.quoted(off, "'", tokenString, "a string in single quotes")
	}
	end := off
	for end < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[end:])
		if !wordRune(r) {
			if end == off {
				return token{kind: tokenSymbol, off: off, end: off + size, val: l.text[off : off+size]}
			}
			break
		}
		end += size
	}
	return token{kind: tokenWord, off: off, end: end, val: l.text[off:end]}
}

// blank returns the offset after spaces and comments. If a comment has no
// end, open says so and the offset is where it starts.
func (l *lexer) blank() (off int, open string) {
	off = l.pos
	for off < len(l.text) {
		rest := l.text[off:]
		switch {
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				return len(l.text), ""
			}
			off += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return off, "a comment that is opened with /*"
			}
			off += n + 4
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) {
				return off, ""
			}
			off += size
		}
	}
	return off, ""
}

// quoted reads to the closing quote; a doubled one stands for itself.
func (l *lexer) quoted(off int, quote string, kind tokenKind, what string) token {
	end, doubled := off+1, false
	for {
		n := strings.Index(l.text[end:], quote)
		if n < 0 {
			return token{kind: tokenBad, off: off, end: len(l.text), val: what}
		}
		end += n + 1
		if !strings.HasPrefix(l.text[end:], quote) {
			break
		}
		end, doubled = end+1, true
	}
	val := l.text[off+1 : end-1]
	if doubled {
		val = strings.ReplaceAll(val, quote+quote, quote)
	}
	return token{kind: kind, off: off, end: end, val: val}
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
