package strictjson

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string and answers what it stands for, if that is to be kept.
func (r *reader) str(keep bool) (string, error) {
	start := r.pos
	r.pos++
	var text []byte
	from := r.pos // of what is not in text yet
	for r.pos < len(r.data) {
		at := r.pos
		c := r.data[at]
		switch {
		case c == '"':
			r.pos++
			switch {
			case !keep:
				return "", nil
			case text == nil:
				return string(r.data[from:at]), nil
			}
			return string(append(text, r.data[from:at]...)), nil
		case c == '\\':
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			if unicode.IsControl(char) && char != '\t' && char != '\n' && char != '\r' {
				return "", r.fault(at, "holds the control character %U", char)
			}
			if keep {
				text = utf8.AppendRune(append(text, r.data[from:at]...), char)
				from = r.pos
			}
		case ' ' <= c && c < utf8.RuneSelf-1:
			r.pos++
		default:
			char, n := utf8.DecodeRune(r.data[at:])
			if char == utf8.RuneError && n <= 1 {
				return "", r.fault(at, "is not UTF-8 at byte %d", at)
			}
			if unicode.IsControl(char) {
				return "", r.fault(at, "holds the control character %U", char)
			}
			r.pos += n
		}
	}
	return "", r.fault(start, "is a string without an end")
}

// escape reads one escape sequence, or two that are a surrogate pair.
func (r *reader) escape() (rune, error) {
	at := r.pos
	if at+1 >= len(r.data) {
		r.pos = len(r.data)
		return 0, r.broken("an escape sequence")
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(from, r.data[at+1]); i >= 0 {
		r.pos += 2
		return rune(to[i]), nil
	}
	char, ok := unit(r.data[at:])
	if !ok {
		return 0, r.broken("an escape sequence")
	}
	r.pos += 6
	if !utf16.IsSurrogate(char) {
		return char, nil
	}
	low, _ := unit(r.data[r.pos:])
	char = utf16.DecodeRune(char, low)
	if char == utf8.RuneError {
		return 0, r.fault(at, "holds half a surrogate pair at byte %d", at)
	}
	r.pos += 6
	return char, nil
}

// unit is the code unit that \uXXXX at the head of text names.
func unit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var char rune
	for _, c := range text[2:6] {
		digit := strings.IndexByte("0123456789abcdef", lower(c))
		if digit < 0 {
			return 0, false
		}
		char = char<<4 | rune(digit)
	}
	return char, true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// fold is the same for two keys exactly when encoding/json would give both to
// one field.
func fold(key string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return rune(upper(byte(r)))
		}
		for { // to the smallest of the runes that fold into one another
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, key)
}
