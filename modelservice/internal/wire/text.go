package wire

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escape measures the escape sequence that text begins with: bytes written and
// bytes of UTF-8 it stands for; 0, 0 when it is no escape sequence.
func escape(text []byte) (written, decoded int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, 1
	}
	r, written := escapedRune(text)
	if written == 0 {
		return 0, 0
	}
	return written, utf8.RuneLen(r)
}

// escapedRune reads \uXXXX, or two of them that are a surrogate pair. Half a
// pair stands for U+FFFD, as in encoding/json.
func escapedRune(text []byte) (r rune, written int) {
	r = hex4(text)
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low := hex4(text[6:]); low >= 0 {
		if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
			return whole, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 is the code unit that \uXXXX at the head of text names, or -1.
func hex4(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// decode turns the inside of a sound JSON string into the text it stands for,
// with U+FFFD for every byte that is not UTF-8.
func decode(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		if raw[0] != '\\' {
			r, n := utf8.DecodeRune(raw)
			text = utf8.AppendRune(text, r)
			raw = raw[n:]
			continue
		}
		n := 2
		switch raw[1] {
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			var r rune
			r, n = escapedRune(raw)
			text = utf8.AppendRune(text, r)
		default:
			text = append(text, raw[1])
		}
		raw = raw[n:]
	}
	return text
}

// text reads a string value, decoded; "" for any other value, which is skipped.
func (s *scanner) text() string {
	if s.kind() != '"' {
		s.skip()
		return ""
	}
	raw, escaped, _ := s.str()
	if !escaped && utf8.Valid(raw) {
		return string(raw)
	}
	return string(decode(raw))
}

// integer reads a whole number of at least 0; ones beyond int64 are the
// largest. Any other value is skipped and answers false; 100.0 and 1e2 are
// whole numbers.
func (s *scanner) integer() (int64, bool) {
	if c := s.kind(); c != '-' && (c < '0' || c > '9') {
		s.skip()
		return 0, false
	}
	text := s.number()
	if s.bad {
		return 0, false
	}
	if !bytes.ContainsAny(text, ".eE") {
		n, _ := strconv.ParseInt(string(text), 10, 64) // out of range: the nearest
		return max(n, 0), n >= 0
	}
	f, _ := strconv.ParseFloat(string(text), 64)
	switch {
	case f != math.Trunc(f) || f < 0:
		return 0, false
	case f >= math.MaxInt64:
		return math.MaxInt64, true
	}
	return int64(f), true
}

// quote appends text as a JSON string.
func quote(dst []byte, text string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range text { // a byte that is not UTF-8 comes as U+FFFD
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// add adds two counts and stops at the largest.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
