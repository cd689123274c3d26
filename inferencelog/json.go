package inferencelog

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// TimeLayout is how rows show a time as text: UTC with six fractional digits, always, so that the texts sort as the times do.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// AppendTime appends t in [TimeLayout].
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, TimeLayout)
	}
	hour, minute, second := t.Clock()
	dst = append(appendPair(appendPair(dst, year/100), year%100), '-')
	dst = append(appendPair(dst, int(month)), '-')
	dst = append(appendPair(dst, day), 'T')
	dst = append(appendPair(dst, hour), ':')
	dst = append(appendPair(dst, minute), ':')
	dst = append(appendPair(dst, second), '.')
	micro := t.Nanosecond() / 1000
	dst = appendPair(appendPair(appendPair(dst, micro/10_000), micro/100%100), micro%100)
	return append(dst, 'Z')
}

// appendPair appends a number of two digits.
func appendPair(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// MarshalJSON returns the row of an inference table as [Record.AppendJSON] writes it.
func (r *Record) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil, Payload), nil }

// AppendJSON appends the row of a table of that layout as one JSON object without line breaks: every column in its
// order, null where it is null, payloads as text, attempts as a list, the draw as text. What is not valid UTF-8 becomes
// U+FFFD.
func (r *Record) AppendJSON(dst []byte, l Layout) []byte {
	dst = append(dst, '{')
	return append(appendColumns(dst, r, l), '}')
}

func appendColumns(dst []byte, r *Record, l Layout) []byte {
	for i, place := range l.places() {
		key := columnKeys[place]
		if i == 0 {
			key = key[1:]
		}
		dst = columns[place].json(append(dst, key...), r)
	}
	return dst
}

// columnKeys are the columns' names as they stand between two values: comma, quotes and colon included.
var columnKeys = func() []string {
	keys := make([]string, len(columns))
	for i := range columns {
		keys[i] = `,"` + columns[i].Name + `":`
	}
	return keys
}()

func appendAttempts(dst []byte, attempts []Attempt) []byte {
	dst = append(dst, '[')
	for i := range attempts {
		a := &attempts[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"destination":`...)
		dst = appendJSONText(dst, a.Destination)
		dst = append(dst, `,"action":`...)
		dst = appendJSONText(dst, a.Action)
		dst = append(dst, `,"status_code":`...)
		if a.Status == 0 {
			dst = append(dst, "null"...)
		} else {
			dst = strconv.AppendInt(dst, int64(a.Status), 10)
		}
		dst = append(dst, `,"error_code":`...)
		dst = appendTextOrNull(dst, a.ErrorCode)
		dst = append(dst, `,"latency_ms":`...)
		dst = strconv.AppendInt(dst, a.LatencyMs, 10)
		dst = append(dst, `,"class":`...)
		dst = appendTextOrNull(dst, a.Class)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendTextOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return appendJSONText(dst, s)
}

// appendJSONText appends s as a JSON string. It copies the stretches that need no escape whole, and most texts are one.
func appendJSONText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if standsForItself(s) {
		dst = append(dst, s...)
	} else {
		dst = appendJSONInner(dst, s)
	}
	return append(dst, '"')
}

// standsForItself reports whether s is ASCII without anything to escape.
func standsForItself(s string) bool {
	if len(s) < 8 {
		for i := range len(s) {
			if !plain[s[i]] {
				return false
			}
		}
		return true
	}
	special := uint64(0)
	for i := 0; i < len(s)-8; i += 8 {
		word := wordAt(s, i)
		special |= quotes(word) | controls(word) | word&eachTop
	}
	word := wordAt(s, len(s)-8)
	return special|quotes(word)|controls(word)|word&eachTop == 0
}

// wordAt returns eight bytes of s as binary.LittleEndian would.
func wordAt(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// appendJSONInner appends what stands between the quotes.
func appendJSONInner[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			end := min(i+utf8.UTFMax, len(s))
			r, size := utf8.DecodeRuneInString(string(s[i:end]))
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()
